"""Cell -> the domains in it: lists, e-mail addresses, links, filter rules, other decoration.

A cell is split into entries. Each entry gives a domain or the reason why it gives none; every
change beyond normalisation is reported as a ``Change``, which the preview counts.
"""

import html
import re
from enum import StrEnum
from typing import Final, NamedTuple
from urllib.parse import unquote

from clustering.pipeline.domains import MAX_GIVEN_CHARS
from clustering.pipeline.domains.names import MAX_ADDRESS_CHARS, normalise
from clustering.pipeline.domains.suffixes import is_suffix, is_top_level
from clustering.pipeline.errors import InputError

MAX_MARKUP_CHARS: Final = 20_000  # of a cell that is searched for links
MAX_VOTE_CHARS: Final = 2048


class Change(StrEnum):
    """What was done to a cell beyond normalisation; the value completes "in 3 cells"."""

    EMAIL = "E-mail addresses: the part after @ was taken"
    SEVERAL = "Several domains in one cell: each was taken"
    TEXT = "Other text beside the domain was ignored"
    LINK = "Links in Markdown or HTML: the target was taken"
    RULE = "Wildcards and filter marks (*.  ||  ^) were removed"
    DEFANGED = "Defanged addresses (hxxp, [.]) were restored"
    ADDRESS = "Misspelt or nested address prefixes (http:/, view-source:) were repaired"
    ENTITY = "HTML entities (&amp;) were decoded"
    MOJIBAKE = "Wrongly decoded letters (Ã¼ for ü) were repaired"
    INVISIBLE = "Invisible characters were removed"
    HYPHEN = "Typographic hyphens were replaced by -"
    FORMULA = "Formulas of spreadsheets: the address in them was taken"


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
_INVISIBLE: Final = re.compile(  # with marks of direction, and colours of terminals
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
    r"|(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])"
    r"|\x1b\[[0-9;]*[A-Za-z]|^\0+|\0+$"
)
_CONTROL: Final = re.compile("[\0\x1b]")
ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,12});")
_MOJIBAKE: Final = re.compile(r"[ÂÃÄÅÎÏÐÑØÙâãð][^\x00-\x7f]")
_ANCHOR: Final = re.compile(
    r"<a\s[^<>]{0,500}?href\s*=\s*[\"']?([^\"'\s<>]{1,2048})[^<>]{0,500}>[^<>]{0,500}(?:</a>)?",
    re.I,
)
_TAG: Final = re.compile(r"</?[a-z][a-z0-9]{0,9}(?:\s[^<>]{0,1000})?/?>", re.I)
_MARKDOWN: Final = re.compile(
    r"!?\[([^\[\]]{0,300})\]\(\s{0,5}<?([^()\s<>]{1,2048})>?[^()]{0,300}\)"
)
_DEFANGED_DOT: Final = re.compile(
    r"\s?[\[({<]\s?(?:\.|dot)\s?[\])}>]\s?|(?<=\w)(?:\[\.|\.\])(?=\w)", re.I
)
_DEFANGED_AT: Final = re.compile(r"\s?[\[({]\s?(?:@|at)\s?[\])}]\s?", re.I)
_DEFANGED_SCHEME: Final = re.compile(
    r"\bh(?:xx|\*\*|XX)p(s?)(?=\W)|\[(:(?://)?|//?)\]|\[(://)", re.I
)
_MAILBOX: Final = re.compile(
    r"(?:\"[^\"<>]{0,200}\"|[^<>;,\"\n]{0,200})\s?<\s?(?:mailto:)?([^<>\s@]{1,200}@[^<>\s]{1,300})\s?>"
)
_FORMULA: Final = re.compile(
    r"(?<!\w)=\s?(?:\w+\(\s*\"+((?:https?://|www\.)[^\"\s]{1,2048})\"+[^()]{0,500}\)?|\"+([^\"\s]{1,2048})\"+)",
    re.I,
)
_EMPHASIS: Final = re.compile(
    r"(?<![\w.*~`-])(?!\*://)(\*{1,3}|_{1,3}|~~|`{1,3})(?=\S)([^*~`]{3,300}?)(?<=\S)\1(?![\w*~`-])"
)
_RUN_ON: Final = re.compile(r"((?:^|//)[^\s/:]{1,253}\.[a-z]{2,20})(?=https?://)", re.I)
_ESCAPED_BREAK: Final = re.compile(r"(\.[a-z]{2,20}/?)(?:\\[rnt])+", re.I)
_ESCAPED_ADDRESS: Final = re.compile(r"(?<!\S)https?%3A%2F%2F\S+", re.I)
_JOINED: Final = re.compile(r"(\.[a-z]{2,20}/?)[·•∙・→⇒](?=\w)", re.I)
_ESCAPED_MARK: Final = re.compile(r"\\([./_-])(?=[\w/\\]|$)")
_SPELT_DOT: Final = re.compile(r"(?<=[\w-])\s(?:DOT|PUNKT)\s(?=[\w-]+)|(?<=\w)\sdot\s(?=\w+\s*$)")
_HYPHENS: Final = str.maketrans(dict.fromkeys("\u2010\u2011\u2212\ufe63\uff0d", "-"))
_DASHED: Final = re.compile(r"([\w.]*\w)\u2013(?=\w)")
_COMMENT: Final = re.compile(r"(?<=\s)(?:#|//|--)(?:\s.*)?$|(?<=\s)#.*$")
_RULE_PREFIX: Final = re.compile(
    r"^\s*(?:@@|(?:domain(?:-suffix|-full)?|host(?:-suffix)?|full)\s*[,:]|(?:address|server|local|ipset|nftset)=/"
    r"|local-zone:|zone|\*://(?:\*\.)?)\s*(?=\S)",
    re.I,
)
_LABEL_PREFIX: Final = re.compile(
    r"(?<![\w.-])(?:view-source|feed|url|uri|web|www|website|webseite|homepage|site|internet)"
    r"\s?[:=]\s?(?=[^\s\d])",
    re.I,
)
_LIST_MARK: Final = re.compile(
    r"^\s*(?:[-*+•·–—>]+\s+|\(?\d{1,7}[.)]\s+|\d{1,7}[)．、）]|\[[ xX]?\]\s+)+"
)
_HARD: Final = re.compile(r"[\t\r\n|\u2028、，；؛،]+")
_SOFT: Final = re.compile(r"[;,]+")
_SOFT_IN_ADDRESS: Final = re.compile(
    r"[;,]+(?=\s|$)|[;,]+(?=(?:https?://|www\.)|(?:[\w-]+\.)+[^\W\d_]{2,}(?:[/,;:\s]|$))", re.I
)
_MARKS: Final = re.compile(
    r"(?:[-*+•·–—>=&/|#:^.]+|und|and|or|oder|et|\d{1,7}[.)]|\[[ xX]?\])", re.I
)
_OUTER: Final = "=\\\"'`´<>()[]{}“”„«»‹›’‘|,;!?…~\u00a0\u3000\ufffd"
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
_IP: Final = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}(?:/\d+)?|[0-9a-f]*::?[0-9a-f:.]*", re.I)
_NUMBER: Final = re.compile(r"[\d.,]+%?")
_EMAIL: Final = re.compile(r"[^@\s/]+@[^@\s/]+")
_WITHIN: Final = re.compile(  # name~x.de, "url":"x.de", [url]https://x.de[/url]
    r"(?<![\w.@/\\-])(?:https?://)?((?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,20})(?![\w.@\\-])",
    re.I,
)
_DOTS: Final = re.compile(r"[.。．｡]|dot|&#46;|&period;", re.I)


def extract(cell: str) -> Extracted:
    """Return the entries of ``cell``; none if it is empty."""
    plain = cell.strip().lower()
    if _USUAL.fullmatch(plain):
        return Extracted((_entry(plain, cell.strip()),))
    if len(cell) > MAX_ADDRESS_CHARS and not _BREAK.search(cell):
        return Extracted((_entry(cell, cell[:MAX_GIVEN_CHARS]),))
    changes: set[Change] = set()
    text = _repaired(cell, changes)
    entries = [entry for part in _parts(text, changes) for entry in _of_part(part, changes)]
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
    # Some portals of governments are suffixes themselves: gov.uk, gov.br.
    if is_suffix(host) and not host.startswith("gov.") and f"www.{host}" not in text.lower():
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


def _repaired(cell: str, changes: set[Change]) -> str:
    """Undo encodings, markup and defanging of the whole cell."""
    text = _without_invisible(cell, changes)
    if "&" in text and ENTITY.search(text):
        text = _without_invisible(html.unescape(text), changes)
        changes.add(Change.ENTITY)
    if not text.isascii() and _MOJIBAKE.search(text):
        text = _without_mojibake(text, changes)
    if len(text) > MAX_MARKUP_CHARS:
        return text
    if "<" in text or "](" in text:
        text = _without_markup(text, changes)
    if "<" in text and "@" in text:
        text = _noted(_MAILBOX.sub(r" , <\1> , ", text), text, changes, Change.TEXT)
    text = _without_escapes(text, changes)
    if any(mark in text for mark in "[({<*xX") or _SPELT_DOT.search(text):
        text = _refanged(text, changes)
    text = _noted(_EMPHASIS.sub(r"\2", text), text, changes, Change.TEXT)
    text = _with_plain_hyphens(text, changes)
    text = _noted(_RUN_ON.sub(r"\1 ", text), text, changes, Change.ADDRESS)
    text = _JOINED.sub(r"\1 ", text)
    text = _noted(_without_comment(text), text, changes, Change.TEXT)
    text = _noted(_RULE_PREFIX.sub("", text), text, changes, Change.RULE)
    text = _noted(_LABEL_PREFIX.sub(" ", text), text, changes, Change.ADDRESS)
    return _noted(_LIST_MARK.sub("", text), text, changes, Change.TEXT)


def _noted(new: str, old: str, changes: set[Change], change: Change) -> str:
    if new.split() != old.split():
        changes.add(change)
    return new


def _without_invisible(text: str, changes: set[Change]) -> str:
    if text.isascii() and not _CONTROL.search(text):
        return text
    stripped = _INVISIBLE.sub("", text)
    if stripped.strip() != text.strip():
        changes.add(Change.INVISIBLE)
    return stripped


def _without_escapes(text: str, changes: set[Change]) -> str:
    """Undo formulas of spreadsheets, and backslashes before line ends and marks."""
    if "=" in text and '"' in text:
        text = _noted(_FORMULA.sub(r" \1\2 ", text), text, changes, Change.FORMULA)
    if "%3" in text:
        plain = _ESCAPED_ADDRESS.sub(lambda address: unquote(address[0]), text)
        text = _noted(plain, text, changes, Change.ADDRESS)
    if "\\" in text:
        text = _noted(_ESCAPED_BREAK.sub(r"\1 ", text), text, changes, Change.TEXT)
        text = _noted(_ESCAPED_MARK.sub(r"\1", text), text, changes, Change.DEFANGED)
    return text


def _with_plain_hyphens(text: str, changes: set[Change]) -> str:
    """Replace hyphens that word processors insert; a dash between two domains separates them."""
    if text.isascii():
        return text
    plain = _DASHED.sub(_before_dash, text.translate(_HYPHENS))
    return _noted(plain, text, changes, Change.HYPHEN)


def _before_dash(match: re.Match[str]) -> str:
    before = match[1]
    is_domain = "." in before and is_top_level(before.rpartition(".")[2].lower())
    return f"{before} " if is_domain else f"{before}-"


def _without_mojibake(text: str, changes: set[Change]) -> str:
    import ftfy  # 20 ms, for few files

    fixed = ftfy.fix_encoding(text[:MAX_MARKUP_CHARS]) + text[MAX_MARKUP_CHARS:]
    if fixed != text:
        changes.add(Change.MOJIBAKE)
    return fixed


def _without_markup(text: str, changes: set[Change]) -> str:
    """Replace links by their targets, and remove HTML tags."""
    linked = _ANCHOR.sub(r" \1 ", text)
    linked = _MARKDOWN.sub(_target, linked)
    linked = _TAG.sub(" ", linked)
    if linked != text:
        changes.add(Change.LINK)
    return linked


def _target(link: re.Match[str]) -> str:
    label, target = link.groups()
    return f" {target if '.' in target else label} "


def _refanged(text: str, changes: set[Change]) -> str:
    fixed = _SPELT_DOT.sub(".", _DEFANGED_DOT.sub(".", text))
    fixed = _DEFANGED_AT.sub("@", fixed)
    fixed = _DEFANGED_SCHEME.sub(_scheme, fixed)
    if fixed != text:
        changes.add(Change.DEFANGED)
    return fixed


def _without_comment(text: str) -> str:
    """Cut a comment behind an address; in ``Velo -- velo.at`` the dash is none."""
    comment = _COMMENT.search(text)
    return text[: comment.start()] if comment and "." in text[: comment.start()] else text


def _scheme(match: re.Match[str]) -> str:
    secure, mark, opened = match.groups()
    return mark or opened or f"http{secure or ''}"


def _parts(text: str, changes: set[Change]) -> list[str]:
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
    noted: set[Change] = set()
    found = [_of_token(token, noted) for token in tokens]
    named = [entry for entry in found if entry.name]
    if not named or _MAY_BE_SPLIT.fullmatch(part.strip()):
        return [Entry("", part.strip(), _reason(part))]
    changes |= noted
    others = [entry for entry in found if not entry.name and not _is_number(entry.given)]
    if others and all(_ADDRESS_LIKE.search(entry.given) for entry in others):
        return named + others
    if len(named) < len(found):
        changes.add(Change.TEXT)
    return _without_repeats(named, changes) if "<" in part or "(" in part else named


def _is_number(token: str) -> bool:
    return bool(_IP.fullmatch(token) or _NUMBER.fullmatch(token))


def _without_repeats(named: list[Entry], changes: set[Change]) -> list[Entry]:
    """Drop the copy in ``www.x.de <http://www.x.de/>``, as mail programs write links."""
    kept = [one for one, before in zip(named, [None, *named], strict=False)
            if before is None or one.name != before.name]  # fmt: skip
    if len(kept) < len(named):
        changes.add(Change.TEXT)
    return kept


def _without_names(entries: list[Entry], changes: set[Change]) -> list[Entry]:
    """Drop parts of several words beside domains, such as the names of people and firms."""
    if not any(entry.name for entry in entries):
        return entries
    has_mailbox = Change.EMAIL in changes and Change.TEXT in changes
    kept = [
        entry
        for entry in entries
        if entry.name or (" " not in entry.given and not (has_mailbox and "." not in entry.given))
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
    bare = token.strip(_OUTER)
    noted: set[Change] = set()
    address = bare.partition("^")[0] if "^" in bare else bare
    address = _noted(_WILDCARD.sub("", address), bare, noted, Change.RULE)
    if _FOREIGN.match(address) and not address.lower().startswith("data:image"):
        return Entry("", token, "It is the address of an app or a file, not of a site")
    if property_name := _PROPERTY.match(address):
        address = address[property_name.end() :]
        noted.add(Change.TEXT)
    if _PREFIX.match(address):
        address = _with_one_prefix(address, noted)
    if address.lower().startswith("mailto:"):
        address = address[7:].partition("?")[0]
    if _EMAIL.fullmatch(address):
        noted.add(Change.EMAIL)
    entry = _entry(address, token)
    if entry.name:
        changes |= noted
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


def _with_one_prefix(address: str, noted: set[Change]) -> str:
    rest = _PREFIX.sub("", address)
    if not _RIGHT_PREFIX.match(address):
        noted.add(Change.ADDRESS)
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
