"""The names of a site: registered domain, og:site_name, application name, title."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from lxml.html import HtmlElement

from clustering.pipeline.finders.lexicon import LOGO_FILE, MAX_CHARS, SPACER, TRACKER, words_of

NAMING_TAGS: Final = frozenset({"title", "meta"})
NAMING: Final = frozenset({"og:site_name", "application-name", "apple-mobile-web-app-title"})
MAX_NAME_CHARS: Final = 40  # longer ones are slogans
MIN_NAME_CHARS: Final = 2
MIN_OWN_CHARS: Final = 4
MIN_TITLE_CHARS: Final = 4  # of a text to search for in the title: shorter ones occur in any title
# Words of logo texts that are not the brand, in the languages of the evaluation pages.
_GENERIC = """
    logo logotype logos wordmark home homepage page site website web company corporate official the
    of to for and go back main top header image img picture icon brand start welcome link our visit
    return default mobile desktop white black dark light small large new svg png
    startseite zur zum accueil retour inicio ir pagina principal strona główna hlavní главная на
    главную логотип ホーム 首页 ロゴ 로고 标志 標誌 לוגו شعار λογότυπο โลโก้
"""
GENERIC: Final = frozenset(word for line in _GENERIC.splitlines() for word in words_of(line))


@dataclass(frozen=True)
class Identity:
    """A site's names, reduced to letters and digits."""

    names: tuple[str, ...]
    """The registered name first, then the declared ones."""
    title: str

    def occurs_in(self, text: str) -> bool:
        """Return whether ``text`` contains one of the names."""
        letters = "".join(words_of(text))
        return any(name in letters for name in self.names)

    def matches(self, text: str) -> bool:
        """Return whether ``text`` contains a name or is part of the title."""
        own = "".join(_particular(text))
        if len(own) >= MIN_TITLE_CHARS and own in self.title:
            return True
        return self.occurs_in(text)

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
        return self.matches(name) or any(letters in own for own in self.names)

    def names_another(self, text: str) -> bool:
        """Return whether ``text`` contains a name, and not one of the site."""
        return bool(_particular(text)) and not self.matches(text)


def identity(registered_name: str, naming: Iterable[HtmlElement]) -> Identity:
    """Return the names of a page from its registered name, title and meta elements."""
    elements = list(naming)
    title = next((one.text or "" for one in elements if one.tag == "title"), "")
    declared = [
        "".join(words_of(element.get("content") or ""))
        for element in elements
        if (element.get("property") or element.get("name") or "").lower() in NAMING
    ]
    names = ["".join(words_of(registered_name)), *declared]
    kept = [name for name in names if MIN_NAME_CHARS <= len(name) <= MAX_NAME_CHARS]
    return Identity(tuple(dict.fromkeys(kept)), "".join(words_of(title)))


def is_spacer(names: Identity, address: str) -> bool:
    """Return whether ``address`` is that of a spacer or a tracking pixel."""
    letters = address[:MAX_CHARS].lower()
    file = letters.partition("?")[0].rpartition("/")[2]
    if letters.startswith("data:") or LOGO_FILE.search(file):
        return False
    return SPACER.search(file) is not None or names.matches_outside_name(TRACKER, letters)


def _particular(text: str) -> list[str]:
    return [word for word in words_of(text) if word not in GENERIC]
