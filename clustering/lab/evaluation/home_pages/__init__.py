"""Home pages after the furniture of today's builders, each with its right answer.

All brands are invented. A page has one kind of difficulty or several, as real ones do; the finders
are measured on them by ``evaluate_finders``. Tune the rules by kind, never by page.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

ICON = "/favicon-32.png"


@dataclass(frozen=True)
class HomePage:
    """One page with its files."""

    name: str
    html: str
    right: tuple[str, ...]
    """Acceptable answers: addresses relative to the page, or ``d:<start of path data>``."""
    url: str = "https://www.otterbrook.com/"
    files: Mapping[str, str] = field(default_factory=dict)
    """Texts by address, or ``picture 240x60``, ``photograph 1600x900`` or ``blank 200x60``; other
    pictures that the page names are drawn."""


def made(
    name: str,
    right: str | tuple[str, ...],
    header: str,
    *sections: str,
    head: str = "",
    title: str = "Otterbrook | Canoes and paddles",
    url: str = "https://www.otterbrook.com/",
    files: Mapping[str, str] | None = None,
) -> HomePage:
    """Return a page of ``header`` and ``sections``; it always declares an icon."""
    html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<link rel="icon" href="{ICON}" sizes="32x32">{head}</head><body>'
        f"{header}{''.join(sections)}</body></html>"
    )
    answers = (right,) if isinstance(right, str) else right
    return HomePage(name, html, answers, url, files or {})
