"""Cookies of one visit (RFC 6265), bounded: sites set one and redirect until it comes back."""

import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

from clustering.pipeline.domains.suffixes import site_of

MAX_COOKIES: Final = 50
MAX_COOKIE_CHARS: Final = 4096  # of one header, as in browsers
MAX_HEADERS: Final = 30  # read of one response
MAX_SENT_CHARS: Final = 8192  # servers refuse longer headers
ALLOWED: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*\Z")  # what fits into a header


@dataclass(frozen=True)
class _Cookie:
    name: str
    value: str
    host: str
    path: str
    is_host_only: bool
    is_secure: bool
    ends_at: float | None
    """Wall clock; None: with the visit."""

    @property
    def key(self) -> tuple[str, str, str]:
        return self.name, self.host, self.path

    def is_for(self, scheme: str, host: str, path: str) -> bool:
        """Return whether it is sent with a request."""
        if self.is_secure and scheme != "https":
            return False
        if self.ends_at is not None and self.ends_at <= time.time():
            return False
        is_host = host == self.host or (not self.is_host_only and _is_below(host, self.host))
        return is_host and _is_path_below(path, self.path)


class Cookies:
    """The cookies of one visit; nothing outlives it."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, str], _Cookie] = {}

    def keep(self, url: str, headers: Iterable[str]) -> None:
        """Keep the cookies of the Set-Cookie ``headers`` of ``url``; invalid ones are ignored.

        The oldest ones go first where there are too many.
        """
        for header in list(headers)[:MAX_HEADERS]:
            cookie = _parsed(header, url)
            if cookie is None:
                continue
            self._kept.pop(cookie.key, None)
            if cookie.ends_at is None or cookie.ends_at > time.time():
                self._kept[cookie.key] = cookie
            if len(self._kept) > MAX_COOKIES:
                del self._kept[next(iter(self._kept))]

    def header(self, url: str) -> str:
        """Return the Cookie header of a request for ``url``; longer paths come first."""
        if not self._kept:
            return ""
        parts = urlsplit(url)
        scheme, host, path = parts.scheme, parts.hostname or "", parts.path or "/"
        found = [one for one in self._kept.values() if one.is_for(scheme, host, path)]
        found.sort(key=lambda one: -len(one.path))
        sent, n_chars = [], 0
        for one in found:
            pair = f"{one.name}={one.value}" if one.name else one.value
            n_chars += len(pair) + 2
            if n_chars > MAX_SENT_CHARS:
                break
            sent.append(pair)
        return "; ".join(sent)


def _parsed(header: str, url: str) -> _Cookie | None:
    """Return the cookie of a Set-Cookie header, None where it must be ignored."""
    if len(header) > MAX_COOKIE_CHARS or not ALLOWED.match(header):
        return None
    pair, *rest = header.split(";")
    name, equals, value = pair.partition("=")
    if not equals:
        name, value = "", pair
    if not (name.strip() or value.strip()):
        return None
    attributes = _attributes(rest)
    parts = urlsplit(url)
    host = parts.hostname or ""
    domain = attributes.get("domain", "").removeprefix(".").lower()
    if domain and not _may_set(host, domain):
        return None
    is_secure = "secure" in attributes
    if not _has_prefix_rights(name.strip(), attributes, is_secure=is_secure):
        return None
    if is_secure and parts.scheme != "https":
        return None
    path = attributes.get("path", "")
    return _Cookie(
        name=name.strip(),
        value=value.strip(),
        host=domain or host,
        path=path if path.startswith("/") else _default_path(parts.path),
        is_host_only=not domain,
        is_secure=is_secure,
        ends_at=_end(attributes),
    )


def _attributes(parts: Iterable[str]) -> dict[str, str]:
    found = {}
    for part in parts:
        name, _, value = part.partition("=")
        found[name.strip().lower()] = value.strip()
    return found


def _may_set(host: str, domain: str) -> bool:
    """Return whether ``host`` may set cookies for ``domain``: itself or a parent that is no
    public suffix, private ones such as ``github.io`` included.
    """
    if host == domain:
        return True
    site = site_of(host)
    return _is_below(host, domain) and (domain == site or _is_below(domain, site))


def _has_prefix_rights(name: str, attributes: Mapping[str, str], *, is_secure: bool) -> bool:
    if name.lower().startswith("__host-"):
        return is_secure and not attributes.get("domain") and attributes.get("path") == "/"
    return is_secure or not name.lower().startswith("__secure-")


def _end(attributes: Mapping[str, str]) -> float | None:
    """Return when the cookie ends; Max-Age comes before Expires."""
    age = attributes.get("max-age", "")
    digits = age.removeprefix("-")
    if digits.isascii() and digits.isdigit() and len(digits) <= 10:
        return 0.0 if age.startswith("-") else time.time() + int(digits)
    if not attributes.get("expires"):
        return None
    try:
        return parsedate_to_datetime(attributes["expires"][:100]).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def _default_path(path: str) -> str:
    folder = path.rpartition("/")[0]
    return folder if folder.startswith("/") else "/"


def _is_below(host: str, domain: str) -> bool:
    return host.endswith(f".{domain}")


def _is_path_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder if folder.endswith("/") else f"{folder}/")
