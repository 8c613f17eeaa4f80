"""One picture under the names of strangers: what hosts and consent managers leave on sites.

A pure look at names; which picture is whose is told by the caller's key (its sha256, say).
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from itertools import pairwise
from typing import Final, TypeVar

MIN_FAMILIES: Final = 4
"""Names of one company's trade marks seldom come in more under one very picture."""
MIN_DISOWNED: Final = 3
DISOWNED_SHARE: Final = 0.5
MIN_STRANGERS: Final = 20
"""So many names without a common word, even where none of them has a sibling to compare."""
COMMON_WORD_SHARE: Final = 0.2
WORD_CHARS: Final = 4
FAMILY_CHARS: Final = 5
"""Names that begin alike for so long are one brand's: ``culligan-bend``, ``culliganoftulsa``."""
MIN_WHOLE_CHARS: Final = 3
"""A shorter beginning counts where it is the whole of one of them: ``pkf``, ``pkfbolivia``."""

Key = TypeVar("Key", bound=Hashable)


def shared_placeholders(names_by_image: Mapping[Key, Collection[str]]) -> frozenset[Key]:
    """Return the pictures that unrelated sites show, so that they are nobody's logo.

    Names fall into families by how they begin. A picture is a placeholder if at least four
    families show it and at least three of them, and half, *disown* it: other sites of the same
    family show another picture. So a franchise (one family), a group's logo on its trade marks'
    sites (families that nothing else is known of) and country sites are safe, while "powered by"
    on one site each of many brands is found. Where families have no other sites, twenty
    strangers without a common word are asked for.

    Args:
        names_by_image: for every picture of a data set, the registered names that show it,
            without their public suffix (``otterbrook``) or with it.

    Returns:
        The keys of the placeholders.
    """
    labels = {key: {_label(name) for name in names} for key, names in names_by_image.items()}
    family_of = _families(label for found in labels.values() for label in found)
    pictures: dict[str, set[Key]] = defaultdict(set)
    for key, found in labels.items():
        for label in found:
            pictures[family_of[label]].add(key)
    return frozenset(
        key
        for key, found in labels.items()
        if _is_disowned({family_of[label] for label in found}, pictures)
        or _are_strangers(found, {family_of[label] for label in found})
    )


def _is_disowned(families: set[str], pictures: Mapping[str, Collection[Hashable]]) -> bool:
    n_disowned = sum(len(pictures[family]) > 1 for family in families)
    is_spread = len(families) >= MIN_FAMILIES and n_disowned >= MIN_DISOWNED
    return is_spread and n_disowned >= DISOWNED_SHARE * len(families)


def _are_strangers(labels: set[str], families: set[str]) -> bool:
    """Tell whether many names have no common word, wherever in them it may stand."""
    if len(families) < MIN_STRANGERS:
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
    """Return the family of each name, called by its first member; sorting puts them together."""
    ordered = sorted(set(labels))
    family_of = dict.fromkeys(ordered[:1], ordered[0] if ordered else "")
    for previous, label in pairwise(ordered):
        is_same = _are_related(previous, label) or _are_related(family_of[previous], label)
        family_of[label] = family_of[previous] if is_same else label
    return family_of


def _are_related(first: str, second: str) -> bool:
    """Tell whether two names, the first one sorted before the second, begin with one word."""
    if first[:FAMILY_CHARS] == second[:FAMILY_CHARS]:
        return True
    word = first.partition("-")[0]
    return len(word) >= MIN_WHOLE_CHARS and second.startswith(word)


def _label(name: str) -> str:
    return name.lower().removeprefix("www.").partition(".")[0]
