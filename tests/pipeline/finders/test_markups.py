"""How pages of every make mark up their logo, and what stands beside it."""

import pytest

from clustering.pipeline.errors import FetchError
from clustering.pipeline.finders.linked_files import wanted_files
from clustering.pipeline.finders.page_result import look as look_at
from clustering.pipeline.finders.ranking import REVIEW_THRESHOLD
from clustering.pipeline.finders.rules import Rule
from clustering.pipeline.web import Response
from tests.pipeline.finders.pages import HEADER, ICON, SHAPE, URL, address, best, page, rules
from tests.pipeline.finders.played_web import LOGO, Answer, PlayedWeb, code, look

TITLE = "<title>Otterbrook</title>"
LINKED = '<a href="/"><img src="/l.png" alt="Otterbrook"></a>'


@pytest.mark.parametrize(
    "image",
    [
        '<img src="/grey.gif" data-original="/l.png" alt="Otterbrook">',
        '<img src="/loading.gif" data-src="/l.png" alt="Otterbrook">',
        '<img ng-src="/l.png" alt="Otterbrook">',
        '<img src="{{ logo.src }}"><noscript><img src="/l.png" alt="Otterbrook"></noscript>',
        '<img src="/o_{width}x.png"><noscript><img src="/l.png" alt="Otterbrook"></noscript>',
        '<img src="<%= logo %>"><img src="/l.png" alt="Otterbrook">',
    ],
)
def test_what_a_script_would_put_in_place_is_read_where_it_is_named(image: str) -> None:
    assert address(HEADER.format(image) + ICON) == "l.png"


@pytest.mark.parametrize(
    "shape",
    ["<svg>{}</svg>", '<a href="#">{}</a>', "<switch>{}</switch>", "<line x2='9'/>"],
)
def test_a_drawing_inside_another_element_is_a_drawing(shape: str) -> None:
    drawing = f'<svg viewBox="0 0 90 30">{shape.format(SHAPE)}</svg>'

    assert best(HEADER.format(drawing) + ICON).finder == "inline_svg"


def test_an_articles_picture_in_a_link_to_itself_leads_not_home() -> None:
    url = f"{URL}2015/11/the-otter-that-built-a-brook"
    html = (
        "<title>The otter that built a brook</title><header class='entry-header'>"
        f"<a href='{url}'><img src='/up/hero.jpg' alt='The otter that built a brook'></a></header>"
    )

    assert best(html + ICON, url).finder == "icon"


def test_a_home_page_in_a_folder_is_its_own_home() -> None:
    html = f"<header><a href='{URL}en/shop'><img src='/l.png' alt='Otterbrook'></a></header>"

    assert address(TITLE + html + ICON, f"{URL}en/shop") == "l.png"


def test_the_same_name_in_another_country_is_a_weaker_home() -> None:
    html = "<header><a href='https://www.{}/'><img src='/logo.png'></a></header>"

    own, sister, stranger = (
        best(html.format(host)) for host in ("otterbrook.com", "otterbrook.de", "fernhill.de")
    )

    assert Rule.HOME_LINK in rules(sister)
    assert own.score > sister.score > stranger.score


@pytest.mark.parametrize(
    "opening", ['<div id="header">', '<div id="header"><h1>', '<header><a href="javascript:">']
)
def test_the_first_picture_of_a_header_that_names_the_site_need_lead_nowhere(opening: str) -> None:
    choice = best(f'{TITLE}{opening}<img src="/i/top.jpg" alt="Otterbrook">{ICON}')

    assert choice.source_url == f"{URL}i/top.jpg"
    assert choice.score < REVIEW_THRESHOLD


def test_the_only_picture_that_leads_home_needs_no_word() -> None:
    spacers = '<img src="/spacer.gif"><img src="/1x1.gif"><img src="/a.jpg"><img src="/b.jpg">'
    home = '<a href="/"><img src="/x1.gif" width="200" height="60"></a>'

    assert address(spacers + home + ICON) == "x1.gif"
    assert address(spacers + home + '<a href="/"><img src="/y.gif"></a>' + ICON) == "icon.png"


def test_flags_that_lead_to_the_homes_of_languages_are_no_logos() -> None:
    flags = "".join(
        f'<a href="/{code}/"><img src="/{code}.gif" alt="{code}"></a>' for code in ("en", "de")
    )

    assert address(f'<div id="top">{flags}</div>{ICON}') == "icon.png"
    assert address(f'<div id="top">{LINKED}{flags}</div>{ICON}') == "l.png"


@pytest.mark.parametrize("file", ["nav_home.gif", "home.png", "btn-home.gif", "home_over.gif"])
def test_a_button_that_leads_home_is_no_logo(file: str) -> None:
    html = f'<div class="nav"><a href="/index.html"><img src="/i/{file}"></a></div>'

    assert address(html + ICON) == "icon.png"


@pytest.mark.parametrize("file", ["logo_home.png", "home-logo.png", "header_home.jpg"])
def test_a_logo_of_the_home_page_is_no_button(file: str) -> None:
    assert address(HEADER.format(f'<img src="/i/{file}">') + ICON) == f"i/{file}"


@pytest.mark.parametrize(
    ("text", "is_logo"),
    [
        ("/logo_wide.png", True),
        ("/studiologo.png", True),
        ("/logowanie.png", False),
        ("/logopaedie-kind.jpg", False),
        ("/logoped.png", False),
        ("/psicologo.jpg", False),
        ("/logout.png", False),
    ],
)
def test_words_that_only_hold_the_letters_name_no_logo(text: str, *, is_logo: bool) -> None:
    assert (Rule.LOGO_FILE in rules(best(f'<img src="{text}">'))) is is_logo


@pytest.mark.parametrize("word", ["标志", "לוגו", "شعار", "λογότυπο", "โลโก้", "ロゴ", "логотип"])
def test_a_logo_is_called_so_in_many_languages(word: str) -> None:
    choice = best(f'<header><a href="/"><img src="/l.png" alt="{word}"></a></header>')

    assert {Rule.LOGO_NAME, Rule.FIRST} <= rules(choice)


@pytest.mark.parametrize(
    "json_ld",
    [
        '{"@type":"Organization","logo":{"@type":"ImageObject","width":9,"url":"/l.png",},}',
        '{"@type":"Organization","logo":"https:\\/\\/www.otterbrook.com\\/l.png",}',
        "{&quot;@type&quot;:&quot;Organization&quot;,&quot;logo&quot;:&quot;/i/../l.png&quot;}",
        "{'@type': 'Organization', 'logo': '/img/../l.png'}",
        '{"@type":"WebSite"}</script><script type="application/ld+json">{"logo":"/i/../l.png",}',
        '[{"@id":"#logo","url":"/l.png"},{"@type":"Organization","logo":"#logo"}]',
    ],
)
def test_08_json_that_is_not_quite_json_gives_its_logo(json_ld: str) -> None:
    html = f'<script type="application/ld+json">{json_ld}</script>'

    assert address(html + ICON) == "l.png"


@pytest.mark.parametrize(
    "rule",
    [
        ".logo{background:url(/m.png) 0 -4em}",
        ".logo{background-position:-10px -40px;background-image:url(/m.png)}",
        ".logo,.cart,.search{background:url(/m.png)}",
        ".logo{background:url(/m.png)}.cart{background:url(/m.png)}.x{background:url(/m.png)}",
    ],
)
def test_11_a_window_onto_a_sheet_of_pictures_is_no_logo(rule: str) -> None:
    html = f'<style>{rule}</style><a class="logo" href="/">O</a>'

    assert address(html + ICON) == "icon.png"


def test_11_nor_is_one_in_a_style_attribute() -> None:
    html = '<a class="logo" href="/" style="background:url(/m.png) 0 -90px">O</a>'

    assert address(html + ICON) == "icon.png"


@pytest.mark.parametrize("state", ["", ":after", ":before"])
def test_the_ground_of_a_logo_loses_to_the_logo_on_it(state: str) -> None:
    style = f"<style>.logo{state}{{background:url(/bg.jpg) repeat-x}}</style>"

    assert address(f'{style}<div class="logo">{LINKED}</div>{ICON}') == "l.png"


@pytest.mark.parametrize(
    ("selector", "element"),
    [
        ("#siteLogo", '<a id="siteLogo" href="/">O</a>'),
        (".Logo", '<a class="Logo" href="/">O</a>'),
        ("#masthead", '<a id="masthead" href="/">O</a>'),
        (".navbar-brand", '<a class="navbar-brand" href="/">O</a>'),
        (".logo, .footer-logo", '<a class="logo" href="/">O</a>'),
        ("/* partner logos */ .logo", '<a class="logo" href="/">O</a>'),
    ],
)
def test_10_a_rule_finds_its_element_however_it_is_written(selector: str, element: str) -> None:
    assert (
        address(f"<style>{selector}{{background:url(/l.png)}}</style>{element}{ICON}") == "l.png"
    )


def test_10_a_sites_own_sheets_are_asked_for_before_those_of_libraries() -> None:
    sheets = "".join(
        f'<link rel="stylesheet" href="/css/{name}.css">'
        for name in ("bootstrap.min", "jquery-ui", "x1", "style")
    )
    odd = (
        '<link rel="stylesheet" media="print" href="/css/main.css">'
        '<link rel="alternate stylesheet" href="/css/theme.css">'
    )

    wanted = wanted_files(page(f'{odd}{sheets}<a class="logo" href="/">O</a>'))

    assert wanted == [f"{URL}css/style.css", f"{URL}css/x1.css"]


@pytest.mark.parametrize(
    "words",
    [
        '<script src="/_Incapsula_Resource?x=1"></script>',
        "<p>Unlimited domain parking</p>",
        "<p>Find out if your domain is for sale</p>",
        "<title>Captcha Creek Farm</title>",
        "<title>Home Security Checklists</title>",
    ],
)
def test_22_a_furnished_page_is_no_wall_and_not_for_sale(words: str) -> None:
    home = Response(URL, 200, {}, f"{words}<header>{LINKED}</header>".encode())

    assert look_at(home, {}).obstacle == ""


def test_23_a_page_of_a_parking_service_is_parked_however_it_is_furnished() -> None:
    html = '<header><a href="/">O</a></header><script src="//img.sedoparking.com/x.js"></script>'

    assert look_at(Response(URL, 200, {}, html.encode()), {}).obstacle == "parked"


def test_24_a_site_that_answers_at_www_without_tls_alone_is_found() -> None:
    home = "http://www.otterbrook.com/"

    pages: dict[str, Answer] = {
        "https://www.otterbrook.com/": FetchError("connect"),
        home: LOGO.format("/l.png"),
        f"{home}l.png": "90x30",
    }

    assert look(PlayedWeb(pages)).final_url == home
    assert code({home: LOGO.format("/l.png")}) == "dns"


def test_a_page_that_reloads_itself_is_a_page() -> None:
    html = f'<meta http-equiv="refresh" content="3; url={URL.rstrip("/")}">{LINKED}'

    assert look_at(Response(URL, 200, {}, html.encode()), {}).refresh == ""
