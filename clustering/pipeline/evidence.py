"""Evidence that two logos have one brand: how alike they are, and what chain joins them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.constraints import BOUND, Link, path, spanning_tree, weakest_link
from clustering.pipeline.duplicates import COPY_BITS

N_SAMPLED: Final = 100  # logos whose nearest pair is the measure of likeness


class Tier(Enum):
    """How two logos are related, as pages name it."""

    SAME = "same file"
    COPY = "copy"
    RENDITION = "same brand, another rendition"
    LOOK_ALIKE = "look-alike"
    DIFFERENT = "different"


@dataclass(frozen=True)
class Chain:
    """The nearest neighbours that lead from one logo to another within a cluster."""

    links: tuple[Link, ...]
    """From the first logo to the second."""
    weakest: Link | None
    """The link to cut; None if rules of one brand make all of them."""


def chain(
    vectors: NDArray[np.float32],
    first: int,
    second: int,
    same: Sequence[tuple[int, int]] = (),
) -> Chain:
    """Return the path between two rows in the maximum spanning tree of the cosines.

    No other path has a stronger weakest link. A rule that keeps the two sides of that link
    apart cuts exactly this tree, see :mod:`clustering.pipeline.constraints`.

    Args:
        vectors: shape (n, d), rows of L2 norm 1: the logos of one cluster.
        same: rows that rules declare to be of one brand.
    """
    partners: dict[int, list[int]] = {}
    for one, other in same:
        partners.setdefault(one, []).append(other)
        partners.setdefault(other, []).append(one)
    tree = spanning_tree(np.arange(len(vectors), dtype=np.int64), vectors, partners)
    links, at = [], first
    for link in path(tree, first, second):
        other = link.second if link.first == at else link.first
        links.append(Link(at, other, link.cosine))
        at = other
    return Chain(tuple(links), weakest_link(links, first, second))


def is_by_rule(link: Link) -> bool:
    """Whether a rule of one brand makes a link."""
    return link.cosine >= BOUND


def percentile(cosine: float, nearest: Sequence[float]) -> float | None:
    """Return the share of nearest pairs that are less similar; None if there are none.

    Args:
        nearest: cosine of some logos of the data set to their nearest neighbour.
    """
    if not nearest:
        return None
    below = sum(one < cosine - 1e-6 for one in nearest)
    equal = sum(abs(one - cosine) <= 1e-6 for one in nearest)
    return (below + equal / 2) / len(nearest)


def is_copy(hash_distance: int, cosine: float | None, copy_distance: float) -> bool:
    """Whether two pictures differ by scale, compression or padding alone."""
    is_near = cosine is not None and 1.0 - cosine <= copy_distance
    return hash_distance <= COPY_BITS and is_near


def tier(*, is_same: bool, is_copied: bool, is_alike: bool, is_together: bool) -> Tier:
    """Return how two logos are related.

    Args:
        is_alike: within the distance up to which logos are grouped by look.
        is_together: in one cluster, as corrected.
    """
    if is_same or is_copied:
        return Tier.SAME if is_same else Tier.COPY
    if is_together:
        return Tier.RENDITION
    return Tier.LOOK_ALIKE if is_alike else Tier.DIFFERENT
