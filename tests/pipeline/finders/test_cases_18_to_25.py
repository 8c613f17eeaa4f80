"""Edge cases 18 to 25: image files, encodings, interstitials, reachability."""

import json
from io import BytesIO

import pytest
from PIL import Image, ImageDraw

from clustering.pipeline.errors import FetchError
from clustering.pipeline.finders.homepage import is_same_brand
from clustering.pipeline.finders.image_files import picture_region
from clustering.pipeline.finders.linked_files import manifest_icons
from clustering.pipeline.finders.markup import decode
from clustering.pipeline.finders.page import read_page
from clustering.pipeline.finders.ranking import candidates
from clustering.pipeline.imaging import PictureRegion
from clustering.pipeline.imaging.decoder import normalise_bytes
from tests.pipeline.finders.pages import (
    HEADER,
    ICON,
    URL,
    address,
    addresses,
    seen,
)
from tests.pipeline.finders.played_web import HOME, LOGO, Answer, PlayedWeb, code, look

UMLAUT = "Größe"


def drawn(side: int, ink: str = "black", ground: str = "#0000") -> Image.Image:
    """Return a square with a mark in it."""
    image = Image.new("RGBA", (side, side), ground)
    ImageDraw.Draw(image).rectangle((side // 4, side // 8, side // 2, side - 2), fill=ink)
    return image


def test_18_the_largest_image_of_an_icon_file_is_taken() -> None:
    file = BytesIO()
    drawn(64).save(file, "ICO", sizes=[(16, 16), (64, 64), (32, 32)])

    image = normalise_bytes(file.getvalue())

    assert (image.width, image.media_type) == (64, "image/x-icon")


def test_18_png_or_bmp_named_ico_is_decoded() -> None:
    for kind in ("PNG", "BMP"):
        file = BytesIO()
        drawn(32, ground="white").save(file, kind)
        assert normalise_bytes(file.getvalue()).width == 32


def test_18_an_svg_icon_is_an_icon() -> None:
    html = '<link rel="icon" href="/i.svg" type="image/svg+xml"><link rel="icon" href="/i.png">'

    assert address(html) == "i.svg"


@pytest.mark.parametrize(
    ("kind", "media_type"), [("WEBP", "image/webp"), ("AVIF", "image/avif"), ("GIF", "image/gif")]
)
def test_19_file_type_is_sniffed(kind: str, media_type: str) -> None:
    file = BytesIO()
    drawn(32).save(file, kind)

    assert normalise_bytes(file.getvalue()).media_type == media_type


def test_19_svg_is_sniffed() -> None:
    svg = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">'

    image = normalise_bytes(svg + b'<rect width="5" height="9"/></svg>')

    assert image.media_type == "image/svg+xml"


def test_19_html_instead_of_an_icon_is_rejected() -> None:
    pages = {HOME: ICON, HOME + "icon.png": "<html>not found</html>"}

    assert code(pages) == "bad_image"


def test_20_white_logo_is_shown_on_dark_ground() -> None:
    """Request 25: a white logo is visible."""
    file = BytesIO()
    drawn(32, ink="white").save(file, "PNG")

    assert normalise_bytes(file.getvalue()).ground == "dark"


def test_20_light_scheme_is_preferred() -> None:
    dark = '<source media="(prefers-color-scheme: dark)" srcset="/white.svg">'
    light = '<source srcset="/black.svg">'
    picture = f'<picture>{dark}{light}<img class="logo" alt="Otterbrook"></picture>'

    assert address(HEADER.format(picture)) == "black.svg"


def test_20_mask_icon_ranks_below_declared_icons() -> None:
    html = '<link rel="mask-icon" href="/mask.svg"><link rel="icon" href="/i.png">'

    assert addresses(html)[:2] == ["i.png", "mask.svg"]


def test_20_a_maskable_icon_is_cropped_to_its_safe_zone() -> None:
    file = BytesIO()
    drawn(100).save(file, "PNG")

    whole = normalise_bytes(file.getvalue())
    safe = normalise_bytes(file.getvalue(), PictureRegion(is_maskable=True))

    assert ((whole.width, whole.height), (safe.width, safe.height)) == ((100, 100), (80, 80))


@pytest.mark.parametrize(
    ("purpose", "is_cropped"), [("maskable", True), ("any maskable", False), ("any", False)]
)
def test_20_only_purely_maskable_icon_is_cropped(
    purpose: str,
    is_cropped: bool,  # noqa: FBT001
) -> None:
    manifest = json.dumps({"icons": [{"src": "/m.png", "purpose": purpose}]})

    (icon,) = manifest_icons(manifest.encode(), URL)

    assert picture_region(icon).is_maskable is is_cropped


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
def test_21_text_is_decoded_by_bom_header_or_detection(body: bytes, content_type: str) -> None:
    assert decode(body, content_type) == UMLAUT


def test_21_a_meta_element_names_the_encoding() -> None:
    text = '<meta charset="windows-1251">Выдра'

    assert decode(text.encode("cp1251")) == text


def test_21_utf16_in_a_meta_element_means_utf8() -> None:
    body = '<meta charset="utf-16"><header><a href="/"><img src="/ö.png"></a></header>'.encode()

    assert candidates(read_page(URL, body))[0].source_url == f"{URL}%C3%B6.png"


@pytest.mark.parametrize(
    "wall",
    [
        (403, "<title>Just a moment...</title>"),
        (503, "<title>Attention Required! | Cloudflare</title>"),
        "<title>Robot Check</title>",
        (403, "<script src='https://geo.captcha-delivery.com/c.js'></script>"),
    ],
)
def test_22_bot_check_is_blocked(wall: Answer) -> None:
    assert code({"https://otterbrook.com/": wall}) == "blocked"


def test_22_long_page_with_bot_check_script_is_a_page() -> None:
    home = "https://otterbrook.com/"
    page = ICON + "<p>otters</p>" * 2000 + "<script src='/_Incapsula_Resource'></script>"

    assert look(PlayedWeb({home: page, home + "icon.png": "9x9"})).kind == "icon_only"


def test_23_a_domain_for_sale_is_parked() -> None:
    assert code({"https://otterbrook.com/": "<h1>This domain is for sale</h1>" + ICON}) == "parked"


@pytest.mark.parametrize("status", [301, 302])
def test_23_redirect_to_another_brand_is_a_move(status: int) -> None:
    pages: dict[str, Answer] = {
        "https://otterbrook.com/": (status, "https://fernhill.com/"),
        "https://fernhill.com/": LOGO.format("/l.png"),
    }

    assert code(pages) == "moved"


@pytest.mark.parametrize("target", ["https://facebook.com/", "https://sedo.com/"])
def test_23_permanent_redirect_to_a_platform_is_parked(target: str) -> None:
    home = "https://otterbrook.com/"

    assert code({home: (301, target), target: LOGO.format("/l.png")}) == "parked"


@pytest.mark.parametrize(
    "script",
    [
        "window.location.replace('/en/')",
        'location.href = "/en/";',
        "top.location='https://www.otterbrook.com/en/'",
        "if (!x) document.location.assign( '/en/' )",
    ],
)
def test_23_redirect_by_script_is_followed(script: str) -> None:
    home = "https://otterbrook.com/"
    stub = f"<script>{script}</script>"
    end = LOGO.format("/l.png")
    pages: dict[str, Answer] = {
        home: stub,
        home + "en/": end,
        "https://www.otterbrook.com/en/": end,
        home + "l.png": "9x9",
        "https://www.otterbrook.com/l.png": "9x9",
    }

    assert look(PlayedWeb(pages)).final_url.endswith("otterbrook.com/en/")


@pytest.mark.parametrize(
    "page",
    [
        "<script>location.href='https://fernhill.com/'</script>",
        '<script>location.href="/en/"</script><img src="/l.png" class="logo">',
        "<script>var mylocation='/en/'</script>",
    ],
)
def test_23_other_scripts_are_not_followed(page: str) -> None:
    assert seen(page).refresh == ""


def test_23_frame_of_the_header_is_followed() -> None:
    frames = '<frameset><frame src="/menu.html"><frame name="top" src="/t.html"></frameset>'

    assert seen(frames).refresh.endswith("/t.html")
    assert seen('<frameset><frame src="/a.html"></frameset>').refresh.endswith("/a.html")


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
def test_23_names_of_one_brand(host: str, expected: bool) -> None:  # noqa: FBT001
    assert is_same_brand("otterbrook.com", host) is expected


def test_23_immediate_refresh_is_followed() -> None:
    home = "https://otterbrook.com/"
    pages: dict[str, Answer] = {
        home: '<meta http-equiv="refresh" content="0; url=\'/en/\'">',
        home + "en/": ICON + '<meta http-equiv="Refresh" content="300; url=/later/">',
        home + "icon.png": "32x32",
    }

    assert look(PlayedWeb(pages)).final_url == home + "en/"


def test_23_refresh_loop_ends() -> None:
    home = "https://otterbrook.com/"
    there, back = home + "a/", home + "b/"
    refresh = '<meta http-equiv="refresh" content="0;url={}">'
    pages = {home: refresh.format(there), there: refresh.format(back), back: refresh.format(there)}

    assert code(pages) == "too_many_redirects"


@pytest.mark.parametrize("home", ["https://www.otterbrook.com/", "http://otterbrook.com/"])
@pytest.mark.parametrize("code", ["tls", "connect", "timeout", "dns", "bad_response"])
def test_24_http_and_www_are_tried(code: str, home: str) -> None:
    failures: dict[str, Answer] = {"https://otterbrook.com/": FetchError(code)}
    pages = {**failures, home: ICON, home + "icon.png": "32x32"}

    site = look(PlayedWeb(pages))

    assert (site.final_url, site.kind) == (home, "icon_only")


def test_24_unresolved_name_is_tried_three_times() -> None:
    web = PlayedWeb({})

    with pytest.raises(FetchError) as raised:
        look(web)

    assert (raised.value.code, raised.value.is_transient, len(web.asked)) == ("dns", False, 3)


def test_24_dns_timeout_is_not_retried() -> None:
    web = PlayedWeb({"https://otterbrook.com/": FetchError("dns", is_transient=True)})

    with pytest.raises(FetchError) as raised:
        look(web)

    assert (raised.value.code, raised.value.is_transient, len(web.asked)) == ("dns", True, 1)


def test_24_most_informative_error_is_reported() -> None:
    assert code({"https://otterbrook.com/": (503, "busy")}) == "http_5xx"


def test_25_default_icon_paths_are_candidates() -> None:
    assert addresses("") == ["favicon.ico", "apple-touch-icon.png"]


def test_25_default_icon_paths_are_requested() -> None:
    web = PlayedWeb({HOME: "<p>Hello</p>", HOME + "apple-touch-icon.png": "180x180"})

    site = look(web)

    assert site.kind == "icon_only"
    assert HOME + "favicon.ico" in web.asked


def test_25_image_with_error_status_is_rejected() -> None:
    pages: dict[str, Answer] = {HOME: ICON, HOME + "icon.png": (404, "16x16", "image/png")}

    assert code(pages) == "no_logo"


def test_25_page_is_truncated_at_four_megabytes() -> None:
    html = HEADER.format('<img class="logo" src="/l.png">') + f"<p>{'otter ' * 100}</p>" * 8000

    site = look(PlayedWeb({HOME: html, HOME + "l.png": "90x30"}))

    assert site.kind == "logo"


def test_text_logo_falls_back_to_icon() -> None:
    html = '<header><a class="logo" href="/">Otterbrook</a></header>' + ICON

    site = look(PlayedWeb({HOME: html, HOME + "icon.png": "32x32"}))

    assert site.kind == "icon_only"


def test_seasonal_logo_needs_no_logo_word() -> None:
    html = HEADER.format('<img src="/cyber-week/head.gif" alt="">')

    assert address(html + ICON) == "cyber-week/head.gif"


def test_theme_logo_in_footer_loses_to_site_logo() -> None:
    theme = '<footer><a href="/"><img class="logo" src="/theme/logo.png"></a></footer>'
    own = HEADER.format('<img class="logo" src="/uploads/otter.png">')

    assert address(own + theme + ICON) == "uploads/otter.png"
