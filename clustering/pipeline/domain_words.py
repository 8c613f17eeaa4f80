"""Words that the domains of two groups of logos share."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Final, Self

from clustering.pipeline.domains.suffixes import owner_word
from clustering.pipeline.naming.words import GENERIC_WORDS

MIN_WORD: Final = 3  # letters; shorter beginnings are shared by chance
COMPARED_WORDS: Final = 64  # on each side in the alphabet, where the longest beginnings are
COMPARED_GROUPS: Final = 64  # with one word; the first ones are the largest
COMMON_SHARE: Final = 0.1  # of the groups: a word of more of them names no brand
FEWEST_COMMON: Final = 24  # groups; in small data sets one brand may be a tenth


@dataclass(frozen=True)
class SharedWord:
    """The beginning that the owner's words of two groups share."""

    text: str = ""
    is_whole: bool = False
    """It is all of a word, ends at a hyphen, or the words of one group part behind it: the
    domains ``mazdacity.com`` and ``mazdaofbedford.com`` of one group part behind ``mazda``."""
    is_equal: bool = False
    """It is all of a word, or ends at a hyphen, on both sides: ``spie.be``, ``spie-osmo.de``."""

    def strength(self) -> tuple[bool, bool, int]:
        """Return the sort key: a whole word before a longer beginning."""
        return self.is_whole, self.is_equal, len(self.text)


@dataclass(frozen=True)
class ClusterWords:
    """The owner's words of the domains of each group."""

    words: Sequence[tuple[str, int]]
    """Word and place of the group, in the order of the alphabet."""
    spelled: frozenset[tuple[str, int]]
    """Words and their beginnings before hyphens, with the place of the group."""
    groups_of: Mapping[str, Sequence[int]]
    """Places of groups by each whole word, at most ``COMPARED_GROUPS``."""
    common: frozenset[str]
    """Words that name no brand."""

    @classmethod
    def of(cls, domains: Iterable[Iterable[str]], *, has_common: bool = True) -> Self:
        """Index the domains of each group.

        Args:
            has_common: whether words of very many groups are left out.
        """
        own = [owner_words(some) for some in domains]
        groups_of: dict[str, list[int]] = {}
        for place, words in enumerate(own):
            for text in whole_words(words):
                groups_of.setdefault(text, []).append(place)
        most = max(FEWEST_COMMON, COMMON_SHARE * len(own)) if has_common else len(own)
        common = {text for text, places in groups_of.items() if len(places) > most}
        common |= GENERIC_WORDS
        kept = {
            text: places[:COMPARED_GROUPS]
            for text, places in groups_of.items()
            if text not in common
        }
        pairs = sorted({(word, place) for place, some in enumerate(own) for word in some})
        spelled = {(text, place) for place, some in enumerate(own) for text in parts(some)}
        return cls(pairs, frozenset(spelled), kept, frozenset(common))

    def shared_with(self, domains: Iterable[str]) -> dict[int, SharedWord]:
        """Return the strongest shared word by the place of the group.

        The work does not grow with the number of groups: whole words are looked up, and words
        that share a long beginning are next to each other.
        """
        found: dict[int, tuple[tuple[bool, bool, int], SharedWord]] = {}
        own = owner_words(domains)
        whole = whole_words(own)
        for word in own:
            for shared, places in chain(self._by_whole_words(word), self._nearby(word, whole)):
                strength = shared.strength()
                for place in places:
                    if place not in found or strength > found[place][0]:
                        found[place] = strength, shared
        return {place: shared for place, (_, shared) in found.items()}

    def _by_whole_words(self, word: str) -> Iterator[tuple[SharedWord, list[int]]]:
        """Yield the beginnings of ``word`` that are words of groups, with their places."""
        own = parts([word])
        for end in range(MIN_WORD, len(word) + 1):
            text = word[:end]
            places = self.groups_of.get(text)
            if places is None:
                continue
            equal = [one for one in places if text in own and (text, one) in self.spelled]
            yield SharedWord(text, is_whole=True, is_equal=True), equal
            yield SharedWord(text, is_whole=True), [one for one in places if one not in equal]

    def _nearby(self, word: str, whole: Collection[str]) -> Iterator[tuple[SharedWord, list[int]]]:
        """Yield the beginnings that ``word`` shares with words next to it, with their places.

        On either side, a word further away shares no more than the one before it.
        """
        middle = bisect_left(self.words, (word, -1))
        after = self.words[middle : middle + COMPARED_WORDS]
        before = self.words[max(0, middle - COMPARED_WORDS) : middle]
        for side in (after, reversed(before)):
            start = word
            run: tuple[SharedWord, list[int]] | None = None
            for other, place in side:
                if run is None or not other.startswith(start):
                    if run is not None:
                        yield run
                    start = common_start(start, other)
                    text = _named(start)
                    if not text:
                        run = None
                        break
                    is_whole = text in whole and text not in self.common
                    run = SharedWord(text, is_whole=is_whole), []
                run[1].append(place)
            if run is not None:
                yield run


def shared_word(first: str, second: str) -> SharedWord:
    """Return what two owner's words share; empty below ``MIN_WORD`` letters."""
    text = beginning(first, second)
    is_whole = bool(text) and text in whole_words([first]) | whole_words([second])
    return SharedWord(text, is_whole, is_equal=text in parts([first]) & parts([second]))


def beginning(first: str, second: str) -> str:
    """Return the common beginning of two words; empty below ``MIN_WORD`` letters.

    Digits do not count as letters: numbered names (``c0071``, ``c0072``) share them by chance.
    """
    return _named(common_start(first, second))


def _named(start: str) -> str:
    text = start.rstrip("-")
    return text if sum(map(str.isalpha, text)) >= MIN_WORD else ""


def common_start(first: str, second: str) -> str:
    """Return the letters with which both words start."""
    n_shared = 0
    for left, right in zip(first, second, strict=False):
        if left != right:
            break
        n_shared += 1
    return first[:n_shared]


def owner_words(domains: Iterable[str]) -> frozenset[str]:
    """Return the words that the owners of domains registered."""
    return frozenset(owner_word(domain) for domain in domains)


def parts(words: Iterable[str]) -> frozenset[str]:
    """Return the words, and their beginnings before hyphens."""
    found: set[str] = set()
    for word in words:
        found.update(word[:end] for end, letter in enumerate(word) if letter == "-")
        found.add(word)
    return frozenset(text for text in found if len(text) >= MIN_WORD)


def whole_words(words: Collection[str]) -> frozenset[str]:
    """Return the words, their parts, and the beginnings behind which the words part."""
    branches = (beginning(*pair) for pair in pairwise(sorted(words)))
    return parts(words) | {text for text in branches if text}
