"""Bytes are read as browsers read them, and hostile pages cost time in proportion."""

import time
from collections.abc import Callable

import pytest

from clustering.pipeline.finders.markup import decode
from clustering.pipeline.finders.page import read_page
from clustering.pipeline.finders.ranking import candidates
from clustering.pipeline.finders.walls import is_parked, is_robot_wall
from tests.pipeline.finders.pages import URL

UMLAUT = "Größe"


BROKEN = '"logo":'
HOSTILE: dict[str, Callable[[int], str]] = {
    "style without braces": lambda n: f"<style>{'a' * n}url(</style>",
    "style of addresses": lambda n: f"<style>{'.logo{background:url(a)' * (n // 24)}</style>",
    "style of openings": lambda n: f"<style>{'{' * n}url(x)</style>",
    "unclosed addresses": lambda n: f"<style>{'url(' * (n // 4)}</style>",
    "names": lambda n: f'<img class="{"logo-" * (n // 5)}" src="/a.png">',
    "spaces in a srcset": lambda n: f'<img class="logo" srcset="{" " * n}a.png 1x">',
    "commas in a srcset": lambda n: f'<img class="logo" srcset="{"," * n}">',
    "deep links": lambda n: '<a href="/">' * (n // 12) + '<img src="/l.png">',
    "deep divisions": lambda n: "<div>" * (n // 5) + '<img src="/l.png">',
    "deep drawings": lambda n: '<header><a href="/"><svg>' + "<g>" * (n // 3),
    "many images": lambda n: '<p class="x"><img src="/l.png" alt="logo"></p>' * (n // 45),
    "many drawings": lambda n: '<svg><use href="#a"/></svg>' * (n // 27),
    "uses of symbols": lambda n: '<svg><g id="a"/>' + '<use href="#a"/>' * (n // 16) + "</svg>",
    "json of openings": lambda n: f'<script type="application/ld+json">{"[" * n}</script>',
    "broken json": lambda n: f"<script type=application/ld+json>{BROKEN * (n // 7)}</script>",
    "meta elements": lambda n: f"{'<meta ' * (n // 6)}",
    "refresh": lambda n: f'<meta http-equiv="refresh" content="0;{" " * n}">',
    "title": lambda n: "<title" * (n // 6),
}


def _seconds(html: str) -> float:
    start = time.process_time()
    text = decode(html.encode())
    is_robot_wall(200, text)
    is_parked(text)
    candidates(read_page(URL, html.encode()))
    return time.process_time() - start


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_of_ten_times_the_size_costs_at_most_forty_times(name: str) -> None:
    """Quadratic work would cost a hundred times; the floor keeps noise out."""
    small = max(_seconds(HOSTILE[name](20_000)), 0.005)

    assert _seconds(HOSTILE[name](200_000)) < 40 * small
