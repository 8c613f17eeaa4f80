"""Logos in style rules, custom properties, serialised state and custom elements."""

import pytest

from clustering.pipeline.finders.ranking import REVIEW_THRESHOLD
from tests.pipeline.finders.pages import ICON, SHAPE, address, best

TOUCH = '<link rel="apple-touch-icon" sizes="180x180" href="/touch.png">'
TITLED = '<header><p class="site-title"><a href="/">Otterbrook</a></p></header>'


@pytest.mark.parametrize(
    "selector",
    [".site-title a", "header .site-title > a", "p.site-title a:before", "h2, .site-title a"],
)
def test_file_name_says_logo_where_the_selector_does_not(selector: str) -> None:
    style = f"<style>{selector}{{background:url(/theme/logo.svg)}}</style>"

    assert address(TOUCH + style + TITLED) == "theme/logo.svg"


@pytest.mark.parametrize(
    "style",
    [
        ".absent a{background:url(/theme/logo.svg)}",
        ".site-title a:hover{background:url(/logo.svg)}",
        "header{background:url(/logo-background.svg)}",
        "footer .site-title a{background:url(/logo.svg)}",
    ],
)
def test_file_name_does_not_count_for_other_elements(style: str) -> None:
    assert address(f"{TOUCH}<style>{style}</style>{TITLED}") == "touch.png"


def test_style_attribute_with_a_logo_file_beats_the_default_icon() -> None:
    assert address('<div class="top"><i style="background:url(/i/logo_x.png)"></i></div>') == (
        "i/logo_x.png"
    )


@pytest.mark.parametrize(
    "page",
    [
        '<header><a class="logo" href="/" data-bg="/v/w.png"></a></header>',
        '<div class="menu__logo"><img width="1" height="1" src="/v/w.svg" alt=""></div>',
        '<h1><img src="/v/otterbrook.svg" alt="Otterbrook"></h1><img src="/1.jpg">',
        '<div><img src="/v/soon.png" alt="Otterbrook"><p>We open soon</p></div>',
    ],
)
def test_logo_of_a_page_with_few_signs_beats_icons(page: str) -> None:
    assert address(TOUCH + page).startswith("v/")


@pytest.mark.parametrize(
    "style",
    [
        ":root{--mark:url(/v/w.svg)}.logo{background:var(--mark)}",
        ":root{--logo:url('/v/w.svg')}.site-title a{background:no-repeat var(--logo) center}",
        ".logo{background-image:var( --brand-logo )}:root{--brand-logo: url(/v/w.svg)}",
    ],
)
def test_custom_property_is_resolved(style: str) -> None:
    page = (
        f'<style>{style}</style><header class="site-title"><a class="logo" href="/"></a></header>'
    )

    assert address(page + TOUCH) == "v/w.svg"


def test_custom_property_of_another_element_is_ignored() -> None:
    style = (
        "<style>:root{--tile:url(/v/w.svg)}.tile{background:var(--tile)}.logo{color:red}</style>"
    )

    assert address(f'{style}<header><a class="logo" href="/"></a></header>{TOUCH}') == "touch.png"


@pytest.mark.parametrize(
    "script",
    [
        'self.__next_f.push([1,"{\\"header\\":{\\"logo\\":{\\"url\\":\\"/s/w.svg\\"}}}"])',
        'window.__STATE__={"siteLogo":"\\u002Fs\\u002Fw.svg"}',
        'var x = {"brand": {"logoUrl": "/s/w.svg?v=2"}}',
        '{"props":{"logo":{"alt":"Otterbrook","src":"/s/w.svg","width":120}}}',
    ],
)
def test_logo_in_serialised_state_beats_icons(script: str) -> None:
    choice = best(f"<script>{script}</script>{TOUCH}")

    assert choice.source_url.partition("?")[0].endswith("/s/w.svg")
    assert choice.score < REVIEW_THRESHOLD


@pytest.mark.parametrize(
    "script",
    [
        '{"partners":[{"name":"Fernhill","logo":"/s/f.svg"}]}',
        '{"a":{"logo":"/1.svg"},"b":{"logo":"/2.svg"},"c":{"logo":"/3.svg"}}',
        '{"logo":{"visible":true},"hero":{"url":"/s/h.png"}}',
        '{"partnerLogo":"/s/f.svg"}',
        '{"badge":{"logo":"/provider-logos/fernhill.svg"}}',
    ],
)
def test_logo_of_others_in_serialised_state_loses_to_icons(script: str) -> None:
    assert address(f"<script>{script}</script>{TOUCH}") == "touch.png"


@pytest.mark.parametrize("name", ["data-uia", "data-qa", "data-framer-name"])
def test_data_attribute_that_says_logo_counts(name: str) -> None:
    drawing = f'<svg viewBox="0 0 40 40">{SHAPE}</svg>'
    html = f'<header><span {name}="Header Logo">{drawing}</span></header>{ICON}'

    assert best(html).finder == "inline_svg"


def test_address_or_json_in_a_data_attribute_says_nothing() -> None:
    drawing = f'<svg viewBox="0 0 40 40" data-url="/logo.svg">{SHAPE}</svg>'
    html = f"<header><span data-props='{{\"logo\": 1}}'>{drawing}</span></header>{ICON}"

    assert address(html) == "icon.png"


@pytest.mark.parametrize("name", ["logo", "logo-src", "logo-url"])
def test_logo_attribute_of_a_custom_element_beats_icons(name: str) -> None:
    assert address(f'<otter-header {name}="/w.svg"></otter-header>{TOUCH}') == "w.svg"
    partner = f'<partner-tile {name}="/w.svg"></partner-tile>'
    assert address(partner + TOUCH) == "touch.png"


def test_preloaded_logo_beats_icons() -> None:
    link = '<link rel="preload" as="image" href="/i/{}">'

    assert address(link.format("logo.svg") + TOUCH) == "i/logo.svg"
    assert address(link.format("otterbrook-logo-winter.svg") + TOUCH) != "touch.png"
    assert address(link.format("fernhill-logo.svg") + TOUCH) == "touch.png"


@pytest.mark.parametrize(
    "header",
    [
        '<a href="/" style="background:url(/v/w.svg)"></a>',
        '<h1 style="background-image: url(\'/v/w.svg\')"><a href="/">Otterbrook</a></h1>',
        '<a class="logo" href="/"><img src="/img/clear.gif" style="background:url(/v/w.svg)"></a>',
        '<a class="nav__logo" href="/"><icon data-delayed-url="/v/w.svg"></icon></a>',
    ],
)
def test_painted_or_delayed_logo_of_the_home_link_beats_icons(header: str) -> None:
    assert address(f"{TOUCH}<header>{header}</header>") == "v/w.svg"


@pytest.mark.parametrize(
    "part",
    [
        '<a href="/sale" style="background:url(/v/w.svg)"></a>',
        '<div style="background:url(/v/w.svg)"><a href="/">Home</a><a href="/shop">Shop</a></div>',
    ],
)
def test_painted_part_of_the_header_is_no_logo(part: str) -> None:
    assert address(f"{TOUCH}<header>{part}</header>") == "touch.png"


def test_drawing_whose_symbol_a_script_inserts_loses_to_icons() -> None:
    drawing = '<svg class="icon-logo"><use href="#icon-logo"></use></svg>'

    assert (
        address(f'{TOUCH}<header><a class="logo" href="/">{drawing}</a></header>') == "touch.png"
    )


def test_logo_in_the_configuration_of_a_custom_element_beats_icons() -> None:
    config = "{&quot;brand&quot;:{&quot;logo&quot;:{&quot;src&quot;:&quot;/s/w.svg&quot;}}}"

    assert address(f'<otter-header data-config="{config}"></otter-header>{TOUCH}') == "s/w.svg"


def test_mask_of_the_home_link_named_twice_is_no_sprite_sheet() -> None:
    style = "mask:url(/i/wordmark.svg);-webkit-mask:url(/i/wordmark.svg)"
    html = f'<style>.home{{{style}}}</style><header><a class="home" href="/"></a></header>{ICON}'

    assert address(html) == "i/wordmark.svg"


def test_ground_attribute_of_a_table_is_a_background() -> None:
    html = '<table><tr><td background="/i/{}.jpg">&nbsp;</td></tr></table>' + ICON

    assert address(html.format("logo_otterbrook")) == "i/logo_otterbrook.jpg"
    assert address(html.format("paper")) == "icon.png"
