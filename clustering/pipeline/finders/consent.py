"""Detects pages that show little else than a question for consent."""

import re
from itertools import islice
from typing import Final

from lxml.html import HtmlElement

from clustering.pipeline.finders.exits import shown_text
from clustering.pipeline.finders.interstitials import CONSENT_TEXT, has_site_parts
from clustering.pipeline.finders.page import Page

MAX_CHARS: Final = 40_000
MAX_TEXT: Final = 1500  # of the question with its explanation
MAX_BUTTONS: Final = 40
MAX_IMAGES: Final = 1
MIN_WORDS: Final = 3
BUTTON: Final = re.compile(
    r"\s{0,50}(?:i |yes,? |ja,? |si,? |oui,? |tout )?(?:accept|agree|allow|akzeptier|aceptar"
    r"|accetta|zustimm|einverstanden|j.accepte|akkoord|consent|continue|got it"
    r"|all(?:e[ns]?)? (?:akz|cook|acc))"
)
# Applications that a script fills have their question in the page and nothing else yet.
APPLICATION: Final = re.compile(
    r"<div id=[\"']?(?:root|app|__next|__nuxt|gatsby|main-app|svelte)\b[^>]{0,200}>\s{0,50}</div>"
    r"|<app-root"
)


def asks_for_consent(page: Page) -> bool:
    """Return whether ``page`` shows a question for consent and hardly anything else."""
    text = page.source
    if len(text) > MAX_CHARS or has_site_parts(text) or APPLICATION.search(text):
        return False
    shown = shown_text(page.root, MAX_TEXT).lower()
    if len(shown) > MAX_TEXT or len(CONSENT_TEXT.findall(shown)) < MIN_WORDS:
        return False
    buttons = islice(page.root.iter("button", "a", "input"), MAX_BUTTONS)
    has_button = any(BUTTON.match(_label(one).lower()) for one in buttons)
    return has_button and len(page.elements("img", "svg")) <= MAX_IMAGES


def _label(button: HtmlElement) -> str:
    text = "".join(islice(button.itertext(), 20)).strip()
    return (text or button.get("value") or button.get("aria-label") or "")[:100]
