"""Detects pages that replace a site: bot checks, consent pages and parked domains."""

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
# A host of its own: consent.yahoo.com, myprivacy.dpgmedia.nl
CONSENT_HOST: Final = re.compile(
    r"https?://(?:consent|myprivacy|privacy-?gate|cmp|gdpr|cookie-?(?:consent|wall)|tcf)"
    r"\.[\w-]{1,63}\.[\w.-]{1,200}[/?]"
)
# A path of its own, which pages of a site may have as well: /consent?return=..., /pur/
CONSENT_PATH: Final = re.compile(
    r"https?://[\w.-]{1,253}(?:/[\w-]{1,60}){0,3}/(?:cookie-?|privacy-?|gdpr-?|collect-?)?"
    r"(?:consents?|cookie-?wall|cookie-?gate|privacy-?(?:gate|wall)|gdpr|pur)(?:\.\w{1,5})?"
    r"(?:[/?]|\Z)"
)
CONSENT_TITLE: Final = re.compile(
    r"before you continue|bevor sie (?:zu|fortfahren|weiter)|avant d.acc[eé]der|antes de continuar"
    r"|prima di continuare|voordat (?:je|u) |(?:cookie|privacy|consent)[ -]?(?:wall|gate)"
    r"|(?:cookie|privacy|gdpr|data)[ -]consent|consent (?:required|management|needed)"
    r"|your (?:privacy|cookie)s? (?:choices|settings)|we value your privacy|cookie-?toestemming"
    r"|(?:cookie|privacy|datenschutz)s?[ -]?(?:einstellungen|instellingen|zustimmung|einwilligung)"
    r"|gestion des cookies|consentement|consenso (?:ai|sui|cookie)|consentimiento"
)
CONSENT_TEXT: Final = re.compile(
    r"cookie|consent|privacy|datenschutz|zustimm|einwillig|confidentialit|toestemming|\bgdpr"
)
MAX_ADDRESS_CHARS: Final = 2048
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
    if len(text) > WALL_CHARS:
        return False
    if status >= 400 and _has_wall_title(text):
        return True
    # A 403 may hold the whole site, which loads the scripts of its bot check as well.
    return _mentions_bot_check(status, text) and not has_site_parts(text)


def _has_wall_title(text: str) -> bool:
    title = TITLE.search(text)
    return title is not None and WALL_TITLE.search(title.group(1).strip().lower()) is not None


def _mentions_bot_check(status: int, text: str) -> bool:
    if _has_wall_title(text):
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
    return PARKED.search(letters) is not None and not has_site_parts(text)


def is_consent_page(url: str, text: str) -> bool:
    """Return whether the page only asks for consent, by its address or its title."""
    if len(text) > WALL_CHARS:
        return False
    address = url[:MAX_ADDRESS_CHARS].lower()
    if CONSENT_TEXT.search(text.lower()):
        if CONSENT_HOST.match(address):
            return True
        if CONSENT_PATH.match(address) and not _has_navigation(text):
            return True
    title = TITLE.search(text)
    is_titled = title is not None and CONSENT_TITLE.search(title.group(1).lower()) is not None
    return is_titled and not has_site_parts(text)


def has_site_parts(text: str) -> bool:
    """Return whether the page has the parts of a real site: header, navigation, many links."""
    return "<header" in text.lower() or _has_navigation(text)


def _has_navigation(text: str) -> bool:
    letters = text.lower()
    return "<nav" in letters or letters.count("<a ") > N_LINKS
