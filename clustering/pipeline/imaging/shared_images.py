"""Placeholder detection across a data set: one image on sites of unrelated brands.

Typical of hosting companies and consent managers. Works on domain names only; images are opaque
keys (e.g. their sha256).
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from itertools import pairwise
from typing import Final, TypeVar

MIN_FAMILIES: Final = 4
"""One company's brands rarely have more families that share the very same image."""
MIN_CONFLICTING: Final = 3
CONFLICTING_SHARE: Final = 0.5
MIN_UNRELATED: Final = 20
"""Number of names without a common word that is enough without conflicting images."""
COMMON_WORD_SHARE: Final = 0.2
WORD_CHARS: Final = 4
FAMILY_CHARS: Final = 5
"""Length of the common prefix of one brand: ``culligan-bend``, ``culliganoftulsa``."""
MIN_WHOLE_CHARS: Final = 3
"""A shorter prefix counts if it is one of the names: ``pkf``, ``pkfbolivia``."""

Key = TypeVar("Key", bound=Hashable)


def shared_placeholders(names_by_image: Mapping[Key, Collection[str]]) -> frozenset[Key]:
    """Return the images that are placeholders because unrelated sites show them.

    Names are grouped into families by prefix. An image is a placeholder if at least four families
    show it and at least three of them, and half, *conflict*: other sites of the same family show
    another image. A franchise (one family), a group's logo on the sites of its brands (families
    without other images) and country sites are kept; "powered by" on one site each of many brands
    is found. Without conflicts, twenty unrelated names without a common word are required.

    Args:
        names_by_image: for every image of a data set, the registered names that show it, with or
            without public suffix.

    Returns:
        The keys of the placeholders.
    """
    labels = {key: {_label(name) for name in names} for key, names in names_by_image.items()}
    family_of = _families(label for found in labels.values() for label in found)
    images: dict[str, set[Key]] = defaultdict(set)
    for key, found in labels.items():
        for label in found:
            images[family_of[label]].add(key)
    return frozenset(
        key
        for key, found in labels.items()
        if _conflicts_with_own_images({family_of[label] for label in found}, images)
        or _are_unrelated(found, {family_of[label] for label in found})
    )


def _conflicts_with_own_images(
    families: set[str], images: Mapping[str, Collection[Hashable]]
) -> bool:
    n_conflicting = sum(len(images[family]) > 1 for family in families)
    is_spread = len(families) >= MIN_FAMILIES and n_conflicting >= MIN_CONFLICTING
    return is_spread and n_conflicting >= CONFLICTING_SHARE * len(families)


def _are_unrelated(labels: set[str], families: set[str]) -> bool:
    """Whether many names have no common substring of ``WORD_CHARS`` characters."""
    if len(families) < MIN_UNRELATED:
        return False
    words = Counter(
        word
        for label in labels
        for word in {
            label[at : at + WORD_CHARS] for at in range(max(1, len(label) - WORD_CHARS + 1))
        }
    )
    return max(words.values()) <= COMMON_WORD_SHARE * len(labels)


def _families(labels: Iterable[str]) -> dict[str, str]:
    """Map each name to the first name of its family; sorting makes families adjacent."""
    ordered = sorted(set(labels))
    family_of = dict.fromkeys(ordered[:1], ordered[0] if ordered else "")
    for previous, label in pairwise(ordered):
        is_same = _are_related(previous, label) or _are_related(family_of[previous], label)
        family_of[label] = family_of[previous] if is_same else label
    return family_of


def _are_related(first: str, second: str) -> bool:
    """Whether two names, in sorted order, begin with the same word."""
    if first[:FAMILY_CHARS] == second[:FAMILY_CHARS]:
        return True
    word = first.partition("-")[0]
    return len(word) >= MIN_WHOLE_CHARS and second.startswith(word)


def _label(name: str) -> str:
    return name.lower().removeprefix("www.").partition(".")[0]
