"""Candidates from <img>, <picture>, <input type=image>, <object> and <noscript>."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from lxml.html import HtmlElement

from clustering.pipeline.finders import LogoCandidate
from clustering.pipeline.finders.identity import Identity, is_spacer
from clustering.pipeline.finders.lexicon import (
    BAD,
    CONSENT,
    FLAG_FILE,
    HOME_BUTTON,
    INTERFACE_FILE,
    JUNK_FILE,
    LOGO_FILE,
    MAX_CHARS,
    file_of,
    says_logo,
    says_logo_in_address,
)
from clustering.pipeline.finders.locales import is_locale
from clustering.pipeline.finders.microdata import is_of_other_item
from clustering.pipeline.finders.page import Page
from clustering.pipeline.finders.placed import MENUS, PlacedCandidate
from clustering.pipeline.finders.places import (
    MAX_PLAIN,
    N_FIRST,
    is_foreign,
    is_in_plain_table,
    is_interface,
    is_surely_other,
    leads_nowhere,
    link_language,
    may_be_logo,
    position_evidence,
    scored_in_context,
    signature,
)
from clustering.pipeline.finders.rules import JUNK_OF_BANNER, Rule, RuleHit
from clustering.pipeline.finders.srcset import largest
from clustering.pipeline.finders.surroundings import Surroundings, hidden_text, names_of

TAGS: Final = ("img", "amp-img", "image", "input", "object", "embed", "icon")
LAZY: Final = (
    "data-src", "data-original", "data-lazy-src", "data-lazy", "data-image", "data-url",
    "data-hi-res-src", "data-delayed-url", "data-echo", "data-desktop-src", "data-img-src",
    "ng-src",
)  # fmt: skip
LAZY_SETS: Final = ("data-srcset", "data-lazy-srcset")
LAZY_ENDS: Final = ("-src", "_src")
# Any such attribute with the address of an image counts as a lazy source, as does any data-*.
IMAGE_FILE: Final = re.compile(
    r"^\S{1,500}\.(?:svg|png|jpe?g|webp|gif|avif)(?:\?\S{0,500})?$", re.I
)
SMALL_DATA_CHARS: Final = 400  # a data: URI shorter than this is a placeholder
DOT_PX: Final = 2
TINY_PX: Final = 12
SMALL_PX: Final = 24
PHOTOGRAPH_PX: Final = (620, 320)
MAX_PLACED: Final = 500  # possible logos; real pages have a tenth of it
EARLY: Final = 20  # images; the bonus runs out over so many
OTHER_FILES: Final = (
    (HOME_BUTTON, Rule.HOME_BUTTON),
    (JUNK_FILE, Rule.JUNK_FILE),
)
PHOTOGRAPHS: Final = (".jpg", ".jpeg", ".webp", ".avif")
NAMED: Final = frozenset({Rule.BRAND_NAME, Rule.LOGO_NAME})
LIGHT_SCHEME: Final = re.compile(r"scheme\s{0,5}:\s{0,5}light")
DARK_SCHEME: Final = re.compile(r"scheme\s{0,5}:\s{0,5}dark")
DARK_ONLY: Final = frozenset({"only-dark", "dark-only"})
_USUAL = "en gb uk us de fr es it pt nl pl ru tr ar cn zh jp ja kr ko"
USUAL_FLAGS: Final = frozenset(_USUAL.split())
MAX_SOURCES: Final = 10
PIXELS: Final = re.compile(r"\s{0,9}(\d{1,6})(?:px|\.\d{0,9})?\s{0,9}\Z")
STYLE_WIDTH: Final = re.compile(r"(?:^|[;\s])(width|height)\s{0,5}:\s{0,5}(\d{1,6})px")


def find(page: Page) -> Iterator[LogoCandidate]:
    """Yield the images of ``page`` as candidates."""
    placed: list[PlacedCandidate] = []
    n_images = n_plain = 0
    for element in page.elements(*TAGS):
        is_plain = not may_be_logo(page, element, _picture_source(page, element))
        n_plain += is_plain
        is_skipped = is_plain and n_plain > MAX_PLAIN
        if is_skipped and n_images >= EARLY:
            continue
        address = _address(page, element)
        if address and not is_skipped and len(placed) < MAX_PLACED:
            placed.append(_placed(page, element, address, n_images))
        n_images += bool(address)
    yield from scored_in_context(placed)


def _placed(page: Page, element: HtmlElement, address: str, index: int) -> PlacedCandidate:
    evidence, context, share = position_evidence(page, element)
    own = own_evidence(page, element, address, context)
    is_named = any(hit.rule is Rule.BRAND_NAME for hit in own)
    if context.is_in_button or (element.tag == "input" and not is_named):
        own.append(Rule.IN_BUTTON.hit())
    if _is_for_dark_ground(element):
        own.append(Rule.HIDDEN.hit())
    if not _is_unmeasured(element, address):
        own += _size_evidence(page, element, context.link)
    evidence += own
    if index < EARLY:
        evidence.append(Rule.EARLY.hit(1 - index / EARLY))
    rules = {item.rule for item in evidence}
    text = element.get("alt") or ""
    is_other = page.identity.names_another(text)
    names_other = is_other and not share and is_foreign(rules)
    is_small = share > 0 and _is_small(element)
    if index < N_FIRST and not is_other:
        evidence.append(Rule.FIRST.hit())
    if is_other and share and Rule.BRAND_NAME not in rules:
        evidence.append(Rule.OTHER_TEXT.hit())
    if index == 0 and Rule.BRAND_NAME in rules and is_in_plain_table(page, element):
        evidence.append(Rule.TABLE_TOP.hit())
    return PlacedCandidate(
        LogoCandidate("img", address, tuple(evidence)),
        signature(element),
        share,
        counts_as_only=not (is_other or context.is_in_footer or context.is_in_bad_context),
        language=link_language(context.link),
        names_other=names_other,
        is_surely_other=names_other and is_surely_other(page, context, text, file_of(address)),
        is_interface=is_small and is_interface(page, context, rules, text),
        row=next(element.iterancestors(*MENUS), None),
    )


def own_evidence(
    page: Page, element: HtmlElement, address: str, context: Surroundings
) -> list[RuleHit]:
    """Return the hits of the image's own names, texts and address."""
    found = []
    text = f"{element.get('alt') or ''} {element.get('title') or ''}"[:MAX_CHARS]
    file = file_of(address)
    if says_logo(f"{names_of(element)} {text}"):
        found.append(Rule.LOGO_NAME.hit())
    if says_logo_in_address(address):
        found.append(Rule.LOGO_FILE.hit())
    found += _brand_evidence(page, context, text, file)
    if (element.get("itemprop") or "").lower() == "logo":
        is_other = is_of_other_item(element)
        found.append((Rule.MICRODATA_OTHER if is_other else Rule.MICRODATA_IMAGE).hit())
    is_said = leads_nowhere(context.link) and any(hit.rule in NAMED for hit in found)
    other = _other_purposes(page, element, address, context)
    if (page.home_share(context.link) or is_said) and not JUNK_FILE.search(
        file.replace("banner", "")
    ):
        other = [JUNK_OF_BANNER if hit.rule is Rule.JUNK_FILE else hit for hit in other]
    return found + other


def _brand_evidence(page: Page, context: Surroundings, text: str, file: str) -> list[RuleHit]:
    names, link = page.identity, context.link
    in_link = names.occurs_in(_link_text(link)) or names.matches(hidden_text(link))
    if not (names.matches(text) or names.occurs_in(file) or in_link):
        return []
    found = [Rule.BRAND_NAME.hit()]
    if names.is_named_after(file) and not file.endswith((".jpg", ".jpeg")):
        found.append(Rule.BRAND_FILE.hit())
    elif names.is_named_after(text.strip()):
        found.append(Rule.BRAND_TEXT.hit())
    if not page.home_share(link) and file.endswith(PHOTOGRAPHS) and names.says_more(text):
        found.append(Rule.DESCRIBED_PHOTO.hit())
    return found


def _other_purposes(
    page: Page, element: HtmlElement, address: str, context: Surroundings
) -> list[RuleHit]:
    """Return the hits of rules that say the image has another purpose."""
    found = []
    names, file = page.identity, file_of(address)
    is_header_home = page.home_share(context.link) > 0 and context.is_in_header
    if not is_header_home and BAD.search((element.get("class") or "")[:MAX_CHARS].lower()):
        found.append(Rule.BAD_NAME.hit())
    if names.matches_outside_name(CONSENT, address[:MAX_CHARS].lower()):
        found.append(Rule.CONSENT_MARK.hit())
    elif is_spacer(names, address):
        found.append(Rule.SPACER.hit())
    elif _is_interface_file(names, file) or _is_flag(page, element, file, context):
        found.append(Rule.INTERFACE_FILE.hit())
    elif not LOGO_FILE.search(file):
        found += [
            rule.hit()
            for pattern, rule in OTHER_FILES
            if names.matches_outside_name(pattern, file)
        ][:1]
    return found


def _is_interface_file(names: Identity, file: str) -> bool:
    """Return whether a file is named as a button or an icon, and not as the site."""
    icon = INTERFACE_FILE.match(file.rpartition(".")[0])
    return icon is not None and not any(icon.group("word") in own for own in names.names)


def _is_flag(page: Page, element: HtmlElement, file: str, context: Surroundings) -> bool:
    """Return whether a file is named as the flag of a language.

    Two letters may be the site's initials too: in a link home that names no language, on a page
    without another such file. Those of a usual language are if the text names the site.
    """
    if not _is_named_as_flag(file) or page.identity.occurs_in(file):
        return False
    if file.startswith("flag") or page.home_share(context.link) < 1 or link_language(context.link):
        return True
    if file[:2] in USUAL_FLAGS and not page.identity.matches(element.get("alt") or ""):
        return True
    others = (one for one in page.elements("img") if one is not element)
    files = {file_of(page.absolute(one.get("src"))) for one in islice(others, MAX_PLACED)}
    return any(_is_named_as_flag(one) for one in files - {file})


def _is_named_as_flag(file: str) -> bool:
    flag = FLAG_FILE.match(file.rpartition(".")[0])
    return flag is not None and is_locale(flag.group("code"))


def _link_text(link: HtmlElement | None) -> str:
    if link is None:
        return ""
    return f"{link.get('title') or ''} {link.get('aria-label') or ''}"


def _is_for_dark_ground(element: HtmlElement) -> bool:
    """Return whether its classes show it on dark ground only: ``hidden dark:block``."""
    names = (element.get("class") or "")[:MAX_CHARS].split()
    is_shown_in_dark = "hidden" in names and any(name[:5] == "dark:" for name in names)
    return is_shown_in_dark or not DARK_ONLY.isdisjoint(names)


def _is_unmeasured(element: HtmlElement, address: str) -> bool:
    """Whether the size is WordPress's for an SVG that states none: one pixel."""
    return _declared_size(element) == (1, 1) and file_of(address).endswith(".svg")


def _size_evidence(page: Page, element: HtmlElement, link: HtmlElement | None) -> list[RuleHit]:
    width, height = _declared_size(element)
    sides = [side for side in (width, height) if side is not None]
    if sides and min(sides) <= DOT_PX:
        return [Rule.DECLARED_DOT.hit()]
    if sides and min(sides) < TINY_PX:
        return [Rule.TINY.hit()]
    if (width or 0) > PHOTOGRAPH_PX[0] and (height or 0) > PHOTOGRAPH_PX[1]:
        is_at_home = page.home_share(link) > 0
        beside = [Rule.BESIDE_NAME.hit()] if is_at_home and page.is_behind_painted(link) else []
        return [Rule.DECLARED_PHOTOGRAPH.hit(1 if is_at_home else 2), *beside]
    return []


def _is_small(element: HtmlElement) -> bool:
    return all(side is not None and side <= SMALL_PX for side in _declared_size(element))


def _declared_size(element: HtmlElement) -> tuple[int | None, int | None]:
    styled = {
        name: int(value)
        for name, value in STYLE_WIDTH.findall((element.get("style") or "")[:MAX_CHARS].lower())
    }
    return (
        _pixels(element.get("width")) if element.get("width") else styled.get("width"),
        _pixels(element.get("height")) if element.get("height") else styled.get("height"),
    )


def _pixels(text: str | None) -> int | None:
    match = PIXELS.match(text or "")
    return int(match.group(1)) if match else None


def _address(page: Page, element: HtmlElement) -> str:
    """Return the image address: the lazy one where ``src`` is a placeholder."""
    if element.tag == "input" and (element.get("type") or "").lower() != "image":
        return ""
    if element.tag in {"object", "embed"}:
        return _document(page, element)
    source = page.absolute(element.get("src") or element.get("href"))
    if page.elements("source"):
        source = _for_light_scheme(page, element, source)
    if source and not _is_placeholder(page.identity, source):
        find = _lazy if source.startswith("data:") else _named_lazily
        return find(page, element) or source  # what stands in "src" may be a preview
    return _lazy(page, element) or ("" if source.startswith("data:") else source)


def _named_lazily(page: Page, element: HtmlElement) -> str:
    """Return the image address in a known lazy attribute; ``src`` is a preview then."""
    for name in LAZY:
        address = element.get(name)
        if address and IMAGE_FILE.search(address):
            return page.absolute(address)
    return ""


def _lazy(page: Page, element: HtmlElement) -> str:
    addresses = [element.get(name) for name in LAZY]
    addresses += [largest(element.get(name) or "") for name in (*LAZY_SETS, "srcset")]
    addresses += [_picture_source(page, element)]
    addresses += [
        text
        for name, text in element.items()
        if (name[:5] == "data-" or name[-4:] in LAZY_ENDS) and IMAGE_FILE.search(text)
    ]
    for address in addresses:
        resolved = page.absolute(address)
        if resolved and not _is_placeholder(page.identity, resolved):
            return resolved
    return ""


def _for_light_scheme(page: Page, element: HtmlElement, source: str) -> str:
    """Return the source of a <picture> for the light scheme, where ``source`` is for the dark."""
    picture = next(element.iterancestors("picture"), None)
    if picture is None:
        return source
    by_media = [
        (
            (one.get("media") or "").lower(),
            page.absolute(largest(one.get("srcset") or one.get("data-srcset") or "")),
        )
        for one in islice(picture.iter("source"), MAX_SOURCES)
    ]
    for media, address in by_media:
        if LIGHT_SCHEME.search(media) and address:
            return address
    is_dark = any(DARK_SCHEME.search(media) and source == url for media, url in by_media)
    others = [url for media, url in by_media if url and not DARK_SCHEME.search(media)]
    return others[0] if is_dark and others else source


def _picture_source(page: Page, element: HtmlElement) -> str:
    if not page.elements("source"):
        return ""
    picture = next(element.iterancestors("picture"), None)
    if picture is None:
        return ""
    for source in picture.iter("source"):  # the parser nests them, they have no end tags
        if "dark" in (source.get("media") or "").lower():
            continue
        found = largest(source.get("srcset") or source.get("data-srcset") or "")
        if found:
            return found
    return ""


def _document(page: Page, element: HtmlElement) -> str:
    kind = (element.get("type") or "").lower()
    address = element.get("data") if element.tag == "object" else element.get("src")
    if kind.startswith("image/") or IMAGE_FILE.search(address or ""):
        return page.absolute(address)
    return ""


def _is_placeholder(names: Identity, address: str) -> bool:
    if address.startswith("data:"):
        is_svg = address[5:14].lower() == "image/svg"
        has_shape = is_svg and ("path" in address or "base64" in address[:60])
        return len(address) < SMALL_DATA_CHARS and not has_shape
    return is_spacer(names, address)
