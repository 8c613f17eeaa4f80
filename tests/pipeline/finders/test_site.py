"""From a domain to its logo, over a scripted web."""

import pytest

from clustering.pipeline.errors import FetchError
from clustering.pipeline.finders.chances import SURE
from tests.pipeline.finders.pages import ICON
from tests.pipeline.finders.played_web import LOGO, PlayedWeb, code, look


def test_site_yields_logo_and_further_candidates() -> None:
    home = "https://otterbrook.com/"
    pages = {
        home: LOGO.format("/l.png") + ICON,
        home + "l.png": "90x30",
        home + "icon.png": "32x32",
    }

    site = look(PlayedWeb(pages))

    assert (site.final_url, site.kind) == (home, "logo")
    assert site.confidence >= SURE
    assert [one.candidate.source_url for one in site.captures] == [
        home + "l.png",
        home + "icon.png",
    ]


def test_runs_stop_after_a_trustworthy_logo() -> None:
    home = "https://otterbrook.com/"
    web = PlayedWeb({home: LOGO.format("/l.png") + ICON, home + "l.png": "90x30"})

    site = look(web, n_sure=1)

    assert [one.candidate.source_url for one in site.captures] == [home + "l.png"]
    assert web.asked == [home, home + "l.png"]


def test_runs_continue_if_pixel_rules_lower_the_first() -> None:
    home = "https://otterbrook.com/"
    web = PlayedWeb(
        {
            home: LOGO.format("/l.png") + ICON,
            home + "l.png": "9x9 globe",
            home + "icon.png": "32x32",
        }
    )

    site = look(web, n_sure=1)

    assert site.captures[0].candidate.source_url == home + "icon.png"


def test_first_attempt_raises_on_timeout_and_second_takes_the_icon() -> None:
    home = "https://otterbrook.com/"
    web = PlayedWeb(
        {
            home: LOGO.format("/l.png") + ICON,
            home + "l.png": FetchError("timeout", is_transient=True),
            home + "icon.png": "32x32",
        }
    )

    with pytest.raises(FetchError) as raised:
        look(web, is_first_attempt=True)

    assert (raised.value.code, raised.value.is_transient) == ("timeout", True)
    assert home + "icon.png" not in web.asked
    assert look(web).kind == "icon_only"


@pytest.mark.parametrize(
    "useless", ["<html>not found</html>", "2x2", "1x40", "empty", "90x30 globe"]
)
def test_unusable_image_falls_back_to_the_next(useless: str) -> None:
    home = "https://otterbrook.com/"
    pages = {
        home: LOGO.format("/l.png") + ICON,
        home + "l.png": useless,
        home + "icon.png": "32x32",
    }

    site = look(PlayedWeb(pages))

    assert site.kind == "icon_only"
    assert [one.candidate.source_url for one in site.captures] == [home + "icon.png"]


@pytest.mark.parametrize(
    ("image", "expected"),
    [("<html>", "bad_image"), ("empty", "empty_image"), ("90x30 globe", "placeholder")],
)
def test_error_code_if_no_image_is_usable(image: str, expected: str) -> None:
    home = "https://otterbrook.com/"

    assert code({home: LOGO.format("/l.png"), home + "l.png": image}) == expected


def test_empty_page_has_no_logo() -> None:
    assert code({"https://otterbrook.com/": "<p>Hello</p>"}) == "no_logo"


def test_banner_loses_to_logo() -> None:
    home = "https://otterbrook.com/"
    html = '<meta property="og:logo" content="/b.png"><link rel="logo" href="/l.png">'
    pages = {home: html, home + "b.png": "500x20", home + "l.png": "90x30"}

    assert look(PlayedWeb(pages)).captures[0].candidate.source_url == home + "l.png"


def test_a_manifest_adds_its_icons() -> None:
    home = "https://otterbrook.com/"
    manifest = '{"icons": [{"src": "i/m.png", "sizes": "512x512"}, {"src": 7}, "x"]}'
    pages = {home: '<link rel="manifest" href="/m.json">', home + "m.json": manifest}

    site = look(PlayedWeb({**pages, home + "i/m.png": "512x512"}))

    assert site.captures[0].candidate.finder == "manifest"


@pytest.mark.parametrize(
    ("picture", "told"),
    [
        ("9x9 globe", ("placeholder", "the page shows only a placeholder: {}")),
        ("empty", ("empty_image", "empty_image: {}")),
        ("no image", ("bad_image", "bad_image: {}")),
    ],
)
def test_error_names_the_image(picture: str, told: tuple[str, str]) -> None:
    home = "https://otterbrook.com/"

    with pytest.raises(FetchError) as raised:
        look(PlayedWeb({home: LOGO.format("/l.png"), f"{home}l.png": picture}))

    code, detail = told
    assert (raised.value.code, str(raised.value)) == (code, detail.format(f"{home}l.png"))
