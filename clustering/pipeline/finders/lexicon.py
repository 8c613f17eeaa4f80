"""Word patterns for names, texts and addresses; every pattern is linear in its input."""

import re
from typing import Final
from urllib.parse import unquote, urlsplit

# Words that contain "logo" by chance: catalogue, dialogue, psychologist; log out, log in
# (Polish), speech therapy. Not radiologo: studiologo.png is a logo.
_NO_LOGO_BEFORE: Final = r"(?<!cata)(?<!dia)(?<!pro)(?<!psico)(?<!psycho)"
_NO_LOGO_AFTER: Final = r"(?!ut|wani|p[aä]?ed|ther)"
LOGO: Final = re.compile(
    rf"{_NO_LOGO_BEFORE}logo{_NO_LOGO_AFTER}(?!n\b|nand|s\b)|word-?mark|brand-?mark|sitename"
    r"|логотип|ロゴ|로고|标志|標誌|לוגו|شعار|λογότυπο|โลโก้"
    r"|(?:^|[ _-]|nav|navbar|site|header)brand(?:ing)?"
    r"(?:$| |[_-]{1,3}(?:name|img|image|icon|link|title))"
)
LOGO_FILE: Final = re.compile(
    rf"{_NO_LOGO_BEFORE}logo{_NO_LOGO_AFTER}|word-?mark|masthead|brand-?mark"
)
HEADER: Final = re.compile(
    r"header|masthead|top-?(?:bar|nav)|nav-?bar|(?:main|global|site|primary)-?nav"
    r"|(?:page|site)-?head|cabecera|encabezado|ent-?ete|testata|kopf(?:bereich|zeile)"
    r"|(?:^|[ _-])(?:nav|hdr|gnb|top|head|kopf)(?:$|[ _-])"
)
FOOTER: Final = re.compile(
    r"footer|(?:^|[ _-])(?:foot|ftr)(?:$|[ _-])|copyright|colophon|fuss(?:bereich|zeile)|rodape"
)
BAD: Final = re.compile(
    r"partner|client|customer|sponsor|payment|carousel|slider|slick|swiper|consent|cookie|onetrust"
    r"|trust(?:ed|e|pilot|-?badge)|award|testimonial|product|advert|(?:^|[ _-])ads?(?:$|[ _-])"
    r"|affiliat|social|share|press-?logo|brands|logos(?:$|[ _-])|logo-?(?:list|grid|wall|cloud)"
    r"|vendor|merchant|featured|article|(?:^|[ _-])card|app-?store|language|flag"
)
JUNK_FILE: Final = re.compile(
    r"sprite|banner|avatar|gravatar|loading|loader|spinner|(?<![a-z])arrow|chevron|(?<!re)search|menu"
    r"|hamburger|(?:^|[/_-])g?nav[_-]?\d|(?:^|[/_-])(?:(?:btn|button|cart|basket|close|bg|flags?)(?=[/_.\d-]|$)|ico(?:n)?-)"
    r"|facebook|twitter"
    r"|(?:^|[/_-])(?:phone|tel|telefon|hotline|e-?mail|mail)(?=[/_.\d-]|$)|whatsapp|telegram|viber|tiktok"
    r"|linkedin|instagram|youtube|pinterest|google-?play|app-?store|(?<![a-z])visa(?![a-z])|mastercard|paypal"
    r"|verisign|trustpilot|norton|mcafee|cookielaw|trustarc|powered-?by|rss"
    r"|(?:^|[/_-])(?:slide|hero|promo|sale|teaser|screen(?:-?shot)?|mock-?up)(?=[/_.\d-]|$)"
)
HOME_BUTTON: Final = re.compile(
    r"^(?:home|start(?:seite)?|accueil|inicio)(?:[_-]?(?:icon|ico|btn|button|on|off|over|up|nav))?"
    r"[\d_-]{0,4}(?=\.\w{3,4}$)|(?:nav|btn|button|menu|ico|icon|knopf|bouton|boton|lien|link|back|retour)[_-]?"
    r"(?:home|start|accueil|inicio)|(?:^|[_-])house(?=[_.-])"
    r"|_[hv]btn(?:_[a-z])?(?=\.)"  # of FrontPage
)
# The whole name without its suffix: "world.png", not "world-of-canoes.png".
INTERFACE_FILE: Final = re.compile(
    r"(?:(?:icons?|ico|btn|button|bt|nav|ui)[_-]?)?(?P<word>back|prev(?:ious)?|next|close|cross|burger"
    r"|user|login|profile|(?:my-?)?account|cart|basket|(?:shopping-?)?bag|search|magnifier|lupe|loupe"
    r"|suche|globe|world|bell|heart|wish-?list|favou?rites?|star|print(?:er)?|help|question|info|eye"
    r"|sun|moon|contact|kontakt|fb|tw|ig|insta|yt|new|hot|arrow|share|download|play|pause|lang(?:uage)?"
    r"|english|deutsch|fran[cç]ais|espa[nñ]ol|italiano)"
    r"(?:[_-]?(?:icon|white|black|light|dark|on|off|over|hover|small|left|right|\d{1,3}))?\Z"
)
FLAG_FILE: Final = re.compile(r"(?:flag[_-]?)?(?P<code>[a-z]{2})\Z")
SPACER: Final = re.compile(
    r"spacer|1x1|place-?holder"
    r"|(?:^|[_-])(?:blank|pixel|px|1px|transparent|clear|trans|dot|empty|dummy|shim|lazy|gr[ae]y)"
    r"\.(?:gif|png|svg)|^[bpstx]\.gif$|(?:^|[_-])no[_-]?(?:image|img|photo|picture)(?=[_.-])"
    r"|(?:^|[_-])(?:(?:ajax|lazy|pre)[_-]?)?(?:load(?:er|ing)?|spinner)"
    r"(?:[_-]?(?:icon|bar|circle|small|large|white|black|\d{1,4}))?\.(?:gif|png|svg)"
)
TRACKER: Final = re.compile(
    r"/(?:pixel|beacon|track(?:er|ing)?)[./?]|/b/ss/|doubleclick|scorecardresearch|quantserve"
    r"|facebook\.com/tr\b|google-analytics"
)
CONSENT: Final = re.compile(
    r"cookielaw\.org/logos/static/|trustarc|truste\.com|ot_(?:company_)?logo|onetrust|cookiebot"
    r"|usercentrics|cookieyes|iubenda|quantcast|didomi|termly|osano|cookiefirst|complianz"
    r"|cookie-script|cookiehub|consentmanager|powered[-_]?by"
)
UI_ICON: Final = re.compile(
    r"search|menu|hamburger|close|chevron|arrow|caret|cart|basket|(?:^|[ _-])bag(?:$|[ _-])|user"
    r"|account|profile|login|heart|wishlist|facebook|twitter|instagram|youtube|linkedin|phone"
    r"|mail|globe|location|spinner|loader|play|star|plus|minus|check|home-?icon"
    r"|icon?-?home|(?:^|[ #_-])house(?:$|[ _-])|#home(?:$| )"
)
WORDS_IN_NAME: Final = re.compile(r"[a-z]{2,40}")
MAX_NAME_WORDS: Final = 5  # with suffix and size; more words are a headline
FOREIGN_LOGO: Final = (
    "логотип", "ロゴ", "로고", "标志", "標誌", "לוגו", "شعار", "λογότυπο", "โลโก้",
)  # fmt: skip
MAX_CHARS: Final = 300  # of one attribute
WORD: Final = re.compile(r"[^\W_]+")


def may_say_logo(text: str) -> bool:
    """Return whether a lower-case ``text`` may match ``LOGO`` or ``LOGO_FILE``.

    A few substring tests cost a tenth of one pattern search, and most names fail all of them.
    """
    return (
        "logo" in text
        or "brand" in text
        or "masthead" in text  # of a file
        or "wordmark" in text
        or "word-mark" in text
        or "sitename" in text
        or (not text.isascii() and any(word in text for word in FOREIGN_LOGO))
    )


def says_logo(text: str) -> bool:
    """Return whether a name or text contains a word for logo."""
    letters = text[:MAX_CHARS].lower()
    return may_say_logo(letters) and LOGO.search(letters) is not None


def says_painted_logo(text: str) -> bool:
    """Return whether the names of a painted element contain a word for logo or masthead.

    The pictures in a masthead may be portraits and screens.
    """
    return says_logo(text) or "masthead" in text


def file_of(url: str) -> str:
    """Return the file name of an address, lower case."""
    try:
        parts = urlsplit(url[:2048])
    except ValueError:
        return ""
    if parts.scheme == "data":
        return ""
    last = unquote(parts.path).lower().rstrip("/").rpartition("/")[2]
    return last[-MAX_CHARS:]


def says_logo_in_address(url: str) -> bool:
    """Return whether the file or its folder is named logo."""
    if url.startswith(("data:", "inline:")):
        return False
    address = unquote(url[:2048]).lower()
    if not may_say_logo(address):
        return False
    path = address.split("?")[0].split("/")[3:]
    return any(_names_a_logo(part[-MAX_CHARS:]) for part in path[-2:])


def _names_a_logo(part: str) -> bool:
    """Return whether a file or folder name contains the word and is not a headline."""
    return (
        LOGO_FILE.search(part) is not None and len(WORDS_IN_NAME.findall(part)) <= MAX_NAME_WORDS
    )


def squeezed(text: str) -> str:
    """Return only the letters and digits of ``text``, to compare brand spellings."""
    return "".join(words_of(text))


def words_of(text: str) -> list[str]:
    """Return the words of ``text``, lower case, in any script."""
    return WORD.findall(text[:MAX_CHARS].lower())
