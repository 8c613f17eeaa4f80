"""Names for clusters: the word that the domains share, else what the logo looks like."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np
import tldextract
from PIL import Image

from clustering.pipeline.imaging.preparation import prepare

SHORT_WORD: Final = 3  # up to here a word is taken for initials: DHL, UPS, IBM
SHORTEST_BEGINNING: Final = 4  # a shorter one, such as "nov" of nova and novum, is chance
EVERYDAY_SHARE: Final = 0.1  # of the clusters; a brand has a few looks, not a tenth of a run
LEAST_EVERYDAY: Final = 4
LEAST_SHARE: Final = 0.5  # of a cluster's domains that must hold the word
MOST_VOTERS: Final = 500  # domains of a cluster that are asked; 4,000 took 5 s
SURE: Final = 0.5  # score from which a name is shown without "unsure"
CANVAS_PX: Final = 64
DRAWN: Final = 24  # difference from the ground, of 255, that counts as drawn
COMMON_WORDS: Final = frozenset(
    {"app", "com", "company", "get", "global", "home", "info", "international", "net", "official"}
    | {"online", "org", "service", "services", "shop", "site", "store", "the", "web", "www"}
)
HUES: Final = (
    (15, "red"),
    (42, "orange"),
    (68, "yellow"),
    (165, "green"),
    (200, "turquoise"),
    (255, "blue"),
    (290, "purple"),
    (335, "pink"),
    (361, "red"),
)
_SPLIT: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Name:
    """A name and how far to trust it, in [0, 1]; below 0.5 it is shown as unsure."""

    text: str
    score: float

    @property
    def is_sure(self) -> bool:
        """Whether the name can be shown without a warning."""
        return self.score >= SURE


@dataclass(frozen=True)
class Named:
    """What a name is made from: the domains of a cluster and the image of its medoid."""

    domains: Sequence[str]
    medoid: Image.Image | None = None


def names(clusters: Mapping[int, Named]) -> dict[int, Name]:
    """Return a name per cluster label, all different (``Nova``, ``Nova 2``).

    The lower label, which is the larger cluster, keeps the plain name.
    """
    taken: Counter[str] = Counter()
    given: dict[int, Name] = {}
    everyday = _everyday_words(cluster.domains for cluster in clusters.values())
    for label in sorted(clusters):
        name = name_of(clusters[label], everyday)
        given[label] = Name(_unique(name.text, taken), name.score)
    return given


def name_of(cluster: Named, everyday: Collection[str] = ()) -> Name:
    """Return the best name of one cluster; ``everyday`` words name nothing."""
    shared = shared_word(cluster.domains, everyday)
    if shared is not None:
        return shared
    if cluster.medoid is not None:
        return Name(looks(cluster.medoid), 0.3)
    return Name("Unnamed", 0.0)


def shared_word(domains: Iterable[str], everyday: Collection[str] = ()) -> Name | None:
    """Return the word that most of the domains share; the score is its share of them.

    Each registrable name votes once for its whole self, its parts between hyphens, and what
    it begins with in common with another, so ``dhl.de``, ``dhl-express.fr`` and ``dhlparcel.nl``
    give ``DHL``. Ties go to the longer word, then to the alphabet.
    """
    stems = [_without(_stem(domain), everyday) for domain in _sample(sorted(domains))]
    stems = [stem for stem in stems if stem]
    if not stems:
        return None
    candidates = _candidates(stems)
    votes = {word: sum(_holds(stem, word) for stem in stems) / len(stems) for word in candidates}
    shared = [word for word in votes if votes[word] >= LEAST_SHARE and _says_something(word)]
    if not shared or (len(stems) > 1 and max(votes[word] for word in shared) * len(stems) < 2):
        return None
    best = min(shared, key=lambda word: (-votes[word] * _weight(word), -len(word), word))
    return Name(spelled(best), round(votes[best], 3))


def _sample(domains: Sequence[str]) -> Sequence[str]:
    """Return at most ``MOST_VOTERS``, evenly spread: the work grows with their square."""
    step = -(-len(domains) // MOST_VOTERS)
    return domains[:: max(1, step)]


def _everyday_words(clusters: Iterable[Iterable[str]]) -> frozenset[str]:
    """Words between hyphens that many clusters share: ``shop``, an agency's name."""
    parts = [
        {part for domain in domains for part in _SPLIT.split(_stem(domain))}
        for domains in clusters
    ]
    counted = Counter(part for one in parts for part in one)
    limit = max(LEAST_EVERYDAY, EVERYDAY_SHARE * len(parts))
    return frozenset(part for part, n_clusters in counted.items() if n_clusters > limit)


def _without(stem: str, everyday: Collection[str]) -> str:
    """Drop the everyday words of a stem, unless nothing else is in it."""
    return "-".join(part for part in _SPLIT.split(stem) if part not in everyday) or stem


def spelled(word: str) -> str:
    """Return a word as a name: initials in capitals, other words with one."""
    text = " ".join(part for part in word.split("-") if part)
    return text.upper() if len(text) <= SHORT_WORD else text.title()


def looks(image: Image.Image) -> str:
    """Return words for colour and shape of an RGBA logo, such as ``Blue, wide``."""
    canvas = np.asarray(prepare(image, CANVAS_PX), dtype=np.int16)
    drawn = np.abs(canvas - canvas[0, 0]).max(axis=2) > DRAWN
    if not drawn.any():
        return "Blank"
    colours = canvas[drawn].astype(np.uint8)
    return f"{_colour_word(colours).capitalize()}, {_shape_word(drawn)}"


def _colour_word(colours: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> str:
    """The commonest hue of the coloured pixels, or black, grey, white where few are."""
    patch = Image.fromarray(colours[None, :, :]).convert("HSV")
    hue, saturation, value = np.asarray(patch, dtype=np.int64)[0].T
    vivid = (saturation > 70) & (value > 50)
    if vivid.mean() < 0.15:
        brightness = float(value.mean())
        return "black" if brightness < 90 else "grey" if brightness < 200 else "white"
    words = Counter(_hue_word(int(degree)) for degree in hue[vivid] * 360 // 256)
    return min(words, key=lambda word: (-words[word], word))


def _hue_word(degree: int) -> str:
    return next(word for limit, word in HUES if degree < limit)


def _shape_word(drawn: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> str:
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    height, width = int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1
    if width > 1.3 * height:
        return "wide"
    if height > 1.3 * width:
        return "tall"
    box = drawn[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    corners = box[[0, 0, -1, -1], [0, -1, 0, -1]]
    return "square" if corners.sum() >= 3 else "round" if box.mean() > 0.5 else "open"


def _candidates(stems: Sequence[str]) -> set[str]:
    words = set(stems)
    for stem in stems:
        words.update(_SPLIT.split(stem))
    # Sorted neighbours share the longest beginnings, so all pairs need not be compared.
    for first, second in pairwise(stems):
        beginning = _beginning(first, second).strip("-")
        words.update([beginning] if len(beginning) >= SHORTEST_BEGINNING else [])
    return words


def _holds(stem: str, word: str) -> bool:
    """Short words count at the beginning or between hyphens only: elsewhere they are chance."""
    if len(word) > SHORT_WORD:
        return word in stem
    return stem.startswith(word) or word in stem.split("-")


def _beginning(first: str, second: str) -> str:
    length = 0
    for left, right in zip(first, second, strict=False):
        if left != right:
            break
        length += 1
    return first[:length]


def _says_something(word: str) -> bool:
    return len(word) > 1 and not word.isdigit() and word not in COMMON_WORDS


def _weight(word: str) -> float:
    """Longer words say more, up to a point: a shared beginning of 3 letters may be chance."""
    return 1.0 - 1.0 / (1 + len(word))


def _unique(text: str, taken: Counter[str]) -> str:
    """Number a name that is taken; the numbered one might be taken, too.

    ``taken`` holds the last number of each name, so that thousands of equal ones cost no
    search each.
    """
    number = taken[text.casefold()] + 1
    while (candidate := text if number == 1 else f"{text} {number}").casefold() in taken:
        number += 1
    taken[candidate.casefold()] = 1
    taken[text.casefold()] = number
    return candidate


def _stem(domain: str) -> str:
    """The registrable name without its suffix: ``shop.dhl.co.uk`` -> ``dhl``."""
    return _extract()(domain.lower()).domain


@cache
def _extract() -> tldextract.TLDExtract:
    """The suffix list of the wheel; it would be downloaded and cached otherwise."""
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
