"""Benchmark of reach: loopback sites that a browser reaches, with the answer known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

LOGO_PATH = "/media/mark.png"


@dataclass(frozen=True)
class Asked:
    """What a site is asked."""

    host: str
    path: str
    query: str
    cookies: str


@dataclass(frozen=True)
class Answered:
    """What it answers; ``body`` is compressed as ``coding`` says."""

    body: bytes
    status: int = 200
    media_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


Answer = Callable[[Asked], Answered]


@dataclass(frozen=True)
class Kind:
    """Sites that are reached in the same way."""

    name: str
    variants: tuple[Answer, ...]
    expected: str = ""
    """Error code that names the site rightly; empty: the logo."""
    needs_browser: bool = False
    has_whole_chain: bool = True


@dataclass(frozen=True)
class KindScore:
    """Result of one kind."""

    kind: str
    needs_browser: bool
    n_sites: int
    n_reached: int
    """A logo or icon was found, or the expected code."""
    n_right: int
    """The site's own logo, or the expected code."""
    answers: Mapping[str, int]
    """Other answers, by error code or ``wrong image``."""
    n_rendered: int = 0
    """Sites whose page a browser drew."""


@dataclass(frozen=True)
class ReachScores:
    """Result of all sites."""

    kinds: list[KindScore]
    cpu_seconds: float = 0.0
    """Of the browser for each rendered page, without its start."""
    most_bytes: int = 0
    """The most memory of one rendered page."""

    @property
    def share_rendered(self) -> float:
        """Return the share of sites whose page a browser drew."""
        n_sites = sum(one.n_sites for one in self.kinds)
        return sum(one.n_rendered for one in self.kinds) / n_sites if n_sites else 0.0


def share_right(scores: list[KindScore], *, with_browser: bool = False) -> float:
    """Return the share of right answers, among sites that need no browser or among all."""
    counted = [one for one in scores if with_browser or not one.needs_browser]
    n_sites = sum(one.n_sites for one in counted)
    return sum(one.n_right for one in counted) / n_sites if n_sites else 0.0
