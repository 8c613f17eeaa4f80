"""Placeholder detection: images that are excluded from clusters."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from clustering.pipeline.imaging.shared_images import shared_placeholders


class Showing(NamedTuple):
    """One domain and its image."""

    logo_id: int
    name: str
    is_known: bool
    """The image by itself is a known placeholder."""
    is_decided: bool
    """A person chose it for this domain."""


def placeholder_ids(showings: Iterable[Showing]) -> frozenset[int]:
    """Return known placeholders and images shared by unrelated domains.

    An image that a person chose for a domain is a logo, and so is the only image of all domains:
    there is no other one to tell it from.
    """
    names: dict[int, list[str]] = defaultdict(list)
    known, decided = set(), set()
    for one in showings:
        names[one.logo_id].append(one.name)
        if one.is_known:
            known.add(one.logo_id)
        if one.is_decided:
            decided.add(one.logo_id)
    shared = shared_placeholders(names) if len(names) > 1 else frozenset()
    return frozenset((known | shared) - decided)
