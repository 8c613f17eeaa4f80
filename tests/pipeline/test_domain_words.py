"""Shared words are found by index; compared with all pairs of words."""

from collections.abc import Sequence
from random import Random

from clustering.pipeline.domain_words import (
    MIN_WORD,
    ClusterWords,
    SharedWord,
    beginning,
    owner_words,
    parts,
    whole_words,
)

SYLLABLES = [first + vowel + last for first in "kbm" for vowel in "ai" for last in ("", "n")]


def test_the_strongest_shared_word_of_each_group_is_found() -> None:
    random = Random(5)  # noqa: S311
    for n_groups in (2, 10, 30):  # fewer words than are compared on each side
        groups = [_names(random) for _ in range(n_groups)]
        index = ClusterWords.of(groups)
        for domains in [*groups, [_name(random)]]:
            expected = [
                _strongest(index, domains, place, some) for place, some in enumerate(groups)
            ]
            found = index.shared_with(domains)
            assert [found.get(place, SharedWord()) for place in range(n_groups)] == expected


def _names(random: Random) -> list[str]:
    return [_name(random) for _ in range(random.choice([1, 1, 2]))]


def _name(random: Random) -> str:
    word = "".join(random.choices(SYLLABLES, k=random.randint(1, 3)))
    tail = random.choice(["", "", f"-{random.choice(SYLLABLES)}", str(random.randint(0, 9))])
    return f"{word}{tail}.{random.choice(['de', 'com', 'co.uk'])}"


def _strongest(
    index: ClusterWords, domains: Sequence[str], place: int, others: Sequence[str]
) -> SharedWord:
    """Return what a group shares with the group at ``place``, by comparing all their words."""
    own = owner_words(domains)
    best = SharedWord()
    for word in own:
        for end in range(MIN_WORD, len(word) + 1):
            text = word[:end]
            if place in index.groups_of.get(text, ()):
                is_equal = text in parts([word]) and (text, place) in index.spelled
                best = max(
                    best,
                    SharedWord(text, is_whole=True, is_equal=is_equal),
                    key=SharedWord.strength,
                )
        for other in owner_words(others):
            text = beginning(word, other)
            is_whole = text in whole_words(own) and text not in index.common
            best = max(
                best, SharedWord(text, is_whole=bool(text) and is_whole), key=SharedWord.strength
            )
    return best
