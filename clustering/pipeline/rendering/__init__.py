"""Draws a page in Chromium, for sites whose logo a script draws.

The browser has no other connection than to ``proxy.Proxy`` in this process, which applies the
address rules of the HTTP client.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Rendered:
    """A page after its scripts ran."""

    url: str
    """Address of the page after redirects."""
    html: bytes
    """The document, UTF-8; painted elements hold their picture as <img>."""


Render = Callable[[str], Rendered]
"""(url) -> page; raises FetchError."""
