"""Cell -> the domains in it: lists, e-mail addresses, links, filter rules, other decoration.

A cell is split into entries. Each entry gives a domain or the reason why it gives none; every
change beyond normalisation is reported as a ``Change``, which the preview counts.
"""

import re
from typing import Final, NamedTuple

from clustering.pipeline.domains import MAX_GIVEN_CHARS
from clustering.pipeline.domains.names import MAX_ADDRESS_CHARS, normalise
from clustering.pipeline.domains.repairs import Change, noted, repaired
from clustering.pipeline.domains.suffixes import is_suffix, is_top_level
from clustering.pipeline.errors import InputError

MAX_VOTE_CHARS: Final = 2048


class Entry(NamedTuple):
    """One entry of a cell: its domain, or the reason why it has none."""

    name: str
    given: str
    reason: str = ""


class Extracted(NamedTuple):
    """The entries of a cell in order, and what was changed to get them."""

    entries: tuple[Entry, ...]
    changes: frozenset[Change] = frozenset()


_USUAL: Final = re.compile(  # a host or a URL without anything to repair or to split at
    r"(?:https?://)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,9}[a-z]{2,20}"
    r"(?:/[^\s,;|<>&()\[\]{}\"'\\^]*)?"
)
_BREAK: Final = re.compile(r"[\s,;|<>\0]")
_HARD: Final = re.compile(r"[\t\r\n|\u2028、，；؛،]+")
_SOFT: Final = re.compile(r"[;,]+")
_SOFT_IN_ADDRESS: Final = re.compile(
    r"[;,]+(?=\s|$)|[;,]+(?=(?:https?://|www\.)|(?:[\w-]+\.)+[^\W\d_]{2,}(?:[/,;:\s]|$))", re.I
)
_MARKS: Final = re.compile(
    r"(?:[-*+•·–—>=&/|#:^.]+|und|and|or|oder|et|\d{1,7}[.)]|\[[ xX]?\])", re.I
)
_OUTER: Final = "=\\\"'`´<>()[]{}“”„«»‹›’‘|,;!?…~\u00a0\u3000\ufffd"
_NOTE_MARKS: Final = "*†‡§¹²³⁰⁴⁵⁶⁷⁸⁹™®©"  # behind names
_PREFIX: Final = re.compile(
    r"^(?:(?:view-source|mailto|feed):)*(?:h{1,2}t{1,3}ps?(?:[:;.]?[/\\]{1,4}|[:;])"
    r"(?=\S))+|^(?:view-source|feed):",
    re.I,
)
_NO_ADDRESS: Final = re.compile(r"^[^/]*[]\[(){}<>^$|*\"'~=:؛]")
_PATH: Final = re.compile(r"//[^/\s]+/")
_PROPERTY: Final = re.compile(r"(?!https?:)[^/.]{1,40}[=:](?=https?://)", re.I)
_RIGHT_PREFIX: Final = re.compile(r"https?://(?![/\\]|https?[:/])", re.I)
_FOREIGN: Final = re.compile(
    r"^(?:android-app|ios-app|file|chrome|chrome-extension|moz-extension|about|data|javascript"
    r"|tel|sms|urn|magnet|git|ssh|jdbc|[a-z]+-extension):",
    re.I,
)
_WILDCARD: Final = re.compile(r"^(?:@@)?\|{0,2}(?:[*+%]?\.)+(?=\w)|^\|{1,2}(?=\w)")
_MAY_BE_SPLIT: Final = re.compile(
    r"(?!www\.)[a-z]+ (?!www\.)[\w-]+\.[a-z]{2,}\.?"
)  # kaffee kontor.ch
_ADDRESS_LIKE: Final = re.compile(r"[^\s.]+\.[^\s.]{2,}")
_SERVER: Final = re.compile(r"(?:NS|MX):\w")  # of dnstwist's text output
_IP: Final = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}(?:/\d+)?|[0-9a-f]*::?[0-9a-f:.]*", re.I)
_ADDRESS_OF_HOST: Final = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}|[0-9a-f]{0,4}::?[0-9a-f:]*", re.I)
_NUMBER: Final = re.compile(r"[\d.,]+%?")
_EMAIL: Final = re.compile(r"[^@\s/]+@[^@\s/]+")
_WITHIN: Final = re.compile(  # name~x.de, "url":"x.de", [url]https://x.de[/url]
    r"(?<![\w.@/\\%-])(?:https?://)?((?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,20})(?![\w.@\\-])",
    re.I,
)
# Some portals of governments are suffixes themselves: gov.uk, gob.mx.
_PORTAL: Final = re.compile(r"(?:gov|gob|gub|gouv|govt|nhs|police)\.")
_DOTS: Final = re.compile(r"[.。．｡]|dot|&#46;|&period;", re.I)


def extract(cell: str) -> Extracted:
    """Return the entries of ``cell``; none if it is empty."""
    plain = cell.strip().lower()
    if _USUAL.fullmatch(plain):
        return Extracted((_entry(plain, cell.strip()),))
    if len(cell) > MAX_ADDRESS_CHARS and not _BREAK.search(cell):
        return Extracted((_entry(cell, cell[:MAX_GIVEN_CHARS]),))
    changes: set[Change] = set()
    text = repaired(cell, changes)
    entries = [entry for part in _parts(text) for entry in _of_part(part, changes)]
    entries = _without_rest_of_path(_without_names(entries, changes), text)
    if sum(bool(entry.name) for entry in entries) > 1:
        changes.add(Change.SEVERAL)
    return Extracted(tuple(entries), frozenset(changes))


def domain_of(text: str) -> str:
    """Return the host in ``text`` as ``normalise`` does, if its suffix exists.

    Raises:
        InputError: also for unknown top-level domains and for bare public suffixes.
    """
    host = normalise(text)
    last = host.rpartition(".")[2]
    if not is_top_level(last):
        raise InputError(f"There is no top-level domain .{last[:40]}")
    if is_suffix(host) and not _PORTAL.match(host) and f"www.{host}" not in text.lower():
        raise InputError(f"Domains are registered below {host}; it is not a domain itself")
    return host


def vote(cell: str) -> tuple[float, str]:
    """Return how well ``cell`` fits a column of domains, in [0, 1], and its first domain.

    A domain or URL counts 1, an e-mail address 0.5, a domain within other text 0.3.
    """
    if not _DOTS.search(cell, 0, MAX_VOTE_CHARS):
        return 0.0, ""
    entries, changes = extract(cell[:MAX_VOTE_CHARS])
    names = [entry.name for entry in entries if entry.name]
    if not names:
        return 0.0, ""
    share = len(names) / len(entries)
    if Change.EMAIL in changes:
        return share * 0.5, names[0]
    return share * (0.3 if Change.TEXT in changes else 1.0), names[0]


def _parts(text: str) -> list[str]:
    """Split the cell at line breaks, commas and semicolons, but not inside an address."""
    if "\0" in text and all("." in part[1:] for part in text.strip("\0").split("\0")):
        text = text.replace("\0", "\n")  # as ``find -print0`` writes
    soft = _SOFT_IN_ADDRESS if "/" in text else _SOFT
    parts = [part for hard in _HARD.split(text) for part in soft.split(hard)]
    kept = [part for part in parts if part.strip(" \t\u00a0" + _OUTER + "*-–—.^/")]
    if not kept and text.strip():
        return [text]
    return kept


def _of_part(part: str, changes: set[Change]) -> list[Entry]:
    """Return the entries of a part; tokens separated by blanks may all be domains."""
    tokens = [token for token in part.replace("<", " <").split() if not _MARKS.fullmatch(token)]
    if len(tokens) <= 1:
        return [_of_token(tokens[0] if tokens else part.strip(), changes)]
    own: set[Change] = set()
    found = [_of_token(token, own) for token in tokens]
    named = [entry for entry in found if entry.name]
    if not named or _MAY_BE_SPLIT.fullmatch(part.strip()):
        return [Entry("", part.strip(), _reason(part))]
    changes |= own
    others = [entry for entry in found if not entry.name and not _is_number(entry.given)]
    if others and all(_ADDRESS_LIKE.search(entry.given) for entry in others):
        return named + others
    if len(named) < len(found):
        changes.add(Change.TEXT)
    return _without_repeats(named, changes) if "<" in part or "(" in part else named


def _is_number(token: str) -> bool:
    token = token.strip(_OUTER)
    return bool(_IP.fullmatch(token) or _NUMBER.fullmatch(token))


def _without_repeats(named: list[Entry], changes: set[Change]) -> list[Entry]:
    """Drop the copy in ``www.x.de <http://www.x.de/>``, as mail programs write links."""
    kept = [one for one, before in zip(named, [None, *named], strict=False)
            if before is None or one.name != before.name]  # fmt: skip
    if len(kept) < len(named):
        changes.add(Change.TEXT)
    return kept


def _without_names(entries: list[Entry], changes: set[Change]) -> list[Entry]:
    """Drop parts of several words beside domains, such as the names of people and firms, and IP
    addresses.
    """
    if not any(entry.name for entry in entries):
        return entries
    has_mailbox = Change.EMAIL in changes and Change.TEXT in changes
    kept = [
        entry
        for entry in entries
        if entry.name
        or not (
            " " in entry.given
            or _ADDRESS_OF_HOST.fullmatch(entry.given)
            or (has_mailbox and "." not in entry.given)
        )
    ]
    if len(kept) < len(entries):
        changes.add(Change.TEXT)
    return kept


def _without_rest_of_path(entries: list[Entry], text: str) -> list[Entry]:
    """Drop what follows the first comma, semicolon or bar in the path of the only address."""
    address, *others = entries or [Entry("", "")]
    is_one = address.name and _PATH.search(address.given) and not any(one.name for one in others)
    return [address] if is_one and len(text.split()) == 1 else entries


def _of_token(token: str, changes: set[Change]) -> Entry:
    bare = token.strip(_OUTER).rstrip("." + _OUTER + _NOTE_MARKS)
    own: set[Change] = set()
    address = bare.partition("^")[0] if "^" in bare else bare
    address = noted(_WILDCARD.sub("", address), bare, own, Change.RULE)
    if _FOREIGN.match(address) and not address.lower().startswith("data:image"):
        return Entry("", token, "It is the address of an app or a file, not of a site")
    if _SERVER.match(address):
        return Entry("", token, "It is a name server or mail server")
    if property_name := _PROPERTY.match(address):
        address = address[property_name.end() :]
        own.add(Change.TEXT)
    if _PREFIX.match(address):
        address = _with_one_prefix(address, own)
    if address.lower().startswith("mailto:"):
        address = address[7:].partition("?")[0]
    if _EMAIL.fullmatch(address):
        own.add(Change.EMAIL)
    entry = _entry(address, token)
    if entry.name:
        changes |= own
        return entry
    return _within(token, changes) or entry


def _within(token: str, changes: set[Change]) -> Entry | None:
    """Return the only domain among marks that no address has."""
    hosts = _WITHIN.findall(token) if _NO_ADDRESS.search(token) else []
    found = [one for host in hosts if (one := _entry(host, token)).name]
    if len(found) != 1:
        return None
    changes.add(Change.TEXT)
    return found[0]


def _with_one_prefix(address: str, own: set[Change]) -> str:
    rest = _PREFIX.sub("", address)
    if not _RIGHT_PREFIX.match(address):
        own.add(Change.ADDRESS)
    return f"https://{rest}"


def _entry(text: str, given: str) -> Entry:
    try:
        return Entry(domain_of(text), given)
    except InputError as error:
        return Entry("", given, str(error))


def _reason(part: str) -> str:
    try:
        normalise(part)
    except InputError as error:
        return str(error)
    return "It contains no domain name"
