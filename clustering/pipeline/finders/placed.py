"""Candidates with their places on the page, and which of them stand in a menu of pictures."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from lxml.html import HtmlElement

from clustering.pipeline.finders import LogoCandidate
from clustering.pipeline.finders.lexicon import MAX_CHARS, file_of
from clustering.pipeline.finders.rules import SAYS_LOGO, Rule

FIRST_OF_ALL: Final = Rule.EARLY.hit()
# The last number of a file name; longer ones are keys.
NUMBER: Final = re.compile(r"(?<!\d)\d{1,2}(?=[^\d/]{0,20}\Z)")
MENUS: Final = ("ul", "ol", "tr", "nav")
MIN_MENU: Final = 2  # other pages that a menu of pictures leads to


@dataclass(frozen=True)
class PlacedCandidate:
    """A candidate with what is needed to score it in the context of the page."""

    candidate: LogoCandidate
    signature: tuple[str, ...]
    """Tags and classes around it, equal within a wall of logos."""
    home_share: float
    counts_as_only: bool = False
    """Whether being the only logo of the page is in its favour."""
    language: str = ""
    """Language at the end of its link, if any."""
    names_other: bool = False
    """Whether its text names another organisation and it is in no home link."""
    is_surely_other: bool = False
    """Whether more than the text says so."""
    is_interface: bool = False
    """Whether it is a small interface icon, such as a house, in a home link."""
    row: HtmlElement | None = None
    """The list or row of a table around it."""

    @cached_property
    def rules(self) -> frozenset[Rule]:
        """The rules that matched so far."""
        return frozenset(item.rule for item in self.candidate.evidence)


def language_flags(everyone: Iterable[PlacedCandidate]) -> set[str]:
    """Return the addresses of images that lead to a language and are named or placed as flags.

    Of several with one place and language the first is the logo above the choice of languages.
    """
    shapes: dict[tuple[str, ...], dict[str, list[str]]] = {}
    found = set()
    for one in everyone:
        if not (one.home_share and one.language):
            continue
        address = one.candidate.source_url[-MAX_CHARS:].lower()
        if "/flag" in address or file_of(address).rpartition(".")[0] == one.language:
            found.add(one.candidate.source_url)
        same = shapes.setdefault(one.signature, {}).setdefault(one.language, [])
        same.append(one.candidate.source_url)
    for languages in shapes.values():
        if len(languages) > 1:
            found.update(url for same in languages.values() for url in same[len(set(same)) > 1 :])
    return found


def menu_buttons(everyone: Sequence[PlacedCandidate]) -> set[str]:
    """Return the addresses of pictures in a home link that stand among others of one menu.

    The first picture of the page may be the logo before a menu.
    """
    menus: dict[tuple[HtmlElement | None, tuple[str, ...]], list[PlacedCandidate]] = {}
    for one in everyone:
        is_first = FIRST_OF_ALL in one.candidate.evidence
        is_plain = one.rules.isdisjoint(SAYS_LOGO | {Rule.BRAND_NAME})
        if one.row is not None and is_plain and not is_first:
            menus.setdefault((one.row, one.signature), []).append(one)
    return _numbered_buttons(everyone) | {
        one.candidate.source_url
        for same in menus.values()
        if sum(Rule.PAGE_LINK in one.rules for one in same) >= MIN_MENU
        for one in same
        if one.home_share
    }


def _numbered_buttons(everyone: Sequence[PlacedCandidate]) -> set[str]:
    """Return the addresses of pictures in a home link that are numbered as those of a menu are:
    ``m1.gif``, ``m2.gif``, ``m3.gif``.
    """
    menus: dict[tuple[tuple[str, ...], str], list[PlacedCandidate]] = {}
    for one in everyone:
        name = NUMBER.sub("", one.candidate.source_url[-MAX_CHARS:])
        menus.setdefault((one.signature, name), []).append(one)
    return {
        one.candidate.source_url
        for same in menus.values()
        if sum(Rule.PAGE_LINK in one.rules for one in same) >= MIN_MENU
        for one in same
        if one.home_share and one.rules.isdisjoint(SAYS_LOGO)
    }
