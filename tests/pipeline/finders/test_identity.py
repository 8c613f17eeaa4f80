"""A site is known by its registered name, by what its page declares, and by its title."""

import pytest

from tests.pipeline.finders.pages import page

OWN = page(
    "<title>River Furniture | handmade in Otter Valley</title>"
    '<meta property="og:site_name" content="Otter &amp; Brook">',
    url="https://shop.otterbrook-online.co.uk/",
).identity


def test_names_are_compared_in_letters_and_digits_alone() -> None:
    assert OWN.names == ("otterbrookonline", "otterbrook")


@pytest.mark.parametrize(
    "text", ["Otterbrook", "OTTER-BROOK logo", "River Furniture", "home: the River Furniture logo"]
)
def test_a_text_may_name_the_site_as_its_names_or_its_title_do(text: str) -> None:
    assert OWN.speaks(text)
    assert not OWN.is_somebody_else(text)


@pytest.mark.parametrize("text", ["", "Logo", "back to the home page", "Company logo (white)"])
def test_a_text_without_a_name_speaks_for_nobody(text: str) -> None:
    assert not OWN.speaks(text)
    assert not OWN.is_somebody_else(text)


@pytest.mark.parametrize("text", ["Fernhill", "Fernhill logo", "in"])
def test_a_text_with_another_name_is_somebody_elses(text: str) -> None:
    assert OWN.is_somebody_else(text)


def test_names_in_any_script_are_names() -> None:
    own = page('<meta name="application-name" content="Выдра">', url="https://vydra.ru/").identity

    assert own.speaks("логотип Выдра")
    assert own.is_somebody_else("Бобёр")


def test_a_name_may_be_shortened() -> None:
    assert OWN.is_called("Otter")
    assert not OWN.is_called("Fernhill")
