"""Reads srcset as the HTML standard does: commas may stand inside addresses."""

import re
from dataclasses import dataclass
from typing import Final

MAX_CHARS: Final = 50_000
BLANKS: Final = " \t\n\r\f"
ADDRESS: Final = re.compile(r"[^ \t\n\r\f]+")
NUMBER: Final = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)[wx]\Z")


@dataclass(frozen=True)
class SrcsetEntry:
    """One address of a srcset with its declared size (w or x)."""

    address: str
    size: float


def sources(srcset: str) -> list[SrcsetEntry]:
    """Return the sources of ``srcset`` in order."""
    text, found, position = srcset[:MAX_CHARS], [], 0
    while match := ADDRESS.search(text, position):
        address = match.group().lstrip(",")
        position = match.end()
        if not address:
            continue
        if address.endswith(","):
            found.append(SrcsetEntry(address.rstrip(","), 1.0))
            continue
        end = text.find(",", position)
        end = len(text) if end < 0 else end
        found.append(SrcsetEntry(address, _size(text[position:end].strip(BLANKS))))
        position = min(end + 1, len(text))
    return found


def largest(srcset: str) -> str:
    """Return the address of the largest source, or an empty string."""
    found = sources(srcset)
    return max(found, key=lambda source: source.size).address if found else ""


def _size(descriptor: str) -> float:
    match = NUMBER.match(descriptor)
    return float(match.group(1)) if match else 1.0
