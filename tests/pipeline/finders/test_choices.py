"""Which image is chosen: the cases in which other finders go wrong, one test each."""

import json

import pytest
from lxml import etree

from clustering.pipeline.finders.ranking import REVIEW_THRESHOLD
from tests.pipeline.finders.pages import address, addresses, best, found, rules

HEADER = '<header><a href="/">{}</a></header>'
ICON = '<link rel="icon" href="/icon.png">'
SHAPE = '<path d="M1 2h3"/>'


def json_ld(value: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


@pytest.mark.parametrize(
    "image",
    [
        '<img class="logo" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" data-src="/l.png">',
        '<img class="logo" src="/img/spacer.gif" data-original="/l.png">',
        '<img class="logo" data-srcset="/s.png 1x, /l.png 2x">',
        '<img class="logo" src="" data-lazy-src="/l.png">',
        '<picture><source srcset="/l.png"><img class="logo"></picture>',
        '<noscript><img class="logo" src="/l.png"></noscript>',
    ],
)
def test_a_lazy_logo_is_taken_from_where_it_waits(image: str) -> None:
    assert address(HEADER.format(image) + ICON) == "l.png"


def test_an_image_of_one_pixel_is_no_logo() -> None:
    html = HEADER.format('<img class="logo" width="1" height="1" src="/l.png">')

    assert address(html + ICON) == "icon.png"


def test_a_data_uri_is_kept_as_it_is() -> None:
    uri = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0h9'/></svg>"

    assert best(HEADER.format(f'<img alt="logo" src="{uri}">')).source_url == uri


def test_a_drawing_in_the_home_link_needs_no_word() -> None:
    html = HEADER.format(f'<svg viewBox="0 0 120 30" fill="currentColor">{SHAPE}</svg>')

    choice = best(html + ICON)

    assert choice.finder == "inline_svg"
    assert choice.data == (
        b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        b' viewBox="0 0 120 30" fill="currentColor" color="#000000"><path d="M1 2h3"/></svg>'
    )


def test_a_drawing_is_a_document_that_an_xml_parser_reads() -> None:
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
def test_a_drawing_that_is_no_document_is_left_out(hostile: str) -> None:
    html = HEADER.format(f'<svg viewBox="0 0 90 30">{SHAPE}{hostile}</svg>')

    assert {one.finder for one in found(html)} <= {"favicon", "inline_svg"}


def test_a_drawing_that_only_style_sheets_paint_is_black() -> None:
    html = HEADER.format(f'<svg fill="none" viewBox="0 0 90 30">{SHAPE}</svg>')

    assert b"none" not in (best(html).data or b"none")


def test_a_symbol_is_brought_along_with_its_view_box() -> None:
    sprite = f'<svg><symbol id="mark-logo" viewBox="0 0 90 20">{SHAPE}</symbol></svg>'
    use = '<svg><use xlink:href="#mark-logo"></use></svg>'

    choice = best(sprite + HEADER.format(use) + ICON)

    assert choice.data is not None
    assert b'<symbol id="mark-logo" viewBox="0 0 90 20">' in choice.data
    assert "its title or symbol says 'logo'" in rules(choice)


def test_a_symbol_in_another_file_is_an_address() -> None:
    use = '<svg class="logo"><use href="/sprite.svg#brand"></use></svg>'

    assert address(HEADER.format(use)) == "sprite.svg#brand"


def test_a_social_image_without_the_word_stays_below_every_icon() -> None:
    html = '<meta property="og:image" content="/banner.jpg"><img src="/photo.jpg">'

    assert addresses(html) == ["favicon.ico", "apple-touch-icon.png", "banner.jpg", "photo.jpg"]


def test_a_social_image_called_logo_beats_the_icons() -> None:
    html = '<meta property="og:image" content="/img/logo.png">' + ICON

    assert address(html) == "img/logo.png"


@pytest.mark.parametrize("content", ["", "  ", "#"])
def test_an_empty_social_image_is_nothing(content: str) -> None:
    html = f'<meta property="og:image" content="{content}">'

    assert addresses(html) == ["favicon.ico", "apple-touch-icon.png"]


@pytest.mark.parametrize(
    "document",
    [
        {"@type": "Organization", "logo": "/l.png"},
        [{"@type": "WebSite"}, {"@type": "Organization", "logo": {"url": "/l.png"}}],
        {
            "@graph": [
                {"@type": "Corporation", "logo": [{"@type": "ImageObject", "url": "/l.png"}]}
            ]
        },
        {"publisher": {"@type": "Organization", "logo": {"contentUrl": "/l.png"}}},
        [{"@id": "#l", "url": "/l.png"}, {"@type": "Organization", "logo": {"@id": "#l"}}],
        {"@type": "Organization", "logo": "[/l.png]"},
    ],
)
def test_json_ld_is_read_in_all_its_forms(document: object) -> None:
    assert address(json_ld(document) + ICON) == "l.png"


@pytest.mark.parametrize("role", ["author", "provider", "subOrganization", "itemReviewed"])
def test_the_json_ld_logo_of_somebody_else_is_not_trusted(role: str) -> None:
    document = {"@type": "Article", role: {"@type": "Organization", "logo": "/other.png"}}

    choice = best(json_ld(document))

    assert choice.score < REVIEW_THRESHOLD
    assert "JSON-LD of a person, provider or branch" in rules(choice)


def test_json_ld_that_names_another_site_loses_to_one_that_names_this() -> None:
    other = {"@type": "Organization", "url": "https://fernhill.com/", "logo": "/other.png"}
    own = {"@type": "Organization", "url": "https://otterbrook.com/", "logo": "/own.png"}

    assert address(json_ld([other, own])) == "own.png"


@pytest.mark.parametrize(
    "text",
    [
        '{"@type":"WebSite"}{"@type":"Organization","logo":"/l.png"}',
        '<!-- {"@type":"Organization","logo":"/l.png"} -->',
        '//<![CDATA[\n{"@type":"Organization","logo":"/l.png"}\n//]]>',
        '{"@type":"Organization","name":"Otter\nbrook","logo":"/l.png"}',
        '{"@type":"Organization","price":,"logo":{"@type":"ImageObject","url":"/img/l.png"}}',
    ],
)
def test_broken_json_ld_is_read_as_far_as_it_goes(text: str) -> None:
    html = f'<script type="application/ld+json">{text}</script>' + ICON

    assert address(html).endswith("l.png")


def test_a_tracking_pixel_at_the_start_is_no_logo() -> None:
    pixel = '<img src="https://metrics.example.com/b/ss/1?logo" width="1" height="1">'

    assert address(pixel + HEADER.format('<img src="/mark.png">')) == "mark.png"


def test_a_logo_in_a_style_is_found() -> None:
    html = '<style>.site-logo{background:url("/l.png")}</style><a class="site-logo" href="/">O</a>'

    assert address(html + ICON) == "l.png"


def test_a_logo_in_a_style_attribute_is_found() -> None:
    html = (
        '<header><a class="logo" style="background-image:url(\'/l.png\')" href="/"></a></header>'
    )

    assert address(html + ICON) == "l.png"


def test_a_sheet_of_sprites_is_never_taken_whole() -> None:
    html = "<style>.logo{background:url(/img/sprite.png) -9px 0}</style>" + ICON

    assert addresses(html) == ["icon.png", "favicon.ico", "apple-touch-icon.png"]


def test_a_wall_of_partners_loses_to_an_icon() -> None:
    wall = "".join(f'<li><img class="client-logo" src="/p{n}-logo.png"></li>' for n in range(4))

    assert address(f"<ul>{wall}</ul>" + ICON) == "icon.png"


def test_three_logos_of_the_same_shape_are_a_wall_without_a_telling_name() -> None:
    wall = "".join(f'<b><img class="x" src="/p{n}-logo.png"></b>' for n in range(3))

    assert address(wall + ICON) == "icon.png"


def test_two_logos_of_the_same_shape_are_none() -> None:
    pair = "".join(f'<b><img class="x" src="/p{n}-logo.png"></b>' for n in range(2))

    assert address(pair + ICON) == "p0-logo.png"


def test_the_logo_of_a_consent_manager_loses() -> None:
    consent = '<div id="onetrust-banner"><img class="ot-logo" src="/c/logo.png"></div>'

    assert address(consent + HEADER.format('<img src="/mark.png">')) == "mark.png"


@pytest.mark.parametrize(
    "href",
    ["/", "/en", "/vn/vi/", "/en-US", "/?ref=1", "/Default.aspx", "/index.html",
     "/;jsessionid=1F", "https://otterbrook.com", "//otterbrook.com/us/en/home.html", "/#/"],
)  # fmt: skip
def test_links_home_in_all_their_forms(href: str) -> None:
    choice = best(f'<a href="{href}"><img alt="logo" src="/l.png"></a>')

    assert "in a link to the home page" in rules(choice)


@pytest.mark.parametrize(
    ("href", "rule"),
    [
        ("/products/7", "in a link to another page"),
        ("https://fernhill.com/", "in a link to another site"),
        ("#top", None),
        ("javascript:void(0)", None),
    ],
)
def test_other_links_are_told_apart(href: str, rule: str | None) -> None:
    choice = next(
        one
        for one in found(f'<a href="{href}"><img alt="logo" src="/l.png"></a>')
        if one.source_url.endswith("l.png")
    )

    links = {one for one in rules(choice) if one.startswith("in a link")}
    assert links == ({rule} if rule else set())


def test_a_srcset_may_hold_commas_in_addresses() -> None:
    image = '<img class="logo" srcset="/w_90,h_30/l.png 1x, /w_180,h_60/l.png 2x">'

    assert address(HEADER.format(image)) == "w_180,h_60/l.png"


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ('<base href="/shop/">', "https://www.otterbrook.com/shop/l.png"),
        ('<base href="https://cdn.otterbrook.com/a/">', "https://cdn.otterbrook.com/a/l.png"),
        ('<base target="_top">', "https://www.otterbrook.com/l.png"),
        ('<base href="javascript:1">', "https://www.otterbrook.com/l.png"),
    ],
)
def test_addresses_are_resolved_against_the_base(base: str, expected: str) -> None:
    html = f'<head>{base}</head><img class="logo" src="l.png">'

    assert best(html).source_url == expected


@pytest.mark.parametrize(
    ("src", "expected"),
    [
        ("//cdn.otterbrook.com/l.png", "https://cdn.otterbrook.com/l.png"),
        ("  /l.png\n", "https://www.otterbrook.com/l.png"),
        ("/i?a=1&amp;b=2", "https://www.otterbrook.com/i?a=1&b=2"),
        ("/my logo.png", "https://www.otterbrook.com/my%20logo.png"),
        ("/löwe.png", "https://www.otterbrook.com/l%C3%B6we.png"),
        ("/logo.html", "https://www.otterbrook.com/logo.html"),
        ("\\img\\l.png", "https://www.otterbrook.com/img/l.png"),
    ],
)
def test_addresses_are_put_right(src: str, expected: str) -> None:
    assert best(HEADER.format(f'<img class="logo" src="{src}">')).source_url == expected


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


def test_a_page_without_icons_has_the_two_that_browsers_try() -> None:
    assert addresses("") == ["favicon.ico", "apple-touch-icon.png"]


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


def test_a_frame_called_header_does_not_make_its_content_one() -> None:
    html = '<div class="header-wrapper"><main><img alt="logo" src="/l.png"></main></div>'

    assert "in the page's header" not in rules(best(html))
