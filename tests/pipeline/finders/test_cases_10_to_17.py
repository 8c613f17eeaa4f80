"""Edge cases 10 to 17: style sheets, other organisations, links, addresses."""

import pytest

from clustering.pipeline.finders.ranking import REVIEW_THRESHOLD
from clustering.pipeline.finders.rules import Rule
from clustering.pipeline.finders.srcset import sources
from tests.pipeline.finders.pages import (
    HEADER,
    ICON,
    SHAPE,
    URL,
    address,
    addresses,
    best,
    found,
    rules,
    seen,
)
from tests.pipeline.finders.played_web import PlayedWeb, look


def test_10_style_sheet_is_read_if_logo_element_has_no_image() -> None:
    home = "https://otterbrook.com/"
    html = (
        '<link rel="stylesheet" href="/css/a.css"><a class="logo" href="/">Otterbrook</a>' + ICON
    )
    sheet = "a.logo { background: url(../img/mark.png) no-repeat }"
    pages = {home: html, home + "css/a.css": sheet, home + "img/mark.png": "90x30"}

    site = look(PlayedWeb(pages))

    assert (site.kind, site.captures[0].candidate.finder) == ("logo", "style")


def test_10_at_most_two_own_style_sheets_are_requested() -> None:
    links = "".join(f'<link rel="stylesheet" href="/{n}.css">' for n in range(4))
    foreign = '<link rel="stylesheet" href="https://cdn.example.com/0.css">'
    html = f'{foreign}{links}<a class="logo" href="/">Otterbrook</a>'

    assert seen(html).files == (f"{URL}0.css", f"{URL}1.css")


def test_10_no_style_sheet_is_requested_if_logo_element_has_an_image() -> None:
    html = '<link rel="stylesheet" href="/a.css"><footer class="logo"><img src="/l.png"></footer>'

    assert seen(html).files == ()


def test_10_background_in_style_attribute_is_found_after_many_others() -> None:
    sheet = "".join(f".a{n}{{background:url(/a{n}.png)}}" for n in range(400))
    html = (
        f"<style>{sheet}</style>"
        '<a class="logo" href="/" title="a > b" style="background:url(/brand.png)"></a>'
    )

    assert address(html + ICON) == "brand.png"


def test_10_background_in_foreign_link_is_not_the_logo() -> None:
    html = (
        "<style>.acme-logo{background:url(/acme.png)}</style>"
        '<main><a class="acme-logo" href="https://acme.example.com/"></a></main>'
    )

    assert address(html + ICON) == "icon.png"


def test_11_sprite_sheet_is_never_the_logo() -> None:
    html = "<style>.logo{background:url(/img/sprite.png) -9px 0}</style>" + ICON

    assert addresses(html) == ["icon.png", "favicon.ico", "apple-touch-icon.png"]


@pytest.mark.parametrize(
    "rule",
    [
        "background:url(/img/main.png) -9px 0",
        "background:url(/img/main.png);height:9px;background-position: 0 -120px",
    ],
)
def test_11_offset_background_is_a_sprite_sheet(rule: str) -> None:
    html = f'<style>.logo{{{rule}}}</style><a class="logo" href="/"></a>'

    assert address(html + ICON) == "icon.png"


def test_11_text_indent_is_not_a_sprite_offset() -> None:
    rule = "background:url(/l.png) no-repeat;text-indent:-9999px"
    html = f'<style>.logo{{{rule}}}</style><a class="logo" href="/">O</a>'

    assert address(html + ICON) == "l.png"


def test_11_symbol_sheet_draws_nothing() -> None:
    sheet = f'<svg class="logo"><symbol id="a" viewBox="0 0 9 9">{SHAPE}</symbol></svg>'

    assert address(f"<header>{sheet}</header>" + ICON) == "icon.png"


def test_12_a_wall_of_partners_loses_to_an_icon() -> None:
    wall = "".join(f'<li><img class="client-logo" src="/p{n}-logo.png"></li>' for n in range(4))

    assert address(f"<ul>{wall}</ul>" + ICON) == "icon.png"


def test_12_three_logos_with_one_signature_are_a_wall() -> None:
    wall = "".join(f'<b><img class="x" src="/p{n}-logo.png"></b>' for n in range(3))

    assert address(wall + ICON) == "icon.png"


def test_12_two_logos_with_one_signature_are_not_a_wall() -> None:
    pair = "".join(f'<b><img class="x" src="/p{n}-logo.png"></b>' for n in range(2))

    assert address(pair + ICON) == "p0-logo.png"


def test_12_unattributed_logo_loses_to_icon() -> None:
    friend = '<main><p>Our friends</p><img alt="Fernhill logo" src="/f-logo.png"></main>'

    assert address("<p>" + "<img src=/p.jpg>" * 3 + friend + ICON) == "icon.png"


def test_12_logo_in_foreign_link_loses_to_icon() -> None:
    html = '<a href="https://fernhill.com/"><img class="logo" alt="Made by" src="/logo.png"></a>'

    assert address(html + ICON) == "icon.png"


def test_12_only_logo_of_a_page_goes_to_review() -> None:
    html = "<img src=/a.jpg><img src=/b.jpg><img src=/c.jpg><img src=/logo_main.png>"

    choice = best(html + ICON)

    assert choice.source_url.endswith("logo_main.png")
    assert choice.score < REVIEW_THRESHOLD


def test_13_the_logo_of_a_consent_manager_loses() -> None:
    consent = '<div id="onetrust-banner"><img class="ot-logo" src="/c/logo.png"></div>'

    assert address(consent + HEADER.format('<img src="/mark.png">')) == "mark.png"


@pytest.mark.parametrize(
    "mark",
    [
        "https://cdn.cookielaw.org/logos/static/ot_company_logo.png",
        "https://cdn.cookielaw.org/logos/static/powered_by_logo.svg",
        "https://consent.trustarc.com/logo.png",
        "https://cdn.cookieyes.com/assets/logo.svg",
    ],
)
def test_13_consent_managers_own_logo_is_rejected(mark: str) -> None:
    html = f'<header><img class="logo" alt="Company Logo" src="{mark}"></header>'

    assert address(html + ICON) == "icon.png"


def test_13_site_logo_in_consent_dialog_is_a_fallback() -> None:
    kept = "https://cdn.cookielaw.org/logos/7a1c/logo.png"
    html = f'<div id="onetrust-banner"><img alt="Otterbrook logo" src="{kept}"></div>'

    choice = best(html)

    assert (choice.source_url, choice.score < REVIEW_THRESHOLD) == (kept, True)


@pytest.mark.parametrize(
    "href",
    ["/", "/en", "/vn/vi/", "/en-US", "/?ref=1", "/Default.aspx", "/index.html",
     "/;jsessionid=1F", "https://otterbrook.com", "//otterbrook.com/us/en/home.html", "/#/"],
)  # fmt: skip
def test_14_home_link_forms(href: str) -> None:
    choice = best(f'<a href="{href}"><img alt="logo" src="/l.png"></a>')

    assert Rule.HOME_LINK in rules(choice)


@pytest.mark.parametrize(
    ("href", "rule"),
    [
        ("/products/7", Rule.PAGE_LINK),
        ("https://fernhill.com/", Rule.SITE_LINK),
        ("#gallery", None),
        ("javascript:void(0)", None),
    ],
)
def test_14_other_link_kinds(href: str, rule: Rule | None) -> None:
    choice = next(
        one
        for one in found(f'<a href="{href}"><img alt="logo" src="/l.png"></a>')
        if one.source_url.endswith("l.png")
    )

    links = {Rule.HOME_LINK, Rule.PAGE_LINK, Rule.SITE_LINK}
    assert rules(choice) & links == ({rule} if rule else set())


@pytest.mark.parametrize("href", ["/?p=7", "/index.php?page=shop", "/?id=3&ref=1"])
def test_14_query_for_a_page_is_not_home(href: str) -> None:
    choice = best(f'<header><a href="{href}"><img alt="logo" src="/l.png"></a></header>')

    assert Rule.HOME_LINK not in rules(choice)


@pytest.mark.parametrize("href", ["/web/guest/home", "/index.php?page=home", "/?utm_source=x"])
def test_14_home_link_may_be_deep_or_have_a_query(href: str) -> None:
    choice = best(f'<header><a href="{href}"><img alt="logo" src="/l.png"></a></header>')

    assert Rule.HOME_LINK in rules(choice)


def test_14_branded_image_in_home_link_needs_no_header() -> None:
    html = '<table><a href="/"><img src="/img/top_01.gif" alt="Otterbrook"></a></table>'

    assert address(html + ICON) == "img/top_01.gif"


def test_15_srcset_addresses_may_contain_commas() -> None:
    image = '<img class="logo" srcset="/w_90,h_30/l.png 1x, /w_180,h_60/l.png 2x">'

    assert address(HEADER.format(image)) == "w_180,h_60/l.png"


def test_15_srcset_is_split_as_in_the_standard() -> None:
    text = "a.png, b.png 2x,c.png 640w, data:image/png;base64,AA== 1.5x, ,d,e.png 3x"

    assert [(one.address, one.size) for one in sources(text)] == [
        ("a.png", 1.0),
        ("b.png", 2.0),
        ("c.png", 640.0),
        ("data:image/png;base64,AA==", 1.5),
        ("d,e.png", 3.0),
    ]


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ('<base href="/shop/">', "https://www.otterbrook.com/shop/l.png"),
        ('<base href="https://cdn.otterbrook.com/a/">', "https://cdn.otterbrook.com/a/l.png"),
        ('<base target="_top">', "https://www.otterbrook.com/l.png"),
        ('<base href="javascript:1">', "https://www.otterbrook.com/l.png"),
    ],
)
def test_16_addresses_are_resolved_against_the_base(base: str, expected: str) -> None:
    html = f'<head>{base}</head><img class="logo" src="l.png">'

    assert best(html).source_url == expected


def test_16_icons_are_resolved_against_the_final_url() -> None:
    icon = '<link rel="icon" href="i.png">'

    assert best(icon, url=f"{URL}en/index.html").source_url == f"{URL}en/i.png"


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
def test_17_addresses_are_normalised(src: str, expected: str) -> None:
    assert best(HEADER.format(f'<img class="logo" src="{src}">')).source_url == expected
