"""Matches CSS selectors of tags, classes and ids, without combinators except descent."""

import re
from dataclasses import dataclass
from typing import Final

from lxml.html import HtmlElement

from clustering.pipeline.finders.lexicon import MAX_CHARS

COMPOUND: Final = re.compile(r"([a-z][\w-]{0,40}|\*)?((?:[.#][\w-]{1,100}){0,9})", re.IGNORECASE)
NAME: Final = re.compile(r"[.#]([\w-]{1,100})")
PSEUDO: Final = re.compile(r"::?(?:before|after|link|visited|root)", re.IGNORECASE)
Compound = tuple[str, frozenset[str]]


@dataclass(frozen=True)
class Selector:
    """One complex selector; names are compared in lower case."""

    tag: str
    names: frozenset[str]
    raw_names: tuple[str, ...]
    """The names of the last compound as written, with ``.`` or ``#``."""
    ancestors: tuple[Compound, ...]
    """From the nearest outwards."""

    def matches(self, element: HtmlElement) -> bool:
        """Return whether the selector matches ``element``."""
        if self.tag not in {"*", element.tag} or not _has_names(element, self.names):
            return False
        wanted = list(self.ancestors)
        for ancestor in element.iterancestors():
            if not wanted:
                break
            tag, names = wanted[0]
            if tag in {"*", ancestor.tag} and _has_names(ancestor, names):
                del wanted[0]
        return not wanted


def parsed(text: str) -> Selector | None:
    """Return the selector, or None if it has other parts; child combinators count as descent."""
    compounds = [COMPOUND.fullmatch(one) for one in PSEUDO.sub("", text).replace(">", " ").split()]
    if not compounds or not all(compounds):
        return None
    last, *ancestors = [one for one in compounds[::-1] if one]
    return Selector(
        *_compound(last),
        tuple(re.findall(r"[.#][\w-]{1,100}", last.group(2))),
        tuple(_compound(one) for one in ancestors),
    )


def _compound(match: re.Match[str]) -> Compound:
    names = frozenset(name.lower() for name in NAME.findall(match.group(2)))
    return (match.group(1) or "*").lower(), names


def _has_names(element: HtmlElement, names: frozenset[str]) -> bool:
    if not names:
        return True
    text = f"{element.get('class') or ''} {element.get('id') or ''}"[:MAX_CHARS].lower()
    return names <= set(text.split())
