"""Which links lead to the home page, and whose pictures they are."""

import pytest

from clustering.pipeline.finders.home_paths import is_home_path
from clustering.pipeline.finders.rules import Rule
from tests.pipeline.finders.pages import ICON, address, best, rules

TITLE = "<title>Otterbrook</title>"
PICTURE = '<img src="/x1.png">'


@pytest.mark.parametrize(
    "path",
    ["/index_de.html", "/home-en.htm", "/index_e.html", "/default.fr.aspx", "/en/index_en.php"],
)
def test_file_of_a_language_is_a_home_page(path: str) -> None:
    assert is_home_path(path)


@pytest.mark.parametrize("path", ["/Default/Ar", "/home/en-us/", "/main/fr/index.php"])
def test_language_behind_the_word_for_home_is_a_home_page(path: str) -> None:
    assert is_home_path(path)


@pytest.mark.parametrize("path", ["/home/ai", "/home/garden", "/default/ar/shop", "/shop/ar"])
def test_section_behind_the_word_for_home_is_none(path: str) -> None:
    assert not is_home_path(path)


@pytest.mark.parametrize("path", ["/ir/", "/ir/index.html", "/PR"])
def test_sections_of_companies_are_no_regions(path: str) -> None:
    assert not is_home_path(path)
    assert is_home_path(path.replace("/ir", "/fr").replace("/PR", "/pr/es"))


@pytest.mark.parametrize("path", ["/index_ai.html", "/home-garden.html", "/main_menu.php"])
def test_file_of_another_word_is_no_home_page(path: str) -> None:
    assert not is_home_path(path)


@pytest.mark.parametrize(
    "link",
    [
        "<div onclick=\"location.href='/'\">{}</div>",
        "<a href=\"javascript:window.location='index.php'\">{}</a>",
        '<a href="#" onclick="location.assign(&quot;/&quot;)">{}</a>',
        '<span><img src="/x1.png" onclick="document.location=\'/\'"></span>',
    ],
)
def test_script_that_leads_home_is_a_home_link(link: str) -> None:
    html = f"{TITLE}<header>{link.format(PICTURE)}</header>{ICON}"

    assert address(html) == "x1.png"
    assert Rule.HOME_LINK in rules(best(html))


def test_address_of_a_link_counts_more_than_its_script() -> None:
    link = f'<a href="/shop" onclick="location.href=\'/\'">{PICTURE}</a>'

    assert address(f"{TITLE}<header>{link}</header>{ICON}") == "icon.png"


def test_in_page_link_to_the_top_leads_home_only_on_the_home_page() -> None:
    html = f'{TITLE}<div><a href="#top">{PICTURE}</a></div>{ICON}'

    assert address(html) == "x1.png"
    assert address(html, "https://www.otterbrook.com/canoes/red") != "x1.png"


def test_button_to_the_top_is_no_logo_beside_an_unlinked_one() -> None:
    logo = '<header><img src="/otterbrook.svg" alt="Otterbrook"></header>'
    pictures = "".join(f'<img src="/p{n}.jpg">' for n in range(4))
    button = '<a href="#top"><img src="/totop.png"></a>'

    assert address(f"{TITLE}{logo}{pictures}{button}{ICON}") == "otterbrook.svg"
    assert address(f"{TITLE}{pictures}{button}{ICON}") == "icon.png"


def test_first_picture_above_a_choice_of_languages_is_the_logo() -> None:
    first = '<a href="home_de.htm"><img src="/x1.png"></a>'
    flags = "".join(
        f'<a href="home_{code}.htm"><img src="/f/{code}.gif"></a>' for code in ("de", "en")
    )

    assert address(f"{TITLE}<center>{first}{flags}</center>{ICON}") == "x1.png"
    assert address(f"{TITLE}<center>{flags}</center>{ICON}") == "icon.png"


@pytest.mark.parametrize(
    "top",
    [
        '<table><tr><td><a href="index.html"><img src="/i/banner.jpg"></a></td></tr></table>',
        '<div id="header"><img src="/i/banner.jpg" alt="Otterbrook"></div>',
        '<div id="header"><a href="#"><img src="/i/top_banner.gif" alt="Otterbrook"></a></div>',
    ],
)
def test_banner_at_the_top_that_leads_home_or_names_the_site_is_its_logo(top: str) -> None:
    assert best(TITLE + top + ICON).finder == "img"


@pytest.mark.parametrize(
    "top",
    [
        '<div id="header"><a href="https://ad.net/"><img src="/i/banner.gif" alt="Ad"></a></div>',
        '<div id="header"><img src="/i/banner.gif" alt="Summer sale"></div>',
        '<main><a href="/"><img src="/i/banner_sale.jpg" alt="Sale"></a></main>',
    ],
)
def test_other_banner_is_no_logo(top: str) -> None:
    pictures = "".join(f'<img src="/p{n}.jpg">' for n in range(4))

    assert best(TITLE + pictures + top + ICON).finder == "icon"


@pytest.mark.parametrize(
    "inside",
    [
        '<span style="background-image:url(/x1.png)"></span>',
        '<i style="--mark:url(/x1.png);background:var(--mark)"></i>',
        '<div data-bg="/x1.png"></div>',
        '<embed src="/x1.png">',
    ],
)
def test_picture_that_an_element_in_the_home_link_paints_is_found(inside: str) -> None:
    assert address(f'{TITLE}<header><a href="/">{inside}</a></header>{ICON}') == "x1.png"


def test_ground_behind_a_picture_in_the_home_link_is_no_logo() -> None:
    painted = '<span style="background-image:url(/ground.png)"></span>'

    html = f'{TITLE}<header><a href="/">{painted}{PICTURE}</a></header>{ICON}'
    assert address(html) == "x1.png"


@pytest.mark.parametrize(
    "menu",
    [
        "<table><tr><td>{}</td><td>{}</td><td>{}</td></tr></table>",
        "<table><tr><td>{}{}{}</td></tr></table>",
        "<ul><li>{}</li><li>{}</li><li>{}</li></ul>",
    ],
)
def test_home_button_of_a_menu_of_pictures_is_no_logo(menu: str) -> None:
    top = '<div><img src="/i/otterbrook.gif" alt="Otterbrook"></div>'
    buttons = menu.format(
        *(f'<a href="{name}.htm"><img src="/i/m_{name}.gif"></a>' for name in ("index", "a", "b"))
    )

    assert address(TITLE + top + buttons + ICON) == "i/otterbrook.gif"
    assert (
        address(f'{TITLE}<div id="header"><img src="/p.jpg">{buttons}</div>{ICON}') == "icon.png"
    )


def test_first_picture_before_a_menu_of_pictures_may_be_the_logo() -> None:
    cells = "".join(
        f'<td><a href="{name}.htm"><img src="/i/{name}1.gif"></a></td>'
        for name in ("index", "a", "b")
    )

    assert address(f"{TITLE}<table><tr>{cells}</tr></table>{ICON}") == "i/index1.gif"


@pytest.mark.parametrize(
    "query",
    [
        "route=common/home", "main_page=index", "option=com_content&view=frontpage&Itemid=1",
        "s=0123456789abcdef0123456789abcdef", "osCsid=6c1b", "___store=fr",
    ],
)  # fmt: skip
def test_query_of_a_shop_or_forum_may_be_that_of_its_home_page(query: str) -> None:
    link = f'<div id="kopf"><a href="/index.php?{query}">{PICTURE}</a></div>'

    assert address(f"{TITLE}{link}{ICON}") == "x1.png"


@pytest.mark.parametrize(
    "query",
    [
        "route=product/category&path=20", "main_page=index&cPath=21", "cPath=7",
        "id_product=4&controller=product", "option=com_virtuemart&Itemid=3", "showtopic=9",
    ],
)  # fmt: skip
def test_query_of_a_category_or_product_is_no_home_page(query: str) -> None:
    link = f'<div id="kopf"><a href="index.php?{query}">{PICTURE}</a></div>'

    assert address(f"{TITLE}{link}{ICON}") == "icon.png"


def test_referrer_in_the_path_leads_home() -> None:
    assert is_home_path("/ref=nav_logo")
    assert not is_home_path("/cat=7")


@pytest.mark.parametrize(
    ("own", "link"),
    [
        ("/global/en/", "/global/en/index.html"),
        ("/global/en/index.html", "/global/en/"),
        ("/index.php/jal", "/index.php/jal/index"),
    ],
)
def test_page_and_its_index_file_are_one_home_page(own: str, link: str) -> None:
    html = f'{TITLE}<header><a href="{link}">{PICTURE}</a></header>{ICON}'

    assert Rule.HOME_LINK in rules(best(html, f"https://www.otterbrook.com{own}"))


def test_empty_address_leads_to_the_page_itself() -> None:
    html = f'{TITLE}<header><a href="">{PICTURE}</a></header>{ICON}'

    assert address(html) == "x1.png"
    assert address(html, "https://www.otterbrook.com/canoes/red") != "x1.png"


def _mapped(first: str) -> str:
    areas = '<area href="kontakt.html"><area href="index.html">'
    return f'{first}<img src="/x1.jpg" usemap="#m"><map name="m">{areas}</map>{ICON}'


def test_header_of_one_picture_leads_home_by_its_image_map() -> None:
    assert address(_mapped("<title>Holz Huber</title>")) == "x1.jpg"


def test_later_image_map_is_a_menu() -> None:
    assert address(_mapped('<img src="/a.jpg"><img src="/b.jpg"><img src="/c.jpg">')) == "icon.png"


def test_only_picture_of_a_page_may_lead_into_the_site() -> None:
    entry = '<a href="/work"><img src="/img/{}.svg" alt="{}"></a>' + ICON

    assert address(TITLE + entry.format("title", "Otterbrook")) == "img/title.svg"
    assert address(TITLE + entry.format("title", "Work")) == "icon.png"


NAMED = '<header><a href="/">Otterbrook</a></header>'


@pytest.mark.parametrize(
    "picture",
    [
        '<div><a href="/"><img src="/a.jpg"></a><a href="/"><img src="/b.jpg"></a></div>',
        '<div class="top"><a href="/"><img src="/a.jpg" width="1600" height="700"></a></div>',
        '<main><a href="/"><img src="/oops.svg" alt="Back to home"></a></main>',
    ],
)
def test_other_picture_that_leads_home_beside_the_name_is_no_logo(picture: str) -> None:
    assert address(f"{TITLE}{NAMED}{picture}{ICON}") == "icon.png"


def test_logo_in_the_header_beside_the_name_is_kept() -> None:
    logo = f'<header><a href="/">{PICTURE}</a><a href="/">Otterbrook</a></header>'

    assert address(f"{TITLE}{logo}{ICON}") == "x1.png"


@pytest.mark.parametrize(("files", "choice"), [("m1 m2 m3", "icon.png"), ("x1 m2 m3", "x1.gif")])
def test_numbered_pictures_are_a_menu(files: str, choice: str) -> None:
    targets = zip(("index.html", "a.html", "b.html"), files.split(), strict=True)
    links = "".join(f'<a href="{link}"><img src="/{file}.gif"></a>' for link, file in targets)

    assert address(f"<h1>Otterbrook</h1><p>{links}</p>{ICON}") == choice


def test_picture_before_the_name_may_be_the_logo() -> None:
    assert address(f'{TITLE}<div><a href="/">{PICTURE}</a></div>{NAMED}{ICON}') == "x1.png"


def test_banner_with_the_name_at_the_top_of_a_table_is_the_logo() -> None:
    top = '<table><tr><td><img src="/img/banner.gif" alt="Otterbrook"></td></tr></table>'

    assert address(f"{TITLE}{top}{ICON}") == "img/banner.gif"
