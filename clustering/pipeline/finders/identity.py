"""The names of a site: registered domain, og:site_name, application name, title."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from lxml.html import HtmlElement

from clustering.pipeline.domains.suffixes import registered_word
from clustering.pipeline.finders.lexicon import LOGO_FILE, MAX_CHARS, SPACER, TRACKER, words_of

NAMING_TAGS: Final = frozenset({"title", "meta"})
NAMING: Final = frozenset({"og:site_name", "application-name", "apple-mobile-web-app-title"})
MAX_NAME_CHARS: Final = 40  # longer ones are slogans
MIN_NAME_CHARS: Final = 2
MIN_OWN_CHARS: Final = 4
MIN_LABEL: Final = 4
# First labels of hosts that are departments, not products.
_SERVICE_LABELS = """
    about account accounts admin agency assets auth beta blog blogs booking careers cdn client
    clients cloud community connect corp corporate de demo dev developer developers docs edge edit
    events forum forums global group help home image images info intl intranet investor investors
    jobs kb learn legal live local login mail main media member members mobile mobil news online
    order partner partners pay portal press preview products project projects public search secure
    service services shop site sites staging start static status store stores support team test
    tickets wiki www2 www3 webshop
"""
SERVICE_LABELS: Final = frozenset(_SERVICE_LABELS.split())
SEPARATOR: Final = re.compile(
    r"\s{1,9}[-|\u2013\u2014\xb7\u2022:\xbb~/]{1,3}\s{1,9}|[|\xb7\u2022\xbb]"
)
MIN_TITLE_CHARS: Final = 4  # of a text to search for in the title: shorter ones occur in any title
MIN_IDEOGRAPHS: Final = 2
MIN_INITIALS: Final = 3
IDEOGRAPHS: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
# Words of logo texts that are not the brand, in the languages of the evaluation pages.
_GENERIC = """
    logo logotype logos wordmark home homepage page site website web company corporate official the
    of to for and go back main top header image img picture icon brand start welcome link our visit
    return default mobile desktop white black dark light small large new svg png
    startseite zur zum accueil retour inicio ir pagina principal strona główna hlavní главная на
    главную логотип ホーム 首页 ロゴ 로고 标志 標誌 לוגו شعار λογότυπο โลโก้
"""
GENERIC: Final = frozenset(word for line in _GENERIC.splitlines() for word in words_of(line))


RENDITION_WORD: Final = re.compile(
    r"(?:^|[_. -])(?:s?rgb|cmyk|pms|pantone|hks|horizontal|stacked|lockup|wordmark|logotype)"
    r"\d{0,3}(?:[_. -]|$)"
)
_RENDITIONS = """
    black navy gold silver purple brown teal
    rgb srgb cmyk pms pantone hks blue red green yellow orange grey gray color colour colored
    full neg negative negativ pos positive positiv inverse inverted reversed mono horizontal
    vertical stacked wide primary secondary lockup wordmark logotype logo name mark word weiss
    schwarz blanc noir x px r web retina trans transparent rev
"""
RENDITIONS: Final = frozenset(_RENDITIONS.split()) | {""}
INVERSE: Final = re.compile(
    r"(?:^|(?<=[_. /-]))(?:white|inverse|inverted|invert|inv|negative?|negativ|neg|reversed?"
    r"|knockout|light|weiss|weiß|blanco?|blanc|bianco|wht|for-?dark|dark-?mode|darkmode)"
    r"(?=[_. -]|$)"
)
HASH: Final = re.compile(r"(?=[a-z]{0,9}\d)[0-9a-z]{6,64}|\d{1,9}(?:px|x)?")
UNTRANSLATED: Final = re.compile(
    r"##[\w.-]{1,80}##\Z|\{\{?[\w. |'-]{1,80}\}?\}\Z|%[\w.-]{1,80}%\Z|\[\[?[\w.:-]{1,80}\]?\]\Z"
)
"""As of journals (``##common.logo.altText##``) and unfilled templates (``{{ site.name }}``)."""
IMAGE_NAME: Final = re.compile(r"\.(?:svgz?|png|webp|gif|jpe?g|avif)$")


@dataclass(frozen=True)
class Identity:
    """A site's names, reduced to letters and digits."""

    names: tuple[str, ...]
    """The registered name first, then the declared ones."""
    title: str
    """The part of the title that names the site."""
    full_title: str
    word_sets: tuple[frozenset[str], ...] = ()
    """Names of several words, which texts may have in another order."""

    def occurs_in(self, text: str) -> bool:
        """Return whether ``text`` contains one of the names; a short one only as a word."""
        letters = "".join(words_of(text))
        return any(
            name in letters and (len(name) >= MIN_OWN_CHARS or _is_word(name, text))
            for name in self.names
        )

    def is_named_after(self, file: str) -> bool:
        """Return whether a file name is one of the names, apart from words for renditions.

        "The" is such a word, though the domain may have it.
        """
        letters = "".join(plain_words(file))
        return letters in self.names or (letters != "" and f"the{letters}" in self.names)

    def says_more(self, text: str) -> bool:
        """Return whether ``text`` contains a name and further words that the title lacks."""
        own = "".join(particular_words(text))
        return self.matches(text) and own not in self.full_title and own not in self.names

    def is_rendition(self, address: str) -> bool:
        """Return whether a part of the path is the brand's name with a colour space or shape.

        Design departments name files ``brand_blue_rgb.png``, ``brand-horizontal-cmyk.svg``.
        """
        parts = address[:MAX_CHARS].lower().partition("?")[0].split("/")[3:]
        return any(
            RENDITION_WORD.search(part) is not None and self.is_named_after(part)
            for part in parts
            if IMAGE_NAME.search(part)
        )

    def matches(self, text: str) -> bool:
        """Return whether ``text`` contains a name or is part of the title."""
        own = "".join(particular_words(text))
        if _may_be_name(own) and own in self.title:
            return True
        if self.occurs_in(text) or self._abbreviates(text):
            return True
        words = set(words_of(text)) if self.word_sets else set()
        return any(own <= words for own in self.word_sets)

    def _abbreviates(self, text: str) -> bool:
        """Return whether a name is the initials of ``text``, with or without its small words."""
        for words in (words_of(text), particular_words(text)):
            letters = "".join(word[0] for word in words if word != "s")  # of a genitive
            if len(letters) >= MIN_INITIALS and letters in self.names:
                return True
        return False

    def matches_outside_name(self, pattern: re.Pattern[str], text: str) -> bool:
        """Return whether ``pattern`` matches outside the site's own names.

        On osano.com and bannerbuzz.com the words osano and banner mean nothing.
        """
        if pattern.search(text) is None:
            return False
        for name in self.names:
            if len(name) >= MIN_OWN_CHARS:  # shorter ones are parts of other words
                text = text.replace(name, "*")
        return pattern.search(text) is not None

    def has_name(self, name: str) -> bool:
        """Return whether ``name`` is one of the names or part of one."""
        letters = "".join(words_of(name))
        return self._is_in_title(name) or any(letters in own for own in self.names)

    def names_another(self, text: str) -> bool:
        """Return whether ``text`` contains a name, and not one of the site.

        A file name, which builders put in place of a text, is none, nor is a key that was not
        translated.
        """
        if IMAGE_NAME.search(text.strip().lower()) or UNTRANSLATED.match(text.strip()):
            return False
        return bool(particular_words(text)) and not self._is_in_title(text)

    def _is_in_title(self, text: str) -> bool:
        own = "".join(particular_words(text))
        return self.matches(text) or (_may_be_name(own) and own in self.full_title)


def identity(host: str, naming: Iterable[HtmlElement], *, is_home: bool = True) -> Identity:
    """Return the names of the page at ``host`` from its domain, title and meta elements.

    ``is_home`` says whether the path is that of a home page: elsewhere the title is an article's.
    """
    elements = list(naming)
    title = next((one.text or "" for one in elements if one.tag == "title"), "")
    declared = [
        "".join(words_of(element.get("content") or ""))
        for element in elements
        if (element.get("property") or element.get("name") or "").lower() in NAMING
    ]
    names = ["".join(words_of(registered_word(host))), *declared]
    kept = [name for name in names if MIN_NAME_CHARS <= len(name) <= MAX_NAME_CHARS]
    label = host.removeprefix("www.").partition(".")[0]
    if label != registered_word(host) and label not in SERVICE_LABELS and len(label) >= MIN_LABEL:
        kept.append("".join(words_of(label)))
    own = _own_title(title, kept, is_home=is_home)
    words = frozenset(words_of(registered_word(host)))
    word_sets = (words,) if len(words) > 1 else ()
    return Identity(tuple(dict.fromkeys(kept)), own, "".join(words_of(title)), word_sets)


def _is_word(name: str, text: str) -> bool:
    """Return whether a short ``name`` is a word of ``text``: "ge" is none of "image".

    Three letters may begin a word, as in ``bbcnews``. Scripts without spaces have no words.
    """
    return not name.isascii() or _word(name).search(text[:MAX_CHARS].lower()) is not None


@lru_cache(maxsize=256)
def _word(name: str) -> re.Pattern[str]:
    end = r"(?=logo|[\W_\d]|$)" if len(name) <= MIN_NAME_CHARS else ""
    return re.compile(r"(?:^|[\W_]|logo)" + r"[\W_]{0,3}".join(name) + end)


def _may_be_name(letters: str) -> bool:
    """Return whether ``letters`` are enough to be looked for in a title."""
    needed = MIN_IDEOGRAPHS if IDEOGRAPHS.search(letters) else MIN_TITLE_CHARS
    return len(letters) >= needed


def _own_title(title: str, names: list[str], *, is_home: bool) -> str:
    """Return the part of a title that names the site: ``Recipe | Brand`` is about a recipe."""
    parts = ["".join(words_of(part)) for part in SEPARATOR.split(title[:MAX_CHARS])]
    own = [part for part in parts if any(name in part for name in names)]
    if len(parts) > 1 and own:
        return " ".join(own)
    if is_home:
        return "".join(parts)
    return "" if len(parts) == 1 else parts[-1]


def is_spacer(names: Identity, address: str) -> bool:
    """Return whether ``address`` is that of a spacer or a tracking pixel."""
    letters = address[:MAX_CHARS].lower()
    file = letters.partition("?")[0].rpartition("/")[2]
    if letters.startswith("data:") or (LOGO_FILE.search(file) and "holder" not in file):
        return False
    return names.matches_outside_name(SPACER, file) or names.matches_outside_name(TRACKER, letters)


def plain_words(file: str) -> list[str]:
    """Return the words of a file name without suffix, numbers and words for renditions."""
    stem = IMAGE_NAME.sub("", file)
    words = (word.strip("0123456789") for word in words_of(stem))
    return [word for word in words if word not in RENDITIONS and word not in GENERIC]


def is_inverse(file: str) -> bool:
    """Return whether a file name is that of a rendition for dark ground."""
    return INVERSE.search(file) is not None


def rendition_key(file: str) -> str:
    """Return what the file names of all renditions of one logo have in common."""
    stem = IMAGE_NAME.sub("", file)
    words = [word for word in words_of(INVERSE.sub(" ", stem)) if not HASH.fullmatch(word)]
    return "".join(word for word in words if word == "logo" or word not in RENDITIONS)


def particular_words(text: str) -> list[str]:
    """Return the words of ``text`` that may be a name."""
    return [word for word in words_of(text) if word not in GENERIC]
