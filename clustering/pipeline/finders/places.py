"""Evidence from where an image stands on the page; shared by <img>, inline SVG and backgrounds."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from lxml.html import HtmlElement

from clustering.pipeline.finders import Candidate, Evidence
from clustering.pipeline.finders.page import Page
from clustering.pipeline.finders.points import spoke
from clustering.pipeline.finders.surroundings import Surroundings
from clustering.pipeline.finders.words import may_say_logo

MAX_ATTRIBUTE_CHARS: Final = 20_000  # of all attributes of one element
MAX_PLAIN: Final = 5
"""Pictures of a page that are kept though nothing says logo, should no other be usable."""
WALL_SIZE: Final = 3  # so many look-alikes are a wall of other people's logos
NOT_A_PAGE: Final = ("javascript:", "mailto:", "tel:", "data:")


@dataclass(frozen=True)
class Placed:
    """A candidate and what its neighbours need to know to recognise a wall of logos."""

    candidate: Candidate
    signature: tuple[str, ...]
    is_home_link: bool


def place(page: Page, element: HtmlElement) -> tuple[list[Evidence], Surroundings, float]:
    """Return the evidence of the place of ``element``, its surroundings and its home share."""
    around = page.around(element)
    share = page.home_share(around.link)
    found = _link_evidence(page, around.link, share)
    if around.says_logo:
        found.append(spoke("'logo' in a parent's name"))
    if around.is_in_footer:
        found.append(spoke("in the page's footer"))
    elif around.is_in_header:
        found.append(spoke("in the page's header"))
    is_header_home = share > 0 and around.is_in_header and not around.is_in_footer
    if around.is_in_bad_company and not is_header_home:
        found.append(spoke("among partners, payments, products or ads"))
    if around.is_hidden:
        found.append(spoke("hidden"))
    return found, around, share


def signature(element: HtmlElement) -> tuple[str, ...]:
    """Return the shape of the place: tags and classes of the element and two ancestors."""
    shape: list[str] = []
    current: HtmlElement | None = element
    for _ in range(3):
        if current is None:
            break
        shape += [str(current.tag), (current.get("class") or "")[:100]]
        current = current.getparent()
    return tuple(shape)


def without_walls(placed: Iterable[Placed]) -> list[Candidate]:
    """Return the candidates; three or more logos of the same shape speak against each other.

    Those that lead home are spared: a menu may repeat the shape of the site's own logo.
    """
    everyone = list(placed)
    walls: dict[tuple[str, ...], set[str]] = {}
    for one in everyone:
        if says_it_is_a_logo(one.candidate.evidence):
            walls.setdefault(one.signature, set()).add(one.candidate.source_url)
    return [
        one.candidate
        if one.is_home_link or len(walls.get(one.signature, ())) < WALL_SIZE
        else with_evidence(one.candidate, spoke("one of a wall of logos"))
        for one in everyone
    ]


def says_it_is_a_logo(evidence: Iterable[Evidence]) -> bool:
    """Return whether a rule found the word itself."""
    return any("'logo'" in item.rule or "microdata" in item.rule for item in evidence)


def with_evidence(candidate: Candidate, *further: Evidence) -> Candidate:
    """Return ``candidate`` with more evidence."""
    return Candidate(
        candidate.finder, candidate.source_url, (*candidate.evidence, *further), candidate.data
    )


def _link_evidence(page: Page, link: HtmlElement | None, share: float) -> list[Evidence]:
    if link is None:
        return []
    if share:
        return [spoke("in a link to the home page", share)]
    href = (link.get("href") or "").strip()
    if not href or href.startswith("#") or href.lower().startswith(NOT_A_PAGE):
        return []
    target = page.target(href)
    if target is None:
        return []
    is_same = page.is_same_site(target)
    return [spoke("in a link to another page" if is_same else "in a link to another site")]


def may_be_logo(page: Page, element: HtmlElement, *texts: str) -> bool:
    """Return whether a logo's word or a link home can be found about ``element``.

    Without either no image rises above the icons, so the many pictures further down a page
    need no more than this look.
    """
    around = page.around(element)
    if around.says_logo or page.home_share(around.link):
        return True
    words = " ".join([*element.values(), *texts])[:MAX_ATTRIBUTE_CHARS]
    return may_say_logo(words.lower())
