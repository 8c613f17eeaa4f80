"""Formatting of numbers, dates, logos and preferences."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import clear_script_prefix, reverse, set_script_prefix

from clustering.models import Logo
from clustering.templatetags import numbers
from clustering.templatetags.frame import preference
from clustering.templatetags.logos import caption, thumbnail_url


@pytest.mark.parametrize(
    ("number", "noun", "shown"),
    [
        (1, "domain", "1 domain"),
        (0, "domain", "0 domains"),
        (3416, "domain", "3\u202f416 domains"),
        (2, "entry,entries", "2 entries"),
    ],
)
def test_counts_agree_with_their_noun(number: int, noun: str, shown: str) -> None:
    assert numbers.counted(number, noun) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(None, ""), (59, "59 s"), (310, "5 min 10 s"), (8000, "2 h 13 min")],
)
def test_durations_have_two_units_at_most(seconds: float | None, shown: str) -> None:
    assert numbers.duration(seconds) == shown


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(3, 4, "75\u202f%"), (1, 1000, "<\u202f1\u202f%"), (0, 7, "0\u202f%"), (0, 0, "\u2013")],
)
def test_a_small_part_is_not_shown_as_nothing(part: int, whole: int, shown: str) -> None:
    assert numbers.share_of(part, whole) == shown


@pytest.mark.parametrize(
    ("n_bytes", "shown"), [(10, "10 bytes"), (209_715_200, "200 MB"), (1536, "1.5 KB")]
)
def test_sizes_are_short(n_bytes: int, shown: str) -> None:
    assert numbers.filesize(n_bytes) == shown


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(2026, 5, 1, 11, 59, 30, tzinfo=UTC), "just now"),
        (datetime(2026, 5, 1, 11, 30, tzinfo=UTC), "30 min ago"),
        (datetime(2026, 4, 30, 11, 0, tzinfo=UTC), "yesterday"),
        (datetime(2026, 4, 1, 12, 0, tzinfo=UTC), "2026-04-01"),
    ],
)
def test_moments_are_relative_for_a_week(moment: datetime, shown: str) -> None:
    with time_machine.travel(datetime(2026, 5, 1, 12, 0, tzinfo=UTC), tick=False):
        assert f">{shown}</time>" in numbers.ago(moment)


def test_a_logo_is_shown_at_twice_its_size_at_most() -> None:
    logo = Logo(sha256="a" * 64, width=16, height=8, ground="dark")
    template = Template('{% load logos %}{% logo_tile logo "a.de" %}')

    tile = " ".join(template.render(Context({"logo": logo})).split())

    assert 'width="32" height="16"' in tile
    assert 'data-ground="dark"' in tile
    assert 'alt="Logo of a.de"' in tile
    assert 'loading="lazy"' in tile


def test_a_tile_escapes_names_and_addresses() -> None:
    logo = Logo(sha256="a" * 64, width=16, height=8, ground="light")
    template = Template(
        "{% load logos %}{% logo_tile logo name href=href %}{% logo_tile None name %}"
    )

    tiles = template.render(Context({"logo": logo, "name": '"><b>', "href": '/?q="<'}))

    assert 'href="/?q=&quot;&lt;"' in tiles
    assert 'alt="Logo of &quot;&gt;&lt;b&gt;"' in tiles
    assert "<b>" not in tiles


def test_tiles_show_thumbnails_below_the_prefix_of_the_request() -> None:
    logo = Logo(sha256="a" * 64, width=16, height=8)
    set_script_prefix("/below/")
    try:
        below = thumbnail_url(logo, 192)
    finally:
        clear_script_prefix()

    assert below == f"/below{reverse('logo_thumbnail', args=[logo.sha256, 192])}"
    assert thumbnail_url(logo) == reverse("logo_thumbnail", args=[logo.sha256, 96])


def test_a_missing_logo_is_a_flagged_letter() -> None:
    template = Template('{% load logos %}{% logo_tile None "a.de" %}')

    tile = template.render(Context())

    assert "tile-missing" in tile
    assert "<img" not in tile


@pytest.mark.parametrize(
    ("name", "cookie", "shown"),
    [
        ("theme", "dark", "dark"),
        ("theme", '"><script>', "system"),
        ("theme", "", "system"),
        ("keys", "off", "off"),
        ("keys", "of", "on"),
    ],
)
def test_only_known_choices_are_remembered(name: str, cookie: str, shown: str) -> None:
    request = RequestFactory().get("/")
    request.COOKIES[name] = cookie

    assert preference({"request": request}, name) == shown  # type: ignore[arg-type] # any mapping


@pytest.mark.parametrize(("points", "text"), [(34.0, "+34"), (-5.5, "-5.5"), (0.0, "+0")])
def test_points_carry_their_sign(points: float, text: str) -> None:
    assert numbers.signed(points) == text


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        ((13.8, 36.2), "13 to 37 s"),
        ((0.2, 4.0), "up to 4 s"),
        ((100, 200), "1 to 4 min"),
        ((3000, 9000), "up to 3 h"),
        ((7200, 10_800), "2 to 3 h"),
        ((5.0, 5.0), "5 s"),
    ],
)
def test_a_range_of_times_is_rounded_outwards(seconds: tuple[float, float], shown: str) -> None:
    assert numbers.duration_range(seconds) == shown


def test_a_caption_wraps_before_dots_and_is_escaped() -> None:
    assert caption("a-long-name.com.tr") == "a-long-name<wbr>.com<wbr>.tr"
    assert caption("<b>") == "&lt;b&gt;"
