"""Judges a declared logo (JSON-LD, og:logo, microdata, rel=logo) by its file.

Sites often declare their favicon, the banner for social networks or an article's image.
"""

import re
from typing import Final
from urllib.parse import unquote, urlsplit

from clustering.pipeline.finders import LogoCandidate
from clustering.pipeline.finders.lexicon import MAX_CHARS, file_of, says_logo_in_address
from clustering.pipeline.finders.page import Page
from clustering.pipeline.finders.rules import (
    DECLARED_ICON_LIMIT,
    LOW_CONFIDENCE_LIMIT,
    UNATTRIBUTED_LIMIT,
    Rule,
    RuleHit,
    limited,
)

ICON_FILE: Final = re.compile(
    r"favicon|touch-?icon|apple-?icon|android-?(?:chrome|icon)|mstile|(?:site|app|tab|web)-?icon"
    r"|(?:^|[_-])icon(?:$|[_.\d-])|\.ico$"
)
SOCIAL_FILE: Final = re.compile(
    r"(?:^|[_.-])(?:og|fb|seo)(?:[_.-]|image|$)|open-?graph|social|shar(?:e|ing)(?:[_.-]|\d|image"
    r"|$)|twitter|facebook|whatsapp|(?:^|[_-])meta-?image|banner|(?:^|[_.-])(?:cover|hero|header"
    r"|splash|slide|poster|teaser|featured?|background|bg|screenshot|preview|thumbnail|promo)s?"
    r"(?:[_.-]|image|img|\d|$)|(?:^|[_-])(?:default|fallback)-?(?:image|img|share)"
)
PHOTOGRAPH_FOLDER: Final = re.compile(
    r"/(?:articles?|blogs?|news|posts?|photos?|gallery|stories|magazine|products?|team|people)/"
)
AVATAR: Final = re.compile(r"gravatar\.com/|/avatars?/")
PHOTOGRAPH_FILE: Final = re.compile(r"\.jpe?g$|(?:^|[_-])(?:img|dsc|photo|foto|pic)[_-]?\d{2,9}")
SIZE_IN_FILE: Final = re.compile(r"(?<!\d)w?(\d{3,4})(?:x|[_-]?h)(\d{3,4})(?!\d)")
# "undefined", "INSERT IMAGE URL HERE", the home page or another page in place of a file.
NO_FILE: Final = re.compile(
    r"(?:^|/)(?:undefined|null|none|false|true|nan|n/a|logo-?url|image-?url|url)/?$"
    r"|(?:insert|your|enter)[ _-]{1,3}(?:\w{1,20}[ _-]{1,3}){0,3}(?:url|image|logo|here)"
    r"|\.(?:html?|php|aspx?|jsp)$|^/?(?:[a-z]{2}/?)?$"
)
# What themes and systems bring along; not "default-logo", which may be one for light ground.
SAMPLE_FILE: Final = re.compile(
    r"place-?holder|dummy|sample|example|(?:no|missing|blank|empty)[_-]?(?:logo|image|img|photo)|your[_-]?logo"
)
# Hosts of documentation, copied with the rest of its JSON-LD.
SAMPLE_HOST: Final = re.compile(
    r"(?:^|\.)(?:example|(?:your|my)-?(?:domain|site|web-?site|company|store)|domain)\.(?:com|org|net)$"
)
WORD: Final = re.compile(r"[a-z]{3,40}")
MAX_WORDS: Final = 5  # more words are a headline
BANNER_PX: Final = (500, 250)
BANNER_RATIO: Final = (1.25, 2.4)  # of previews: 1.91 on most networks; word marks are wider


def declared(
    page: Page, finder: str, address: str, hits: list[RuleHit], size: tuple[int, int] | None = None
) -> LogoCandidate:
    """Return the candidate of a declared logo, limited by what its file is.

    ``size`` is the declared width and height. An icon becomes a candidate of the icon finder.
    """
    file = file_of(address)
    is_icon = _is_icon(page, address, file)
    rule, limit = _limit(page, address, file, size, is_icon=is_icon)
    evidence = hits if rule is None else limited(hits, rule, limit)
    kind = "icon" if is_icon and limit == DECLARED_ICON_LIMIT else finder
    return LogoCandidate(kind, address, tuple(evidence))


def _limit(
    page: Page, address: str, file: str, size: tuple[int, int] | None, *, is_icon: bool
) -> tuple[Rule | None, float]:
    """Return which rule limits a declared file, and to how many points; None for a logo."""
    says_logo = says_logo_in_address(address)
    is_sample = page.identity.matches_outside_name(SAMPLE_FILE, file) or _is_elsewhere(
        page, address
    )
    if _is_no_file(address) or is_sample:
        return Rule.NO_FILE, UNATTRIBUTED_LIMIT
    if is_icon:
        return Rule.DECLARED_ICON, LOW_CONFIDENCE_LIMIT if says_logo else DECLARED_ICON_LIMIT
    if _is_banner(page, file, size):
        return Rule.SOCIAL_BANNER, LOW_CONFIDENCE_LIMIT if says_logo else UNATTRIBUTED_LIMIT
    if says_logo or page.identity.is_named_after(file):
        return None, 0.0
    if _is_article_image(address, file):
        return Rule.ARTICLE_IMAGE, UNATTRIBUTED_LIMIT
    if PHOTOGRAPH_FILE.search(file) or address in page.social_images:
        return Rule.UNNAMED_FILE, LOW_CONFIDENCE_LIMIT
    return None, 0.0


def is_banner_size(width: int, height: int) -> bool:
    """Return whether an image of this size is a preview for social networks."""
    if height <= 0 or width < BANNER_PX[0] or height < BANNER_PX[1]:
        return False
    return BANNER_RATIO[0] <= width / height <= BANNER_RATIO[1]


def _is_icon(page: Page, address: str, file: str) -> bool:
    return address in page.declared_icons or page.identity.matches_outside_name(ICON_FILE, file)


def _is_banner(page: Page, file: str, size: tuple[int, int] | None) -> bool:
    found = SIZE_IN_FILE.search(file)
    sizes = [size] if size else []
    sizes += [(int(found.group(1)), int(found.group(2)))] if found else []
    if any(is_banner_size(*one) for one in sizes):
        return True
    return page.identity.matches_outside_name(SOCIAL_FILE, file)


def _is_no_file(address: str) -> bool:
    """Return whether the address is that of a page, or was never filled in."""
    if address.startswith("data:"):
        return False
    parts = urlsplit(address)
    return not parts.query and NO_FILE.search(unquote(parts.path)[-MAX_CHARS:].lower()) is not None


def _is_elsewhere(page: Page, address: str) -> bool:
    """Return whether the host is one of documentation and not the page's own."""
    host = urlsplit(address).hostname or ""
    return SAMPLE_HOST.search(host) is not None and host != urlsplit(page.url).hostname


def _is_article_image(address: str, file: str) -> bool:
    """Return whether the address has an article's folder or a headline as its file name."""
    is_photograph = PHOTOGRAPH_FILE.search(file) is not None
    folders = address[:MAX_CHARS].lower().rpartition("/")[0]
    if AVATAR.search(f"{folders}/") or (is_photograph and PHOTOGRAPH_FOLDER.search(f"{folders}/")):
        return True
    return len(WORD.findall(file.rpartition(".")[0])) > MAX_WORDS
