"""The word that the domains of a cluster share: ``dhl.de``, ``dhl-express.fr`` -> ``DHL``."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise
from typing import Final

from clustering.pipeline.domains.suffixes import owner_word, registered_word
from clustering.pipeline.naming import Name

SHORT_WORD: Final = 3  # words up to this length are initials: DHL, UPS, IBM
MIN_PREFIX: Final = 4  # shorter ones, such as "nov" of nova and novum, match by chance
COMMON_SHARE: Final = 0.1  # of the clusters; no brand has a tenth of a run
MIN_COMMON_CLUSTERS: Final = 4
MIN_SHARE: Final = 0.5  # of a cluster's domains that must contain the word
MAX_DOMAINS: Final = 500  # domains per cluster; 4,000 took 5 s
FRAGMENT_LENGTH: Final = 5
GENERIC_WORDS: Final = frozenset(
    {"app", "com", "company", "get", "global", "home", "info", "international", "net", "official"}
    | {"online", "org", "service", "services", "shop", "site", "store", "the", "web", "www"}
)
_SPLIT: Final = re.compile(r"[^a-z0-9]+")
_LETTER: Final = re.compile(r"^([a-z]) (?=[a-z]{2})")


def shared_word(domains: Iterable[str], common: Collection[str] = ()) -> Name | None:
    """Return the word that most of the domains share; the score is its share of them.

    Candidates are whole registrable names, their parts between hyphens, and common prefixes:
    ``dhl.de``, ``dhl-express.fr`` and ``dhlparcel.nl`` give ``DHL``.
    Ties go to the longer word, then to the alphabet.
    """
    stems = [_without(registered_word(domain), common) for domain in _sample(sorted(domains))]
    stems = [stem for stem in stems if stem]
    if not stems:
        return None
    candidates = _candidates(stems)
    votes = {word: sum(_holds(stem, word) for stem in stems) / len(stems) for word in candidates}
    shared = [word for word in votes if votes[word] >= MIN_SHARE and _is_meaningful(word)]
    if not shared or (len(stems) > 1 and max(votes[word] for word in shared) * len(stems) < 2):
        return None
    best = min(shared, key=lambda word: (-votes[word] * _weight(word), -len(word), word))
    return Name(spelled(best), round(votes[best], 3))


def _sample(domains: Sequence[str]) -> Sequence[str]:
    """Return at most ``MAX_DOMAINS``, evenly spread: the work grows with their square."""
    step = -(-len(domains) // MAX_DOMAINS)
    return domains[:: max(1, step)]


def common_words(clusters: Iterable[Iterable[str]]) -> frozenset[str]:
    """Words between hyphens that many clusters share: ``shop``, an agency's name."""
    parts = [
        {part for domain in domains for part in _SPLIT.split(registered_word(domain))}
        for domains in clusters
    ]
    counted = Counter(part for one in parts for part in one)
    limit = max(MIN_COMMON_CLUSTERS, COMMON_SHARE * len(parts))
    return frozenset(part for part, n_clusters in counted.items() if n_clusters > limit)


def _without(stem: str, common: Collection[str]) -> str:
    """Drop the common words of a stem, unless nothing else is in it."""
    return "-".join(part for part in _SPLIT.split(stem) if part not in common) or stem


def word_fragments(domains: Iterable[str], common: Collection[str] = ()) -> frozenset[str]:
    """Return fragments of the registrable words, by which domains of one owner are recognised.

    A fragment is the first four letters of a word, or any five in a row; four inside a word match
    by chance ("line").
    """
    return _fragments((registered_word(domain) for domain in domains), common)


def n_owners(domains: Iterable[str]) -> int:
    """Return the number of owners that the names of domains tell apart.

    Two domains are of one owner if their words share a fragment, directly or through others. Of
    very many domains a sample counts.
    """
    owners: list[frozenset[str]] = []
    for domain in _sample(sorted(domains)):
        fragments = _fragments([owner_word(domain)])
        related = [one for one in owners if one & fragments]
        owners = [one for one in owners if not one & fragments]
        owners.append(fragments.union(*related))
    return len(owners)


def _fragments(words: Iterable[str], common: Collection[str] = ()) -> frozenset[str]:
    found = set()
    for whole in words:
        for word in _SPLIT.split(_without(whole, common)):
            found.add(word[:MIN_PREFIX])
            found.update(
                word[start : start + FRAGMENT_LENGTH]
                for start in range(len(word) - FRAGMENT_LENGTH + 1)
            )
    return frozenset(found - {""})


def plain_name(domain: str) -> str:
    """Return a domain's registrable word as a name: ``shop.nova.co.uk`` -> ``Nova``."""
    return spelled(registered_word(domain)) or domain


def spelled(word: str) -> str:
    """Return a word as a name: initials in capitals, other words with one.

    A single letter keeps its hyphen: ``f-droid``, ``t-mobile``.
    """
    text = _LETTER.sub(r"\1-", " ".join(part for part in word.split("-") if part))
    return text.upper() if len(text) <= SHORT_WORD else text.title()


def _candidates(stems: Sequence[str]) -> set[str]:
    words = set(stems)
    for stem in stems:
        words.update(_SPLIT.split(stem))
    # Sorted neighbours share the longest beginnings, so all pairs need not be compared.
    for first, second in pairwise(stems):
        beginning = _common_prefix(first, second).strip("-")
        words.update([beginning] if len(beginning) >= MIN_PREFIX else [])
    return words


def _holds(stem: str, word: str) -> bool:
    """Short words count only as prefixes or between hyphens; elsewhere they match by chance."""
    if len(word) > SHORT_WORD:
        return word in stem or ("-" in word and word.replace("-", "") in stem.replace("-", ""))
    return stem.startswith(word) or word in stem.split("-")


def _common_prefix(first: str, second: str) -> str:
    length = 0
    for left, right in zip(first, second, strict=False):
        if left != right:
            break
        length += 1
    return first[:length]


def _is_meaningful(word: str) -> bool:
    return len(word) > 1 and not word.isdigit() and word not in GENERIC_WORDS


def _weight(word: str) -> float:
    """Longer words weigh more; shared prefixes of 3 letters may be chance."""
    return 1.0 - 1.0 / (1 + len(word))
