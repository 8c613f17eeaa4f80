"""Whose logo it is: menus, sponsors, articles, footers, subdomains, renditions."""

import pytest

from clustering.pipeline.finders.ranking import REVIEW_THRESHOLD
from clustering.pipeline.finders.rules import Rule
from tests.pipeline.finders.pages import HEADER, ICON, SHAPE, address, best, rules

TOUCH = '<link rel="apple-touch-icon" sizes="180x180" href="/touch.png">'
OWN = f'<a href="/" class="logo"><svg viewBox="0 0 120 30">{SHAPE}</svg></a>'
SMALL = f'<svg width="18" height="18" viewBox="0 0 18 18">{SHAPE}</svg>'
WIDE = f'<svg viewBox="0 0 140 32">{SHAPE}</svg>'
TITLE = "<title>Salmon soup | Otterbrook</title>"


@pytest.mark.parametrize("section", ["ai", "go", "ar-vr", "tv", "hq"])
def test_two_letter_section_is_no_home_page(section: str) -> None:
    menu = (
        f'<a href="/{section}/"><span class="product-logo" '
        f'style="background:url(/{section}.svg)"></span></a>'
    )

    assert best(f"<header>{OWN}{menu}</header>").finder == "inline_svg"


@pytest.mark.parametrize("code", ["de", "en-us", "pt_BR", "us/en", "zh-hans", "uk"])
def test_language_is_a_home_page(code: str) -> None:
    choice = best(f'<header><a href="/{code}/"><img class="logo" src="/l.png"></a></header>')

    assert choice.score >= REVIEW_THRESHOLD


def test_painted_menu_tiles_lose_to_icons() -> None:
    tiles = "".join(
        f'<a href="/{name}/"><i class="tile-logo" style="background:url(/{name}.svg)"></i></a>'
        for name in ("river", "lake")
    )

    assert address(f"<header>{tiles}</header>{TOUCH}") == "touch.png"


def test_painted_wall_of_partners_loses_to_icons() -> None:
    wall = "".join(f'<div class="logo" style="background:url(/{n}.svg)"></div>' for n in range(4))

    assert address(f"<header>{wall}</header>{TOUCH}") == "touch.png"


def test_painted_flags_lose_to_icons() -> None:
    flags = "".join(
        f'<a href="/{code}/"><i class="logo" style="background:url(/{code}.svg)"></i></a>'
        for code in ("de", "fr", "it")
    )

    assert address(f"<header>{flags}</header>{TOUCH}") == "touch.png"


@pytest.mark.parametrize(
    "sponsors",
    [
        '<div class="tile_logo"><img src="/fernhill-logo.png" alt="Fernhill logo"></div>',
        '<ul><li class="logo"><img src="/a.png" alt="Logo Fernhill"></li></ul>',
        '<p class="logo"><img src="/a.png" alt="Fernhill"></p>'
        '<p class="logo"><img src="/b.png" alt="Marlow"></p>',
        '<div class="head_logo"></div><p class="logo"><img src="/a.png" alt="Fernhill"></p>',
        '<a href="/radio/"><img src="/iconlogo.png" alt="RadioOB Logo"></a>',
    ],
)
def test_unlinked_logo_of_others_in_the_header_loses_to_icons(sponsors: str) -> None:
    assert address(f"<header>{sponsors}</header>{TOUCH}") == "touch.png"


def test_one_of_the_first_logos_with_the_sites_name_may_link_to_another_page() -> None:
    logo = '<div><a href="/Sider/{}.aspx"><img src="/b_logo.gif" alt="{}"></a></div>'

    assert address(TOUCH + logo.format("default", "Otterbrook")) == "b_logo.gif"
    assert best(TOUCH + logo.format("default", "Otterbrook")).score < REVIEW_THRESHOLD
    assert address(TOUCH + logo.format("default", "Fernhill")) == "touch.png"


@pytest.mark.parametrize("file", ["nav1.gif", "gnav_01.png", "nav-2.jpg", "lien-accueil.png"])
def test_picture_of_a_menu_loses_to_icons(file: str) -> None:
    assert address(f'<td><a href="/"><img src="/{file}"></a></td>{TOUCH}') == "touch.png"


PAINTED = '<header><a class="logo" href="/"></a>{}</header>'


@pytest.mark.parametrize(
    "logo",
    [
        '<a class="logo" href="/pro"><img src="/pro.svg" alt="Otterbrook Pro"></a>',
        '<a class="logo" href="/jubilee"><img src="/25-years.png"></a>',
        '</header><main><img src="/otterbrook-cup-logo.png" alt="Otterbrook Cup">',
        '<div style="display:none"><img src="/logo.png"></div>',
        '<div class="partners"><img class="logo" src="/1.png" alt="logo"></div>',
    ],
)
def test_other_logos_lose_to_icons_where_a_sheet_paints_the_link_home(logo: str) -> None:
    assert address(PAINTED.format(logo) + TOUCH) == "touch.png"


@pytest.mark.parametrize("link", ['<a id="x" href="/"></a>', '<a href="/">Otterbrook</a>'])
def test_logo_of_another_beside_a_link_home_without_a_picture_loses_to_icons(link: str) -> None:
    other = '<img class="logo" src="/fernhill.png" alt="Fernhill logo">'

    assert address(f"<header>{link}{other}</header>{TOUCH}") == "touch.png"


@pytest.mark.parametrize("file", ["phone.png", "hotline-2.gif", "whatsapp.svg", "e-mail.png"])
def test_picture_of_a_way_to_reach_people_loses_to_icons(file: str) -> None:
    row = f'<header class="logo-row"><img src="/img/{file}"></header>'

    assert address(row + TOUCH) == "touch.png"


def test_exact_name_ties_a_logo_beside_a_painted_link_home() -> None:
    logo = '<a class="logo" href="/start/7"><img src="/otterbrook.svg"></a>'

    assert address(PAINTED.format(logo) + TOUCH) == "otterbrook.svg"


def test_sister_site_loses_to_the_own_picture_of_a_page_without_a_header() -> None:
    sister = '<a href="https://www.otterbrook.org/"><img src="/logo-kids.svg" alt="logo"></a>'
    own = '<a href="/"><img src="/7.svg" alt="Otterbrook"></a>'

    assert address(sister + own + TOUCH) == "7.svg"


def test_logo_of_the_whole_site_in_the_footer_of_a_part_loses_to_icons() -> None:
    whole = '<a href="https://www.otterbrook.com/"><img class="logo" src="/{}.svg"></a>'
    url = "https://lab.otterbrook.com/"

    own = f"<footer>{whole.format('otterbrook')}</footer>{TOUCH}"
    assert best(own, url).source_url == f"{url}touch.png"
    header = f"<header>{whole.format('otterbrook')}</header>{TOUCH}"
    assert best(header, url).source_url == f"{url}otterbrook.svg"


def test_single_unlinked_logo_with_another_name_goes_to_review() -> None:
    choice = best(f'<header><img class="logo" src="/a.png" alt="O. and Sons"></header>{TOUCH}')

    assert choice.source_url.endswith("/a.png")
    assert choice.score < REVIEW_THRESHOLD


def test_file_name_in_place_of_a_text_names_nobody() -> None:
    alt = "OB_Logo_Final.png"

    html = f'<header><img class="logo" src="/a.png" alt="{alt}"></header>{TOUCH}'
    assert Rule.OTHER_NAME not in rules(best(html))


@pytest.mark.parametrize(
    ("dark", "light"),
    [
        ('src="/otterbrook-white.svg"', 'src="/otterbrook-black.svg"'),
        ('class="h-8 hidden dark:block" src="/1.svg"', 'class="h-8 dark:hidden" src="/2.svg"'),
    ],
)
def test_rendition_for_dark_ground_loses_to_its_twin(dark: str, light: str) -> None:
    choice = best(HEADER.format(f"<img {dark}><img {light}>"))

    assert light.endswith(f'{choice.source_url.rpartition("/")[2]}"')


def test_unlinked_logo_with_the_sites_name_is_trusted() -> None:
    choice = best('<header><img class="logo" src="/a.png" alt="Otterbrook logo"></header>')

    assert choice.score >= REVIEW_THRESHOLD


@pytest.mark.parametrize("title", [TITLE, "<title>Salmon soup</title>"])
def test_image_of_an_article_loses_to_icons(title: str) -> None:
    hero = '<article><header><img src="/p/7.jpg" alt="Salmon soup"></header></article>'

    assert address(title + TOUCH + hero, "https://www.otterbrook.com/p/7") == "touch.png"


def test_own_logo_in_the_header_of_an_article_is_trusted() -> None:
    own = HEADER.format('<img src="/otterbrook.svg" alt="Otterbrook">')
    choice = best(TITLE + f"<article>{own}</article>" + TOUCH, "https://www.otterbrook.com/p/7")

    assert choice.source_url.endswith("/otterbrook.svg")
    assert choice.score >= REVIEW_THRESHOLD


def test_own_logo_among_brands_in_a_sister_link_is_trusted() -> None:
    header = (
        '<header><nav class="brands-nav"><a href="https://otterbrook-group.com/">'
        '<img src="/7c.svg" alt="Otterbrook logo"></a></nav></header>'
    )
    tile = '<main><img src="/logo-light-otterbrook.svg" alt="Otterbrook logo"></main>'

    assert address(header + tile) == "7c.svg"


def test_logo_of_another_brand_among_brands_loses_to_icons() -> None:
    header = (
        '<header><nav class="brands-nav"><a href="https://fernhill.com/">'
        '<img src="/7c.svg" alt="Fernhill logo"></a></nav></header>'
    )

    assert address(header + TOUCH) == "touch.png"


@pytest.mark.parametrize(
    "footer", ['<img src="/otterbrook-white.png">', '<img src="/w.png" alt="Otterbrook">']
)
def test_only_brand_image_in_the_footer_beats_icons(footer: str) -> None:
    choice = best(f'<a class="logo" href="/"></a><footer>{footer}</footer>{TOUCH}')

    assert choice.finder == "img"
    assert choice.score < REVIEW_THRESHOLD


@pytest.mark.parametrize(
    "footer",
    [
        '<img src="/fernhill.png" alt="Fernhill">',
        '<a href="https://x.org/"><img src="/otterbrook.png"></a>',
        '<img src="/otterbrook-harbour.jpg" alt="Harbour">',
    ],
)
def test_other_footer_images_lose_to_icons(footer: str) -> None:
    assert address(f"<footer>{footer}</footer>{TOUCH}") == "touch.png"


@pytest.mark.parametrize("label", ["donate", "video"])
def test_department_on_a_subdomain_is_no_home_page(label: str) -> None:
    link = f'<a href="https://{label}.otterbrook.com/"><img src="/a1.png" alt=""></a>'

    assert address(f"<header>{link}</header>{TOUCH}") == "touch.png"


@pytest.mark.parametrize("label", ["www.", "", "de."])
def test_whole_site_is_a_weaker_home_of_a_subdomain(label: str) -> None:
    link = f'<a href="https://{label}otterbrook.com/"><img src="/a1.png" alt=""></a>'

    choice = best(f"<header>{link}</header>{TOUCH}", "https://shop.otterbrook.com/")
    assert choice.source_url.endswith("/a1.png")
    assert choice.score < REVIEW_THRESHOLD


def test_article_by_query_is_not_a_home_page() -> None:
    link = '<header><a href="?issue=198"><img src="/a1.png" alt=""></a></header>'

    assert address(link + TOUCH, "https://www.otterbrook.com/news?issue=186") == "touch.png"


def test_subdomain_is_a_name() -> None:
    page = '<header><a href="../intro/"><img src="/i/kingfisher-name.svg"></a></header>' + ICON

    assert best(page, "https://kingfisher.otterbrook.com/en/").source_url.endswith("name.svg")
    assert best(page, "https://docs.otterbrook.com/en/").source_url.endswith("icon.png")


@pytest.mark.parametrize(
    "icon",
    [
        f'<div class="breadcrumbs"><a href="/">{SMALL}</a></div>',
        f'<ul><li><a href="/">{SMALL}</a></li></ul>',
        f'<a href="/" aria-label="Home">{SMALL}</a>',
        '<a href="/" class="close"><img src="/i/close-x.png" alt="Close"></a>',
        f'<a href="/">Otterbrook</a><a href="/">{SMALL}</a>',
        '<a href="/"><img src="/icons/house.svg"></a>',
        '<a href="/"><svg viewBox="0 0 48 48"><use href="#icon-home"/></svg></a>',
        '<a href="/"><img src="/i/7.svg" width="20" height="20" alt="Home"></a>',
    ],
)
def test_interface_icon_in_a_home_link_loses_to_icons(icon: str) -> None:
    assert address(f"<header>{icon}</header>{TOUCH}") == "touch.png"


def test_small_square_logo_in_the_only_home_link_is_kept() -> None:
    assert best(HEADER.format(SMALL) + TOUCH).finder == "inline_svg"
    named = f'<ul><li><a href="/" class="logo">{SMALL}</a></li></ul>'
    assert best(f"<header>{named}</header>{TOUCH}").finder == "inline_svg"


@pytest.mark.parametrize(
    ("white", "colour"),
    [("logo-white.svg", "logo.svg"), ("otter_neg.png", "otter_rgb.png"),
     ("logo-inverse.4f9a2c1b.svg", "logo-colour.77ab01cd.svg"),
     ("Otter_White.png", "Otter_Black.png")],
)  # fmt: skip
def test_white_rendition_loses_to_its_coloured_twin(white: str, colour: str) -> None:
    first = HEADER.format(f'<img class="logo" src="/{white}">')
    second = f'<div class="logo"><a href="/"><img src="/{colour}"></a></div>'

    assert address(first + second) == colour
    assert address(first) == white


HIDDEN = '<span class="{}">{}</span>'


@pytest.mark.parametrize("picture", ['<img src="/x1.png" alt="">', WIDE])
def test_hidden_text_of_its_link_names_a_picture(picture: str) -> None:
    header = '<header><nav><a href="#">{}{}</a><a href="/x">X</a></nav></header>'

    own = best(TITLE + header.format(HIDDEN.format("sr-only", "Otterbrook"), picture) + TOUCH)
    assert own.finder in {"img", "inline_svg"}
    assert Rule.BRAND_NAME in rules(own)
    for other in (HIDDEN.format("sr-only", "Open menu"), ""):
        assert best(TITLE + header.format(other, picture) + TOUCH).finder == "touch_icon"
