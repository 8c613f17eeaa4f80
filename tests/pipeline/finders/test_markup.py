"""Bytes are read as browsers read them, and hostile pages cost time in proportion."""

import time
from collections.abc import Callable

import pytest

from clustering.pipeline.finders.markup import decode
from clustering.pipeline.finders.page import read_page
from clustering.pipeline.finders.ranking import candidates
from clustering.pipeline.finders.srcset import sources
from clustering.pipeline.finders.walls import is_parked, is_robot_wall
from tests.pipeline.finders.pages import URL

UMLAUT = "Größe"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (UMLAUT.encode(), ""),
        (UMLAUT.encode(), "text/html; charset=utf-8"),
        (b"\xef\xbb\xbf" + UMLAUT.encode(), "text/html; charset=iso-8859-1"),
        (b"\xff\xfe" + UMLAUT.encode("utf-16-le"), ""),
        (UMLAUT.encode("utf-16-le"), "text/html; charset=utf-16"),
        (UMLAUT.encode("cp1252"), ""),
        (UMLAUT.encode("cp1252"), "text/html; charset=utf-8x"),
        (UMLAUT.encode("cp1252"), 'text/html; charset="ISO-8859-1"'),
        (UMLAUT.encode("cp1252"), "text/html; charset=base64_codec"),
    ],
)
def test_text_is_decoded_by_its_mark_header_or_fit(body: bytes, content_type: str) -> None:
    assert decode(body, content_type) == UMLAUT


def test_a_meta_element_names_the_encoding() -> None:
    text = '<meta charset="windows-1251">Выдра'

    assert decode(text.encode("cp1251")) == text


def test_utf16_in_a_meta_element_means_utf8() -> None:
    body = '<meta charset="utf-16"><header><a href="/"><img src="/ö.png"></a></header>'.encode()

    assert candidates(read_page(URL, body))[0].source_url == f"{URL}%C3%B6.png"


def test_a_srcset_is_split_where_the_standard_says() -> None:
    text = "a.png, b.png 2x,c.png 640w, data:image/png;base64,AA== 1.5x, ,d,e.png 3x"

    assert [(one.address, one.size) for one in sources(text)] == [
        ("a.png", 1.0),
        ("b.png", 2.0),
        ("c.png", 640.0),
        ("data:image/png;base64,AA==", 1.5),
        ("d,e.png", 3.0),
    ]


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
