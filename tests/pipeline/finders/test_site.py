"""From a domain to its logo, over a web that an adapter plays."""

from collections.abc import Mapping

import pytest

from clustering.pipeline.errors import FetchError
from clustering.pipeline.finders import SiteLogo, sight
from clustering.pipeline.finders.homepage import is_same_brand
from clustering.pipeline.finders.site import MAX_CAPTURES, find_logo
from clustering.pipeline.imaging import Cut, NormalisedImage
from clustering.pipeline.web.client import ClientOptions, SafeClient
from tests.pipeline.finders.played_web import Answer, PlayedWeb, decode

LOGO = '<header><a href="/"><img class="logo" src="{}"></a></header>'
ICON = '<link rel="icon" href="/icon.png">'


def look(web: PlayedWeb, domain: str = "otterbrook.com", n_sure: int = MAX_CAPTURES) -> SiteLogo:
    client = SafeClient(ClientOptions("Logosite-test"), adapter=web)
    try:
        return find_logo(domain, client, decode, sight.look, n_sure=n_sure)
    finally:
        client.close()


def code(pages: Mapping[str, Answer]) -> str:
    with pytest.raises(FetchError) as raised:
        look(PlayedWeb(pages))
    return raised.value.code


def test_a_site_gives_its_logo_and_further_candidates() -> None:
    home = "https://otterbrook.com/"
    pages = {
        home: LOGO.format("/l.png") + ICON,
        home + "l.png": "90x30",
        home + "icon.png": "32x32",
    }

    site = look(PlayedWeb(pages))

    assert (site.final_url, site.kind, site.confidence) == (home, "logo", 0.97)
    assert [one.candidate.source_url for one in site.captures] == [
        home + "l.png",
        home + "icon.png",
    ]


def test_runs_ask_for_nothing_further_once_the_logo_is_sure() -> None:
    home = "https://otterbrook.com/"
    web = PlayedWeb({home: LOGO.format("/l.png") + ICON, home + "l.png": "90x30"})

    site = look(web, n_sure=1)

    assert [one.candidate.source_url for one in site.captures] == [home + "l.png"]
    assert web.asked == [home, home + "l.png"]


def test_runs_look_further_where_the_pixels_speak_against_the_first() -> None:
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


@pytest.mark.parametrize("home", ["https://www.otterbrook.com/", "http://otterbrook.com/"])
@pytest.mark.parametrize("code", ["tls", "connect", "timeout", "dns", "bad_response"])
def test_other_ways_to_the_site_are_tried(code: str, home: str) -> None:
    failures: dict[str, Answer] = {"https://otterbrook.com/": FetchError(code)}
    pages = {**failures, home: ICON, home + "icon.png": "32x32"}

    site = look(PlayedWeb(pages))

    assert (site.final_url, site.kind) == (home, "icon_only")


def test_a_name_that_does_not_resolve_is_asked_for_three_times() -> None:
    web = PlayedWeb({})

    with pytest.raises(FetchError) as raised:
        look(web)

    assert (raised.value.code, raised.value.is_transient, len(web.asked)) == ("dns", False, 3)


def test_a_resolver_that_is_silent_is_asked_once() -> None:
    web = PlayedWeb({"https://otterbrook.com/": FetchError("dns", is_transient=True)})

    with pytest.raises(FetchError) as raised:
        look(web)

    assert (raised.value.code, raised.value.is_transient, len(web.asked)) == ("dns", True, 1)


def test_the_most_telling_failure_is_kept() -> None:
    assert code({"https://otterbrook.com/": (503, "busy")}) == "http_5xx"


@pytest.mark.parametrize(
    "wall",
    [
        (403, "<title>Just a moment...</title>"),
        (503, "<title>Attention Required! | Cloudflare</title>"),
        "<title>Robot Check</title>",
        (403, "<script src='https://geo.captcha-delivery.com/c.js'></script>"),
    ],
)
def test_a_wall_against_robots_is_blocked(wall: Answer) -> None:
    assert code({"https://otterbrook.com/": wall}) == "blocked"


def test_a_long_page_that_loads_a_walls_script_is_a_page() -> None:
    home = "https://otterbrook.com/"
    page = ICON + "<p>otters</p>" * 2000 + "<script src='/_Incapsula_Resource'></script>"

    assert look(PlayedWeb({home: page, home + "icon.png": "9x9"})).kind == "icon_only"


def test_a_domain_for_sale_is_parked() -> None:
    assert code({"https://otterbrook.com/": "<h1>This domain is for sale</h1>" + ICON}) == "parked"


def test_a_domain_that_leads_to_another_brand_is_parked() -> None:
    pages: dict[str, Answer] = {
        "https://otterbrook.com/": (301, "https://fernhill.com/"),
        "https://fernhill.com/": LOGO.format("/l.png"),
    }

    assert code(pages) == "parked"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("www.otterbrook.com", True),
        ("shop.otterbrook.co.uk", True),
        ("otterbrook-online.de", True),
        ("fernhill.com", False),
        ("twitter.com", False),
    ],
)
def test_one_brand_may_have_many_names(host: str, expected: bool) -> None:  # noqa: FBT001
    assert is_same_brand("otterbrook.com", host) is expected


def test_a_refresh_is_followed_and_a_slow_one_is_not() -> None:
    home = "https://otterbrook.com/"
    pages: dict[str, Answer] = {
        home: '<meta http-equiv="refresh" content="0; url=\'/en/\'">',
        home + "en/": ICON + '<meta http-equiv="Refresh" content="300; url=/later/">',
        home + "icon.png": "32x32",
    }

    assert look(PlayedWeb(pages)).final_url == home + "en/"


def test_pages_that_refresh_in_circles_end() -> None:
    home = "https://otterbrook.com/"
    there, back = home + "a/", home + "b/"
    refresh = '<meta http-equiv="refresh" content="0;url={}">'
    pages = {home: refresh.format(there), there: refresh.format(back), back: refresh.format(there)}

    assert code(pages) == "too_many_redirects"


@pytest.mark.parametrize(
    "useless", ["<html>not found</html>", "2x2", "1x40", "empty", "90x30 globe"]
)
def test_a_useless_image_gives_way_to_the_next(useless: str) -> None:
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
def test_a_site_without_a_usable_image_says_why(image: str, expected: str) -> None:
    home = "https://otterbrook.com/"

    assert code({home: LOGO.format("/l.png"), home + "l.png": image}) == expected


def test_a_page_that_shows_nothing_has_no_logo() -> None:
    assert code({"https://otterbrook.com/": "<p>Hello</p>"}) == "no_logo"


def test_a_banner_gives_way_to_a_mark() -> None:
    home = "https://otterbrook.com/"
    html = '<meta property="og:logo" content="/b.png"><link rel="logo" href="/l.png">'
    pages = {home: html, home + "b.png": "500x20", home + "l.png": "90x30"}

    assert look(PlayedWeb(pages)).captures[0].candidate.source_url == home + "l.png"


def test_an_external_style_sheet_is_read_where_a_logo_has_no_image() -> None:
    home = "https://otterbrook.com/"
    html = (
        '<link rel="stylesheet" href="/css/a.css"><a class="logo" href="/">Otterbrook</a>' + ICON
    )
    sheet = "a.logo { background: url(../img/mark.png) no-repeat }"
    pages = {home: html, home + "css/a.css": sheet, home + "img/mark.png": "90x30"}

    site = look(PlayedWeb(pages))

    assert (site.kind, site.captures[0].candidate.finder) == ("logo", "style")


def test_a_manifest_adds_its_icons() -> None:
    home = "https://otterbrook.com/"
    manifest = '{"icons": [{"src": "i/m.png", "sizes": "512x512"}, {"src": 7}, "x"]}'
    pages = {home: '<link rel="manifest" href="/m.json">', home + "m.json": manifest}

    site = look(PlayedWeb({**pages, home + "i/m.png": "512x512"}))

    assert site.captures[0].candidate.finder == "manifest"


def test_the_symbol_to_cut_from_a_sheet_is_told() -> None:
    home = "https://otterbrook.com/"
    html = '<header><a href="/"><svg class="logo"><use href="/s.svg#mark"/></svg></a></header>'
    sheet = (
        '<svg xmlns="http://www.w3.org/2000/svg"><symbol id="mark"><text>8x8</text></symbol></svg>'
    )
    seen: list[tuple[bytes, Cut]] = []
    client = SafeClient(
        ClientOptions("Logosite-test"), adapter=PlayedWeb({home: html, home + "s.svg": sheet})
    )

    def remember(data: bytes, cut: Cut) -> NormalisedImage:
        seen.append((data, cut))
        return decode(b"8x8", cut)

    find_logo("otterbrook.com", client, remember, sight.look)

    assert seen[0] == (sheet.encode(), Cut(symbol="mark"))
    client.close()
