"""Pages that stand where a site should be: walls against robots, and parked domains."""

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
WALL_CHARS: Final = 80_000  # a page of status 200 that is longer is a real one
SCRIPT_CHARS: Final = 20_000  # real pages load the walls' scripts as well; walls hold little else
PARKED_CHARS: Final = 60_000
N_LINKS: Final = 10  # a page with more of them is a site's, whatever its words are
REFUSALS: Final = frozenset({401, 403, 405, 406, 429, 503})


def is_robot_wall(status: int, text: str) -> bool:
    """Return whether a page with ``status`` asks for a human in place of showing the site."""
    if status >= 400 and status not in REFUSALS:
        return False
    if len(text) > WALL_CHARS or not _speaks_of_robots(status, text):
        return False
    return status >= 400 or not _is_furnished(text)


def _speaks_of_robots(status: int, text: str) -> bool:
    title = TITLE.search(text)
    if title and WALL_TITLE.search(title.group(1).strip().lower()):
        return True
    is_short = status >= 400 or len(text) <= SCRIPT_CHARS
    return is_short and WALL_BODY.search(text.lower()) is not None


def is_parked(text: str) -> bool:
    """Return whether a page offers its own domain for sale, or only advertisements."""
    if len(text) > PARKED_CHARS:
        return False
    letters = text.lower()
    if PARKING_SERVICE.search(letters):
        return True
    # A registrar speaks of parking too.
    return PARKED.search(letters) is not None and not _is_furnished(text)


def _is_furnished(text: str) -> bool:
    """Return whether a page has what a site's has: a header, navigation, many links."""
    letters = text.lower()
    return "<header" in letters or "<nav" in letters or letters.count("<a ") > N_LINKS
