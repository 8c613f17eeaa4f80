"""Pictures whose file name says that they are something else than a logo."""

import pytest

from clustering.pipeline.finders.chances import SURE, chance
from clustering.pipeline.finders.rules import Rule
from tests.pipeline.finders.pages import HEADER, ICON, address, best, found, rules


@pytest.mark.parametrize(
    "file",
    ["loading.gif", "ajax-loader_32.gif", "spinner.svg", "no-image.png", "dummy.png", "s.gif"],
)
def test_picture_shown_while_another_loads_is_a_spacer(file: str) -> None:
    html = HEADER.format(f'<img src="/i/{file}" alt="Otterbrook" data-orig-file="/m/l.png">')

    assert address(html + ICON) == "m/l.png"
    assert best(HEADER.format(f'<img src="/i/{file}">') + ICON).finder == "icon"


@pytest.mark.parametrize(
    "file",
    [
        "search.svg",
        "ico_back.gif",
        "en.png",
        "flag_de.gif",
        "close-white.svg",
        "world.png",
        "a_hbtn_p.gif",
    ],
)
def test_interface_icon_or_flag_in_the_home_link_is_no_logo(file: str) -> None:
    assert best(HEADER.format(f'<img src="/i/{file}">') + ICON).finder == "icon"


@pytest.mark.parametrize(
    ("file", "url"),
    [("world.svg", "https://www.worldofotters.com/"), ("de.svg", "https://www.de.com/")],
)
def test_file_named_as_the_site_is_no_interface_icon(file: str, url: str) -> None:
    assert best(HEADER.format(f'<img src="/i/{file}">') + ICON, url).finder == "img"


@pytest.mark.parametrize("file", ["search.svg", "start.gif", "banner.jpg", "promo.jpg"])
def test_picture_named_as_something_else_needs_a_review(file: str) -> None:
    html = f'<header><a class="logo" href="/"><img src="/i/{file}" alt="Otterbrook"></a></header>'
    first, *others = found(html)

    assert first.finder == "img"
    assert chance(first, others) < SURE


def test_two_letters_may_be_initials_in_the_only_link_home() -> None:
    logo = HEADER.format('<img src="/i/la.png">')
    other = '<a href="/de/"><img src="/i/de.png"></a>'

    assert address(logo + ICON) == "i/la.png"
    assert address(logo + other + ICON) == "icon.png"


def test_two_letters_of_a_usual_language_are_initials_beside_the_name() -> None:
    assert address(HEADER.format('<img src="/gb.svg" alt="Otterbrook">') + ICON) == "gb.svg"


@pytest.mark.parametrize("file", ["sparrow.svg", "research_inst.png", "televisa.png"])
def test_word_that_contains_that_of_a_button_is_a_name(file: str) -> None:
    assert Rule.JUNK_FILE not in rules(best(HEADER.format(f'<img src="/{file}">')))


def test_photograph_with_a_long_text_in_the_header_is_no_logo() -> None:
    title = "<title>Otterbrook Lodge</title>"
    photograph = '<header><img src="/dsc_21.jpg" alt="{}"></header>'

    assert address(title + photograph.format("Otterbrook Lodge in winter") + ICON) == "icon.png"
    assert address(title + photograph.format("Otterbrook Lodge") + ICON) == "dsc_21.jpg"


def test_portrait_in_a_masthead_is_no_logo() -> None:
    portrait = '<img class="masthead-avatar" src="/avatar.svg" alt="...">'

    assert address(f'<header class="masthead">{portrait}</header>{ICON}') == "icon.png"


def test_wrapper_named_after_its_footer_is_none() -> None:
    logo = '<div><a href="/"><img src="/x1.png" alt="Otterbrook"></a></div>'
    html = f'<div class="wrap-with-footer">{logo}<main><img src="/a.jpg"></main></div>'

    assert Rule.IN_FOOTER not in rules(best(html))


def test_white_rendition_loses_to_its_navy_twin() -> None:
    navy = '<div class="sticky" style="display:none"><a href="/"><img src="/b-navy.svg"></a></div>'

    assert address(navy + HEADER.format('<img src="/b-white.svg">') + ICON) == "b-navy.svg"


def test_button_of_a_form_with_the_sites_name_may_be_its_logo() -> None:
    button = '<div id="top"><input type="image" src="/{}.gif" alt="{}"></div>'

    assert address(button.format("top_left", "Otterbrook") + ICON) == "top_left.gif"
    assert address(button.format("login", "Log in") + ICON) == "icon.png"


def test_drawing_with_the_sites_name_is_no_interface_icon() -> None:
    drawing = HEADER.format('<svg viewBox="0 0 150 40"><title>{}</title><path d="M1 2h3"/></svg>')
    url = "https://www.starlingcredit.com/"

    assert Rule.INTERFACE_ICON not in rules(best(drawing.format("Starlingcredit") + ICON, url))
    assert Rule.INTERFACE_ICON in rules(best(drawing.format("Star us") + ICON, url))
