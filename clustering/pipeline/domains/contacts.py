"""vCards -> records: the address of each card's site, else its e-mail addresses (RFC 6350)."""

import quopri
import re
from collections.abc import Iterator
from typing import Final

from clustering.pipeline.domains import Source, encodings
from clustering.pipeline.domains.table import Record, Sheet
from clustering.pipeline.domains.text import lines_of

START: Final = re.compile(r"begin:vcard\s*$", re.IGNORECASE | re.MULTILINE)
_PROPERTY: Final = re.compile(
    r"(?:[\w-]+\.)?(url|email|fn|org)((?:;[^:\r\n]*)?):(.*)", re.I | re.S
)
_ESCAPED: Final = re.compile(r"\\([\\,;:nN])")
_COLUMNS: Final = ("fn", "org")  # beside the address


def read(source: Source) -> Sheet:
    """Return one record a card.

    Raises:
        UnreadableUpload: if it is not text.
    """
    encoding = encodings.detect(source)

    def records() -> Iterator[Record]:
        number, card = 0, dict[str, list[str]]()
        for n_line, line in _unfolded(lines_of(source, encoding)):
            word = line.strip().lower()
            if word == "begin:vcard":
                number, card = n_line, {}
            elif word == "end:vcard" and number:
                sites = card.get("url") or card.get("email") or []
                others = [" ".join(card.get(name, [])) for name in _COLUMNS]
                yield Record(number, ["\t".join(sites), *others])
                number = 0
            elif found := _PROPERTY.fullmatch(line):
                card.setdefault(found[1].lower(), []).append(_value(found[2], found[3]))

    return Sheet("vcf", records, names=("site", "name", "organisation"))


def _unfolded(lines: Iterator[str]) -> Iterator[tuple[int, str]]:
    """Yield the logical lines with their numbers; a blank, or "=" of quoted-printable, joins."""
    start, parts = 0, list[str]()
    for number, line in enumerate(lines, 1):
        if parts and (line[:1] in {" ", "\t"} or _is_soft_break(parts)):
            parts.append(line.removeprefix(" ").removeprefix("\t"))
            continue
        if parts:
            yield start, "".join(parts)
        start, parts = number, [line]
    if parts:
        yield start, "".join(parts)


def _is_soft_break(parts: list[str]) -> bool:
    is_quoted = "quoted-printable" in parts[0].lower()
    if is_quoted and parts[-1].endswith("="):
        parts[-1] = parts[-1][:-1]
        return True
    return False


def _value(parameters: str, text: str) -> str:
    if "quoted-printable" in parameters.lower():
        text = quopri.decodestring(text.encode()).decode("utf-8", "replace")
    return _ESCAPED.sub(lambda mark: " " if mark[1] in "nN" else mark[1], text).strip(" ;")
