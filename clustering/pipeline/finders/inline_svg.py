"""Candidates from inline <svg>, with the symbols that <use> refers to."""

import re
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from typing import Final

from lxml.html import HtmlElement

from clustering.pipeline.finders import LogoCandidate
from clustering.pipeline.finders.identity import Identity
from clustering.pipeline.finders.lexicon import MAX_CHARS, UI_ICON, says_logo
from clustering.pipeline.finders.page import Page
from clustering.pipeline.finders.placed import MENUS, PlacedCandidate
from clustering.pipeline.finders.places import (
    N_FIRST,
    is_foreign,
    is_interface,
    is_surely_other,
    link_language,
    may_be_logo,
    position_evidence,
    scored_in_context,
    signature,
)
from clustering.pipeline.finders.rules import SAYS_LOGO, Rule, RuleHit
from clustering.pipeline.finders.surroundings import Surroundings, hidden_text, names_of
from clustering.pipeline.finders.svg_paint import paint_css
from clustering.pipeline.finders.svg_source import document

LIKELY: Final = SAYS_LOGO | {Rule.HOME_LINK}  # drawings that are worth their colours
MAX_WEIGHED: Final = 500
MAX_PLAIN_DRAWINGS: Final = 2  # most are interface icons, and each costs a serialisation
MAX_SERIALISED: Final = 12  # the best ones; the others are icons
WIDE: Final = 1.8  # width to height, from which on it looks like a word mark
SMALL_PX: Final = 24.0
FONT_BOXES: Final = frozenset((width, 512.0) for width in (320.0, 384.0, 448.0, 576.0, 640.0))
"""View boxes of a common font of interface icons; its square ones may be logos."""
MARK_WIDTH: Final = (48.0, 1200.0)  # of a word mark's view box
NUMBERS: Final = re.compile(r"-?\d{1,9}(?:\.\d{1,9})?")
_SHAPES = "path polygon polyline rect circle ellipse text use g image line svg a switch"
SHAPES: Final = frozenset(_SHAPES.split())
DRAWN: Final = ("path", "polygon", "polyline", "rect", "circle", "ellipse", "text", "use", "line")
EARLY: Final = 20
Ids = dict[str, HtmlElement]


def find(page: Page) -> Iterator[LogoCandidate]:
    """Yield the drawings that may be the logo, serialised as SVG documents."""
    drawings = _drawings(page)
    ids = _symbols(page, [svg for _, svg in drawings])
    scored = [(_evidence(page, svg, ids, n), svg) for n, svg in drawings]
    scored.sort(key=lambda item: -sum(one.points for one in item[0][0]))
    placed = [_placed(page, svg, ids, *found) for found, svg in scored[:MAX_SERIALISED]]
    yield from scored_in_context(one for one in placed if one)


def _drawings(page: Page) -> list[tuple[int, HtmlElement]]:
    """Return possible logos and the first few other drawings, with their positions."""
    found: list[tuple[int, HtmlElement]] = []
    n_plain = 0
    for n, svg in enumerate(svg for svg in page.elements("svg") if _is_outer(svg)):
        is_plain = not may_be_logo(page, svg, _title(svg), *_references(svg))
        n_plain += is_plain
        if not is_plain or n_plain <= MAX_PLAIN_DRAWINGS:
            found.append((n, svg))
    return found[:MAX_WEIGHED]


def _placed(
    page: Page,
    svg: HtmlElement,
    ids: Ids,
    evidence: list[RuleHit],
    share: float,
) -> PlacedCandidate | None:
    candidate = _candidate(page, svg, ids, tuple(evidence))
    if candidate is None:
        return None
    context = page.surroundings(svg)
    rules = {item.rule for item in evidence}
    title = _title(svg)
    names_other = not share and is_foreign(rules) and page.identity.names_another(title)
    is_small = Rule.SMALL_DRAWING in rules
    return PlacedCandidate(
        candidate,
        signature(svg),
        share,
        language=link_language(context.link),
        names_other=names_other,
        is_surely_other=names_other and is_surely_other(page, context, title, ""),
        is_interface=is_small and share > 0 and is_interface(page, context, rules, title),
        row=next(svg.iterancestors(*MENUS), None),
    )


def _candidate(
    page: Page, svg: HtmlElement, ids: Ids, evidence: tuple[RuleHit, ...]
) -> LogoCandidate | None:
    external = _external(page, svg)
    if external:
        return LogoCandidate("inline_svg", external, evidence)
    symbols = _referenced(svg, ids)
    if not symbols and {child.tag for child in svg} & SHAPES == {"use"}:
        return None  # a script inserts the symbols
    is_likely = not LIKELY.isdisjoint(hit.rule for hit in evidence)
    css = paint_css(page, svg) if is_likely else ""
    data = document(svg, symbols, css)
    if not data:
        return None
    return LogoCandidate("inline_svg", f"inline:{sha256(data).hexdigest()}", evidence, data)


def _evidence(page: Page, svg: HtmlElement, ids: Ids, index: int) -> tuple[list[RuleHit], float]:
    found, context, share = position_evidence(page, svg)
    own = f"{names_of(svg)} {_title(svg)} {_link_names(context)}"
    used = " ".join(_references(svg)).lower()
    if says_logo(names_of(svg)):
        found.append(Rule.LOGO_NAME.hit())
    if says_logo(f"{_title(svg)} {used}"):
        found.append(Rule.LOGO_SYMBOL.hit())
    names = page.identity
    is_titled = names.matches(_title(svg)) or names.matches(hidden_text(context.link))
    if names.occurs_in(own) or names.occurs_in(used) or is_titled:
        found.append(Rule.BRAND_NAME.hit())
    said = f"{names_of(svg)} {_title(svg)} {used}"
    found += _shape_evidence(names, svg, context, said, ids)
    if index < EARLY:
        found.append(Rule.EARLY.hit(1 - index / EARLY))
    if index < N_FIRST and not names.names_another(_title(svg)):
        found.append(Rule.FIRST.hit())
        if _may_be_word_mark(page, svg, context, found):
            found.append(Rule.UNLINKED_WORD_MARK.hit())
    return found, share


def _may_be_word_mark(
    page: Page, svg: HtmlElement, context: Surroundings, found: list[RuleHit]
) -> bool:
    """Return whether a wide drawing without a link may be the logo: none leads home as a text.

    Waves and dividers are wider, or fill their place.
    """
    if context.link is not None or Rule.WIDE_DRAWING.hit() not in found:
        return False
    is_stretched = svg.get("preserveaspectratio") == "none"
    is_of_size = MARK_WIDTH[0] <= _size(svg, {})[0] <= MARK_WIDTH[1]
    return is_of_size and not is_stretched and not page.has_text_home_link


def _shape_evidence(
    own: Identity, svg: HtmlElement, context: Surroundings, names: str, ids: Ids
) -> list[RuleHit]:
    found = []
    width, height = _size(svg, ids)
    if height and width / height >= WIDE:
        found.append(Rule.WIDE_DRAWING.hit())
    elif _is_small(width, height) or _is_small(*_sides(svg)) or (width, height) in FONT_BOXES:
        found.append(Rule.SMALL_DRAWING.hit())
    if context.is_in_button:
        found.append(Rule.IN_BUTTON.hit())
    is_icon = own.matches_outside_name(UI_ICON, names[:MAX_CHARS].lower())
    if is_icon and not says_logo(names):
        found.append(Rule.INTERFACE_ICON.hit())
    return found


def _size(svg: HtmlElement, ids: Ids) -> tuple[float, float]:
    for element in (svg, *_referenced(svg, ids)[:1]):
        box = NUMBERS.findall((element.get("viewbox") or "")[:100])
        if len(box) == 4:
            return float(box[2]), float(box[3])
    return _sides(svg)


def _sides(svg: HtmlElement) -> tuple[float, float]:
    sides = [NUMBERS.match(svg.get(name) or "") for name in ("width", "height")]
    width, height = (float(side.group()) if side else 0.0 for side in sides)
    return width, height


def _is_small(width: float, height: float) -> bool:
    return 0 < width <= SMALL_PX and 0 < height <= SMALL_PX


def _is_outer(svg: HtmlElement) -> bool:
    return next(svg.iterancestors("svg"), None) is None and _has_shape(svg)


def _has_shape(svg: HtmlElement) -> bool:
    """Return whether the element draws anything; a sheet of symbols does not."""
    return any(child.tag in SHAPES for child in svg)


def _symbols(page: Page, drawings: list[HtmlElement]) -> Ids:
    """Return the elements that <use> refers to, by id."""
    wanted = {name[1:] for svg in drawings for name in _references(svg) if name[:1] == "#"}
    if not wanted:
        return {}
    found: Ids = {}
    for element in page.elements("symbol", "g", "path", "svg"):
        name = element.get("id")
        if name in wanted:
            found.setdefault(name, element)
    return found


def _references(svg: HtmlElement) -> list[str]:
    uses = [use.get("xlink:href") or use.get("href") or "" for use in svg.iter("use")]
    return [use.strip()[:MAX_CHARS] for use in uses[:50]]


def _referenced(svg: HtmlElement, ids: Ids) -> list[HtmlElement]:
    found = [ids[name[1:]] for name in _references(svg) if name[:1] == "#" and name[1:] in ids]
    outside = [one for one in dict.fromkeys(found) if svg not in one.iterancestors()]
    return [one for one in outside if one is not svg]


def _external(page: Page, svg: HtmlElement) -> str:
    """Return the address of the file if the drawing is an external <use> or <image> alone."""
    pictures = list(islice(svg.iter("image"), 2))
    if len(pictures) == 1 and not any(True for _ in svg.iter(*DRAWN)):
        return page.absolute(pictures[0].get("xlink:href") or pictures[0].get("href"))
    if any(child.tag in SHAPES and child.tag != "use" for child in svg):
        return ""
    files = [name for name in _references(svg) if name and name[:1] != "#"]
    return page.absolute(files[0]) if files else ""


def _title(svg: HtmlElement) -> str:
    title = next(svg.iter("title"), None)
    return (title.text or "")[:MAX_CHARS] if title is not None else ""


def _link_names(context: Surroundings) -> str:
    return names_of(context.link) if context.link is not None else ""
