"""Detects pages that replace a site: bot checks and parked domains."""

import re
from typing import Final

WALL_TITLE: Final = re.compile(
    r"just a moment|attention required|access denied|robot check|are you a robot|are you human"
    r"|pardon our interruption|verify(?:ing)? you are (?:a )?human|security check\b"
    r"|bot verification|ddos protection|please wait\.\.\.|checking your browser"
    r"|human verification|captcha|request unsuccessful|blocked\Z"
)
WALL_BODY: Final = re.compile(
    r"cf-challenge|cf_chl_|captcha-delivery\.com|px-captcha|_incapsula_resource"
    r"|api-services-support@amazon\.com|geo\.captcha|/_sec/cp_challenge|distil_r_captcha"
    r"|enable javascript and cookies to continue|you have been blocked|whoa there, pardner"
    r"|you've been blocked by network security|kpsdk|awswafintegration"
)
PARKED: Final = re.compile(
    r"domain (?:name )?(?:is|may be) for sale|buy this domain|domain is parked|parked free"
    r"|domain parking|diese domain (?:steht zum verkauf|kaufen)|ce domaine est [\xe0a] vendre"
)
PARKING_SERVICE: Final = re.compile(
    r"sedoparking|parkingcrew|bodis\.com|dan\.com/buy|hugedomains|afternic\.com"
)
TITLE: Final = re.compile(r"<title[^>]{0,200}>([^<]{0,300})", re.IGNORECASE)
WALL_CHARS: Final = 80_000  # longer pages with status 200 are real
SCRIPT_CHARS: Final = 20_000  # real pages load the same scripts; bot checks contain little else
PARKED_CHARS: Final = 60_000
N_LINKS: Final = 10  # more links than this: a real site, whatever its words
REFUSALS: Final = frozenset({401, 403, 405, 406, 429, 503})


def is_robot_wall(status: int, text: str) -> bool:
    """Return whether the page is a bot check."""
    if status >= 400 and status not in REFUSALS:
        return False
    if len(text) > WALL_CHARS or not _mentions_bot_check(status, text):
        return False
    return status >= 400 or not _has_site_parts(text)


def _mentions_bot_check(status: int, text: str) -> bool:
    title = TITLE.search(text)
    if title and WALL_TITLE.search(title.group(1).strip().lower()):
        return True
    is_short = status >= 400 or len(text) <= SCRIPT_CHARS
    return is_short and WALL_BODY.search(text.lower()) is not None


def is_parked(text: str) -> bool:
    """Return whether the page offers its domain for sale or shows only advertisements."""
    if len(text) > PARKED_CHARS:
        return False
    letters = text.lower()
    if PARKING_SERVICE.search(letters):
        return True
    # Registrars use the same words.
    return PARKED.search(letters) is not None and not _has_site_parts(text)


def _has_site_parts(text: str) -> bool:
    """Return whether the page has the parts of a real site: header, navigation, many links."""
    letters = text.lower()
    return "<header" in letters or "<nav" in letters or letters.count("<a ") > N_LINKS
