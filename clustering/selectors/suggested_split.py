"""The suggested split of a cluster into two parts, with the tiles of each."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from clustering.models import Assignment, Cluster, LabelSource, Run
from clustering.pipeline.naming.words import plain_name, shared_word
from clustering.pipeline.splitting import two_medoids
from clustering.selectors import similarity

MOST_DOMAINS: Final = 600  # of a cluster that is split on one page


@dataclass(frozen=True)
class SuggestedSplit:
    """The part that is odd, and the rest; both are empty if the cluster is not to be split."""

    odd: tuple[Assignment, ...]
    rest: tuple[Assignment, ...]
    cosine: float
    """Between the two medoids."""
    name: str
    """Proposed for the odd part."""


def suggested_split(
    run: Run, cluster: Cluster, label_source: LabelSource
) -> SuggestedSplit | None:
    """Return the cut around two medoids; None for one logo or more than ``MOST_DOMAINS``."""
    every = run.assignments.members_of(cluster, label_source).select_related("logo", "domain")
    rows = list(every.order_by("-similarity", "id")[: MOST_DOMAINS + 1])
    n_shown: dict[int, int] = {}
    for row in rows:
        n_shown[row.logo_id] = n_shown.get(row.logo_id, 0) + 1
    ids, vectors = similarity.stacked(run, sorted(n_shown))
    if len(rows) > MOST_DOMAINS or len(ids) < 2:
        return None
    weights = np.array([n_shown[pk] for pk in ids], dtype=np.int64)
    found = two_medoids(vectors, weights)
    odd_ids = {pk for pk, is_odd in zip(ids, found.is_odd.tolist(), strict=True) if is_odd}
    odd = tuple(row for row in rows if row.logo_id in odd_ids)
    rest = tuple(row for row in rows if row.logo_id not in odd_ids)
    return SuggestedSplit(odd, rest, found.cosine, _name([row.domain.name for row in odd]))


def _name(domains: list[str]) -> str:
    shared = shared_word(domains) if len(domains) > 1 else None
    return shared.text if shared else plain_name(domains[0])
