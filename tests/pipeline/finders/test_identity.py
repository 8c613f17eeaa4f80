"""Names of a site: registered name, declared names, title."""

import pytest

from tests.pipeline.finders.pages import page

OWN = page(
    "<title>River Furniture | handmade in Otter Valley</title>"
    '<meta property="og:site_name" content="Otter &amp; Brook">',
    url="https://shop.otterbrook-online.co.uk/",
).identity


def test_names_are_compared_by_letters_and_digits() -> None:
    assert OWN.names == ("otterbrookonline", "otterbrook")


@pytest.mark.parametrize(
    "text", ["Otterbrook", "OTTER-BROOK logo", "River Furniture", "home: the River Furniture logo"]
)
def test_text_matches_names_or_title(text: str) -> None:
    assert OWN.matches(text)
    assert not OWN.names_another(text)


@pytest.mark.parametrize("text", ["", "Logo", "back to the home page", "Company logo (white)"])
def test_text_without_a_name_matches_nothing(text: str) -> None:
    assert not OWN.matches(text)
    assert not OWN.names_another(text)


@pytest.mark.parametrize("text", ["##common.header.altText##", "{{ shop.title }}", "%ALT_TEXT%"])
def test_keys_that_were_not_translated_name_nobody(text: str) -> None:
    assert not OWN.names_another(text)
    assert OWN.names_another(f"Fernhill {text}")


@pytest.mark.parametrize("text", ["Fernhill", "Fernhill logo", "in"])
def test_text_with_another_name_names_another(text: str) -> None:
    assert OWN.names_another(text)


@pytest.mark.parametrize("text", ["The Otterbrook", "theotterbrook.gif", "otterbrook-rgb.svg"])
def test_article_of_a_name_may_be_in_the_domain(text: str) -> None:
    own = page("", url="https://www.theotterbrook.com/").identity

    assert own.is_named_after(text.lower())
    assert not own.is_named_after("the")


@pytest.mark.parametrize("text", ["Otter Valley Board of Trade", "Otter Valley's Board of Trade"])
def test_initials_may_be_the_name(text: str) -> None:
    assert page("", url="https://www.ovbot.org/").identity.matches(text)
    assert page("", url="https://www.ovct.org/").identity.names_another(text)


@pytest.mark.parametrize(
    "text", ["GE logo", "g&e", "gelogo.png", "logoge.svg", "ge_2x.png", "ge2.png"]
)
def test_name_of_two_letters_is_a_word(text: str) -> None:
    assert page("", url="https://www.ge.com/").identity.occurs_in(text)
    assert not page("", url="https://www.og.com/").identity.occurs_in(text)


@pytest.mark.parametrize("text", ["image of a page", "germany.png", "edge.svg"])
def test_name_of_two_letters_is_no_part_of_a_word(text: str) -> None:
    assert not page("", url="https://www.ge.com/").identity.occurs_in(text)


def test_name_of_three_letters_begins_a_word() -> None:
    own = page("", url="https://www.bbc.com/").identity

    assert own.occurs_in("bbcnews.png")
    assert not own.occurs_in("abbc.png")


def test_names_in_any_script_are_names() -> None:
    own = page('<meta name="application-name" content="Выдра">', url="https://vydra.ru/").identity

    assert own.matches("логотип Выдра")
    assert own.names_another("Бобёр")


def test_a_name_may_be_shortened() -> None:
    assert OWN.has_name("Otter")
    assert not OWN.has_name("Fernhill")
