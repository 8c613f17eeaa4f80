"""Which image is chosen, one case per test."""

import pytest
from lxml import etree

from clustering.pipeline.finders.ranking import REVIEW_THRESHOLD
from clustering.pipeline.finders.rules import Rule
from tests.pipeline.finders.pages import (
    HEADER,
    ICON,
    SHAPE,
    address,
    addresses,
    best,
    found,
    rules,
)


def test_svg_candidate_is_well_formed_xml() -> None:
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        ' onload="x()" @click="y" viewBox="0 0 90 30"><linearGradient id="a" '
        'gradientUnits="userSpaceOnUse"/><script>z()</script><use href="#a" xlink:href="#a"/>'
        "<text>&lt;O&gt;</text></svg>"
    )

    data = best(HEADER.format(drawing)).data

    assert data is not None
    root = etree.fromstring(data)
    assert [etree.QName(one).localname for one in root] == ["linearGradient", "use", "text"]
    assert sorted(root.attrib.items()) == [("color", "#000000"), ("viewBox", "0 0 90 30")]
    assert root[0].get("gradientUnits") == "userSpaceOnUse"


@pytest.mark.parametrize("hostile", ['<g id="&#1;"/>', "<text>&#7;</text>", "<g>" * 5000])
def test_invalid_svg_is_skipped(hostile: str) -> None:
    html = HEADER.format(f'<svg viewBox="0 0 90 30">{SHAPE}{hostile}</svg>')

    assert {one.finder for one in found(html)} <= {"favicon", "inline_svg"}


def test_a_logo_in_a_style_is_found() -> None:
    html = '<style>.site-logo{background:url("/l.png")}</style><a class="site-logo" href="/">O</a>'

    assert address(html + ICON) == "l.png"


def test_a_logo_in_a_style_attribute_is_found() -> None:
    html = (
        '<header><a class="logo" style="background-image:url(\'/l.png\')" href="/"></a></header>'
    )

    assert address(html + ICON) == "l.png"


def test_icons_are_ordered_by_kind_and_size() -> None:
    html = (
        '<link rel="mask-icon" href="/mask.svg"><link rel="icon" href="/i16.png" sizes="16x16">'
        '<link rel="shortcut icon" href="/i.svg" type="image/svg+xml">'
        '<link rel="apple-touch-icon" href="/t.png"><meta name="msapplication-TileImage" '
        'content="/tile.png">'
        '<link rel="icon" href="/dark.svg" media="(prefers-color-scheme:dark)">'
    )

    assert addresses(html) == [
        "t.png", "i.svg", "tile.png", "i16.png", "mask.svg", "dark.svg", "favicon.ico",
        "apple-touch-icon.png",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "declared",
    ['<meta itemprop="logo" content="/l.png">', '<link rel="logo" href="/l.png">',
     '<meta property="og:logo" content="/l.png">'],
)  # fmt: skip
def test_declared_logos_are_trusted(declared: str) -> None:
    choice = best(declared + ICON)

    assert choice.source_url.endswith("/l.png")
    assert choice.score >= REVIEW_THRESHOLD


def test_interface_icons_in_the_header_lose_to_the_icon() -> None:
    icon = f'<button class="menu"><svg viewBox="0 0 24 24">{SHAPE}</svg></button>'

    assert address(f"<header>{icon}</header>" + ICON) == "icon.png"


def test_main_inside_header_wrapper_is_not_a_header() -> None:
    html = '<div class="header-wrapper"><main><img alt="logo" src="/l.png"></main></div>'

    assert Rule.IN_HEADER not in rules(best(html))


@pytest.mark.parametrize(
    "host",
    ["pixelmator.com", "www.redpixel.de", "trackman.com", "beaconhill.org", "transparent.com",
     "montblank.fr", "www.osano.com", "usercentrics.com", "onetrust.com",
     "www.bannerbuzz.com", "quantcast.com", "px.se"],
)  # fmt: skip
def test_tracker_words_in_the_sites_name_are_ignored(host: str) -> None:
    url = f"https://{host}/"
    name = host.removeprefix("www.").partition(".")[0]

    named = best(HEADER.format(f'<img src="/i/{name}-mark.png">'), url)
    called = best(HEADER.format(f'<img src="/i/logo-{name}.png">'), url)

    assert min(one.points for one in (*named.evidence, *called.evidence)) > 0


@pytest.mark.parametrize(
    "file", ["otterbrook-logo-transparent.png", "logo_trans.gif", "logo-blank.png"]
)
@pytest.mark.parametrize("folder", ["", "tracking/", "pixel-agency/", "clear/"])
def test_transparent_in_a_logo_file_name_is_not_a_spacer(folder: str, file: str) -> None:
    html = HEADER.format(f'<img src="/{folder}{file}">')

    assert address(html + ICON) == folder + file
    assert Rule.SPACER not in rules(best(html))


@pytest.mark.parametrize(
    "file",
    ["spacer.gif", "img/1x1.png", "blank.gif", "i/_pixel.gif", "pixel.gif?id=3", "trans.gif",
     "track/open.gif", "pixel/3", "b/ss/otter/1", "0809__tspacer.gif", "logo-placeholder.png"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["", "logo"])
def test_spacers_and_tracking_pixels_lose(file: str, name: str) -> None:
    html = HEADER.format(f'<img class="{name}" src="/{file}">')

    assert address(html + ICON) == "icon.png"
