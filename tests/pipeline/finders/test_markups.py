"""Markup variants of logos and of the images around them."""

import pytest

from clustering.pipeline.errors import FetchError
from clustering.pipeline.finders.linked_files import wanted_files
from clustering.pipeline.finders.page_result import inspect_page
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
        f'<img src="data:image/jpeg;base64,{"A" * 600}" pagespeed_high_res_src="/l.png">',
    ],
)
def test_image_address_in_any_data_attribute_is_read(image: str) -> None:
    assert address(HEADER.format(image) + ICON) == "l.png"


@pytest.mark.parametrize(
    "shape",
    ["<svg>{}</svg>", '<a href="#">{}</a>', "<switch>{}</switch>", "<line x2='9'/>"],
)
def test_svg_inside_custom_elements_is_found(shape: str) -> None:
    drawing = f'<svg viewBox="0 0 90 30">{shape.format(SHAPE)}</svg>'

    assert best(HEADER.format(drawing) + ICON).finder == "inline_svg"


def test_article_link_to_itself_is_not_a_home_link() -> None:
    url = f"{URL}2015/11/the-otter-that-built-a-brook"
    html = (
        "<title>The otter that built a brook</title><header class='entry-header'>"
        f"<a href='{url}'><img src='/up/hero.jpg' alt='The otter that built a brook'></a></header>"
    )

    assert best(html + ICON, url).finder == "icon"


def test_home_page_in_a_folder_links_to_itself() -> None:
    html = f"<header><a href='{URL}en/shop'><img src='/l.png' alt='Otterbrook'></a></header>"

    assert address(TITLE + html + ICON, f"{URL}en/shop") == "l.png"


def test_same_name_under_another_suffix_is_a_weaker_home() -> None:
    html = "<header><a href='https://www.{}/'><img src='/logo.png'></a></header>"

    own, sister, stranger = (
        best(html.format(host)) for host in ("otterbrook.com", "otterbrook.de", "fernhill.de")
    )

    assert Rule.HOME_LINK in rules(sister)
    assert own.score > sister.score > stranger.score


@pytest.mark.parametrize(
    "opening", ['<div id="header">', '<div id="header"><h1>', '<header><a href="javascript:">']
)
def test_first_branded_header_image_needs_no_link(opening: str) -> None:
    choice = best(f'{TITLE}{opening}<img src="/i/top.jpg" alt="Otterbrook">{ICON}')

    assert choice.source_url == f"{URL}i/top.jpg"
    assert choice.score < REVIEW_THRESHOLD


def test_first_wide_drawing_of_the_header_needs_no_link() -> None:
    wide, square = (f'<i><svg viewBox="0 0 {n} 30">{SHAPE}</svg></i>' for n in (90, 30))

    assert best(f"<header>{wide}</header>{ICON}").finder == "inline_svg"
    assert address(f"<header><button>{wide}</button></header>{ICON}") == "icon.png"
    assert address(f"<header>{square}</header>{ICON}") == "icon.png"
    assert address(f'<header>{wide}<a href="/">Otterbrook</a></header>{ICON}') == "icon.png"


@pytest.mark.parametrize("shape", ['viewBox="0 0 1440 320"', 'viewBox="0 0 40 9"',
                                   'viewBox="0 0 100 9" preserveAspectRatio="none"'])  # fmt: skip
def test_wave_or_divider_in_the_header_is_no_logo(shape: str) -> None:
    assert address(f"<header><svg {shape}>{SHAPE}</svg></header>{ICON}") == "icon.png"


def test_chooser_of_countries_shows_its_logo_without_a_link() -> None:
    links = "".join(f'<li><a href="/{n}"><img src="/f/{n}.svg"></a></li>' for n in ("us", "de"))

    assert address(f'<img src="/otterbrook.svg"><ul>{links}</ul>{ICON}') == "otterbrook.svg"


def test_only_image_in_home_link_needs_no_logo_word() -> None:
    spacers = '<img src="/spacer.gif"><img src="/1x1.gif"><img src="/a.jpg"><img src="/b.jpg">'
    home = '<a href="/"><img src="/x1.gif" width="200" height="60"></a>'

    assert address(spacers + home + ICON) == "x1.gif"
    assert address(spacers + home + '<a href="/"><img src="/y.gif"></a>' + ICON) == "icon.png"


def test_language_flags_are_not_logos() -> None:
    flags = "".join(
        f'<a href="/{code}/"><img src="/{code}.gif" alt="{code}"></a>' for code in ("en", "de")
    )

    assert address(f'<div id="top">{flags}</div>{ICON}') == "icon.png"
    assert address(f'<div id="top">{LINKED}{flags}</div>{ICON}') == "l.png"


@pytest.mark.parametrize("file", ["flags/1.svg", "es.png"])
def test_flag_of_one_other_language_is_no_logo(file: str) -> None:
    flag = f'<header><a href="/es"><img src="/{file}" alt=""></a></header>'

    assert address(flag + ICON) == "icon.png"


@pytest.mark.parametrize("file", ["flagstone.svg", "cartier.png", "bgl-group.png", "closer.svg"])
def test_name_that_begins_as_a_button_does_is_no_button(file: str) -> None:
    assert Rule.JUNK_FILE not in rules(best(HEADER.format(f'<img src="/{file}">')))


@pytest.mark.parametrize("name", ["has-sticky-footer", "product-home", "language-en shared"])
def test_names_of_a_wrapper_say_nothing_of_its_parts(name: str) -> None:
    top = '<div class="top"><a href="/"><img src="/l.svg" alt="Otterbrook logo"></a></div>'
    rest = "".join(f'<p><img src="/{n}.jpg"></p>' for n in range(4))

    choice = best(f'<div class="{name}">{top}{rest}</div>')
    assert choice.source_url.endswith("/l.svg")
    assert not rules(choice) & {Rule.IN_FOOTER, Rule.BAD_CONTEXT}


@pytest.mark.parametrize("file", ["nav_home.gif", "home.png", "nav_start.gif", "home_over.gif"])
def test_home_button_is_not_the_logo(file: str) -> None:
    html = f'<div class="nav"><a href="/index.html"><img src="/i/{file}"></a></div>'

    assert address(html + ICON) == "icon.png"


@pytest.mark.parametrize("file", ["logo_home.png", "home-logo.png", "header_home.jpg"])
def test_home_logo_file_is_not_a_home_button(file: str) -> None:
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
def test_words_containing_logo_by_chance_are_ignored(text: str, *, is_logo: bool) -> None:
    assert (Rule.LOGO_FILE in rules(best(f'<img src="{text}">'))) is is_logo


@pytest.mark.parametrize("word", ["标志", "לוגו", "شعار", "λογότυπο", "โลโก้", "ロゴ", "логотип"])
def test_logo_words_in_many_languages(word: str) -> None:
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
def test_08_invalid_json_ld_gives_its_logo(json_ld: str) -> None:
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
def test_11_shared_background_is_a_sprite_sheet(rule: str) -> None:
    html = f'<style>{rule}</style><a class="logo" href="/">O</a>'

    assert address(html + ICON) == "icon.png"


def test_11_offset_background_in_style_attribute_is_a_sprite_sheet() -> None:
    html = '<a class="logo" href="/" style="background:url(/m.png) 0 -90px">O</a>'

    assert address(html + ICON) == "icon.png"


@pytest.mark.parametrize("state", ["", ":after", ":before"])
def test_background_around_a_logo_loses_to_the_logo(state: str) -> None:
    style = f"<style>.logo{state}{{background:url(/bg.jpg) repeat-x}}</style>"

    assert address(f'{style}<div class="logo">{LINKED}</div>{ICON}') == "l.png"


@pytest.mark.parametrize(
    ("selector", "element"),
    [
        ("#siteLogo", '<a id="siteLogo" href="/">O</a>'),
        (".Logo", '<a class="Logo" href="/">O</a>'),
        ("#masthead", '<a id="masthead" href="/">O</a>'),
        (".navbar-brand", '<a class="navbar-brand" href="/">O</a>'),
        (".brand a::before", '<div class="brand"><a href="/">O</a></div>'),
        (".logo, .footer-logo", '<a class="logo" href="/">O</a>'),
        ("/* partner logos */ .logo", '<a class="logo" href="/">O</a>'),
    ],
)
def test_10_selector_forms_match_their_element(selector: str, element: str) -> None:
    assert (
        address(f"<style>{selector}{{background:url(/l.png)}}</style>{element}{ICON}") == "l.png"
    )


def test_10_own_style_sheets_come_before_libraries() -> None:
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
def test_22_page_with_site_parts_is_not_an_interstitial(words: str) -> None:
    home = Response(URL, 200, {}, f"{words}<header>{LINKED}</header>".encode())

    assert inspect_page(home, {}).obstacle == ""


def test_23_parking_service_page_is_parked() -> None:
    html = '<header><a href="/">O</a></header><script src="//img.sedoparking.com/x.js"></script>'

    assert inspect_page(Response(URL, 200, {}, html.encode()), {}).obstacle == "parked"


def test_24_site_on_http_www_only_is_found() -> None:
    home = "http://www.otterbrook.com/"

    pages: dict[str, Answer] = {
        "https://www.otterbrook.com/": FetchError("connect"),
        home: LOGO.format("/l.png"),
        f"{home}l.png": "90x30",
    }

    assert look(PlayedWeb(pages)).final_url == home
    assert code({home: LOGO.format("/l.png")}) == "dns"


def test_page_that_reloads_itself_is_read() -> None:
    html = f'<meta http-equiv="refresh" content="3; url={URL.rstrip("/")}">{LINKED}'

    assert inspect_page(Response(URL, 200, {}, html.encode()), {}).refresh == ""
