"""Normalisation of user input: cell -> A-label host name, or the reason for rejecting it."""

import re
import unicodedata
from typing import Final
from urllib.parse import unquote_to_bytes

import idna

from clustering.pipeline.domains import MAX_GIVEN_CHARS
from clustering.pipeline.errors import InputError
from clustering.pipeline.web.addresses import SPECIAL_USE

MAX_ADDRESS_CHARS: Final = 2048  # as in the client
MAX_HOST_CHARS: Final = 253  # RFC 1035
MAX_LABEL_CHARS: Final = 63

_ESCAPED_LETTERS: Final = re.compile(r"(?:%[89a-f][0-9a-f])+", re.IGNORECASE)
ZERO_WIDTH_JOINER: Final = "\u200d"  # in emoji
_WRAPPING: Final = " \t\r\n\u00a0\u200b\ufeff\"'`<>,;()[]"
_SCHEME: Final = re.compile(r"(?:[a-z][a-z0-9+.-]{0,20}:)?//", re.IGNORECASE)
_AFTER_HOST: Final = re.compile(r"[/?#]")
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")
_PLAIN: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,9}[a-z]{2,20}")
_EMOJI: Final = frozenset(("So", "Sk"))  # Unicode categories of emoji and of their skin tones
_ENDS_IN_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")  # the URL standard: then it is IPv4


def normalise(cell: str) -> str:
    """Return the host name in ``cell``: A-label, lower case, without port and ``www.``.

    ``https://user@WWW.Exämple.de:443/x?y`` gives ``xn--exmple-cua.de``. Subdomains are kept.

    Raises:
        InputError: with the reason, if the cell contains no public host name.
    """
    if len(cell) > MAX_ADDRESS_CHARS:
        raise InputError(f"It is longer than any web address ({MAX_ADDRESS_CHARS:,} characters)")
    lowered = cell.strip(_WRAPPING).lower()
    host = lowered if _PLAIN.fullmatch(lowered) else _ascii(_host_part(lowered))
    if host.startswith("www.") and host.count(".") > 1:
        host = host[4:]
    _check(host)
    return host


def as_shown(text: str, limit: int = MAX_GIVEN_CHARS) -> str:
    """Return ``text`` cut to ``limit``, with non-printable characters as U+FFFD."""
    cut = text[:limit]
    if cut.isprintable():
        return cut
    return "".join(char if char.isprintable() else "\ufffd" for char in cut)


def _host_part(address: str) -> str:
    """Strip scheme, user, port and path; reject what URL parsers disagree on."""
    if not address:
        raise InputError("The cell is empty")
    if not all(char == ZERO_WIDTH_JOINER or _is_visible(char) for char in address):
        raise InputError("It holds spaces or invisible characters")
    if "\\" in address:
        raise InputError("It holds a backslash, which no web address has")
    scheme = _SCHEME.match(address)
    authority = _AFTER_HOST.split(address[scheme.end() :] if scheme else address, maxsplit=1)[0]
    host = authority.rpartition("@")[2]
    if host.count(":") > 1 or host.startswith("["):
        raise InputError("It is an IP address; a domain name is needed")
    name, colon, port = _unescaped(host).partition(":")
    if colon and not (port.isascii() and (port.isdigit() or not port)):
        raise InputError("It is no web address")
    return name


def _is_visible(char: str) -> bool:
    return char.isprintable() and not char.isspace()


def _unescaped(host: str) -> str:
    """Decode ``m%C3%BCller.de``; escaped ASCII such as ``%2f`` stays, as it may end the host."""
    return _ESCAPED_LETTERS.sub(_letters, host)


def _letters(match: re.Match[str]) -> str:
    data = unquote_to_bytes(match[0])
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _ascii(host: str) -> str:
    """Return the A-labels of ``host``, without a trailing dot."""
    if not host.isascii():
        try:
            host = _idna(host)
        except (idna.IDNAError, UnicodeError):
            raise InputError("It holds characters that no domain name may have") from None
    return host.lower().removesuffix(".")


def _idna(host: str) -> str:
    """Return the A-labels by IDNA 2008; emoji, which some registries still sell, by IDNA 2003."""
    try:
        return idna.encode(host, uts46=True, std3_rules=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        labels = idna.uts46_remap(host, std3_rules=True, transitional=False).split(".")
        return ".".join(_emoji_label(label) if label else "" for label in labels)


def _emoji_label(label: str) -> str:
    label = label.replace(ZERO_WIDTH_JOINER, "")  # as IDNA 2003 does
    if not any(unicodedata.category(char) == "So" for char in label):
        return idna.alabel(label).decode("ascii")
    if not all(char.isalnum() or unicodedata.category(char) in _EMOJI for char in label):
        raise idna.InvalidCodepoint("neither a letter nor an emoji")
    return "xn--" + label.encode("punycode").decode("ascii")


def _check(host: str) -> None:
    labels = host.split(".")
    if not host:
        raise InputError("It names no host")
    if _ENDS_IN_NUMBER.fullmatch(labels[-1]):
        raise InputError("It is a number or an IP address; a domain name is needed")
    if len(labels) < 2:
        raise InputError("It is a single word; a domain name has a dot, as in example.com")
    if labels[-1] in SPECIAL_USE:
        raise InputError(f"Names that end in .{labels[-1]} are not on the public internet")
    if len(host) > MAX_HOST_CHARS or max(map(len, labels)) > MAX_LABEL_CHARS:
        raise InputError("It is longer than a domain name may be")
    if "xn--" in host or not _PLAIN.fullmatch(host):
        _check_labels(labels)


def _check_labels(labels: list[str]) -> None:
    for label in labels:
        _check_label(label)
    if "_" in labels[-1] or "_" in labels[-2]:
        raise InputError("A domain name has no underscore there")


def _check_label(label: str) -> None:
    if not label:
        raise InputError("It has two dots side by side, or begins with one")
    if not _LABEL.fullmatch(label):
        raise InputError("It holds characters that no domain name may have")
    if label.startswith("xn--"):
        try:
            decoded = label[4:].encode("ascii").decode("punycode")
        except UnicodeError:
            raise InputError(f"{label[:40]} is no valid international name") from None
        if decoded.isascii() or not decoded.isprintable():
            raise InputError(f"{label[:40]} is no valid international name")
