"""Shared words and descriptions of images."""

import pytest
from PIL import Image, ImageDraw

from clustering.pipeline.naming import Name, NamingInput
from clustering.pipeline.naming.cascade import name_clusters
from clustering.pipeline.naming.visual_names import describe_appearance
from clustering.pipeline.naming.words import n_owners, shared_word


@pytest.mark.parametrize(
    ("domains", "name", "score"),
    [
        (["dhl.de", "dhl.fr"], "DHL", 1.0),
        (["nova-paris.fr", "nova.de", "shop.nova.co.uk"], "Nova", 1.0),
        (["novabank.de", "novashop.com", "nova.it"], "Nova", 1.0),
        (["blue-kite.de", "blue-kite.ch"], "Blue Kite", 1.0),
        (["nova.de", "nova.fr", "other.com"], "Nova", 0.667),
        (["nova.de"], "Nova", 1.0),
        (["k-nova.de", "k-nova.fr"], "K-Nova", 1.0),
        (["blue-kite.de", "bluekite.fr", "blue-kite.ch"], "Blue Kite", 1.0),
    ],
)
def test_the_shared_word_names_a_cluster(domains: list[str], name: str, score: float) -> None:
    assert shared_word(domains) == Name(name, score)


@pytest.mark.parametrize(
    "domains",
    [["alpha.de", "kite.fr"], ["shop-alpha.de", "shop-kite.de"], ["123.de", "123.fr"], []],
)
def test_unrelated_domains_share_no_word(domains: list[str]) -> None:
    assert shared_word(domains) is None


def test_the_order_of_domains_does_not_matter() -> None:
    domains = ["nova-x.de", "novum.fr", "nova.it", "novabank.de"]

    assert shared_word(domains) == shared_word(domains[::-1]) == Name("Nova", 0.75)


def test_names_are_unique_and_the_larger_cluster_keeps_the_plain_one() -> None:
    clusters = {
        1: NamingInput(["nova.it", "nova.es"]),
        0: NamingInput(["nova.de", "nova.fr"]),
        2: NamingInput(["nova-2.de", "nova-2.fr"]),
    }

    assert [name.text for name in name_clusters(clusters).values()] == [
        "Nova",
        "Nova 2",
        "Nova 2 2",
    ]


@pytest.mark.parametrize(
    ("shape", "colour", "words"),
    [
        ("rectangle", "#d01010", "Red, square"),
        ("ellipse", "#10a030", "Green, round"),
        ("rectangle", "#101010", "Black, square"),
    ],
)
def test_appearance_is_colour_and_shape(shape: str, colour: str, words: str) -> None:
    assert describe_appearance(drawn(shape, colour)) == Name(words, 0.3)


def test_a_long_wordmark_is_wide() -> None:
    image = Image.new("RGBA", (400, 100), "white")
    ImageDraw.Draw(image).rectangle((10, 20, 390, 80), fill="#ffa000")

    assert describe_appearance(image).text == "Orange, wide"


def test_an_empty_image_is_blank() -> None:
    assert describe_appearance(Image.new("RGBA", (20, 20), (0, 0, 0, 0))).text == "Blank"


def drawn(shape: str, colour: str) -> Image.Image:
    image = Image.new("RGBA", (100, 100), (255, 255, 255, 0))
    getattr(ImageDraw.Draw(image), shape)((10, 10, 90, 90), fill=colour)
    return image


def test_a_word_common_to_many_clusters_is_not_a_name() -> None:
    brands = ("velm", "ironoak", "octavio", "petri", "vantiq", "marisol")
    clusters = {
        label: NamingInput([f"{brand}-shop.de", f"{brand}-shop.fr"])
        for label, brand in enumerate(brands)
    }

    given = [name.text for name in name_clusters(clusters).values()]

    assert given == ["Velm", "Ironoak", "Octavio", "Petri", "Vantiq", "Marisol"]


def test_a_word_that_few_clusters_share_may_be_the_brand() -> None:
    clusters = {
        0: NamingInput(["nova-shop.de", "nova-cars.fr"]),
        1: NamingInput(["nova-cars.it", "nova-oil.es"]),
    }

    assert [name.text for name in name_clusters(clusters).values()] == ["Nova", "Nova 2"]


def test_a_parking_page_on_thousands_of_domains_is_named_in_time() -> None:
    domains = [f"park-{number:05}{number * 7 % 13}.de" for number in range(20_000)]

    assert name_clusters({0: NamingInput(domains)})[0].text == "Park"


def test_thousands_of_equal_names_are_numbered() -> None:
    given = name_clusters({label: NamingInput([]) for label in range(3_000)})

    assert [given[0].text, given[1].text, given[2_999].text] == [
        "Empty",
        "Empty 2",
        "Empty 3000",
    ]


def test_owners_are_counted_by_the_words_of_their_domains() -> None:
    assert n_owners([]) == 0
    assert n_owners(["ironoak.de", "ironoak-shop.fr", "myironoak.com"]) == 1
    assert n_owners(["velmora.wixsite.com", "kite.wixsite.com", "zeta.es"]) == 3
    # The last one joins the first two.
    assert n_owners(["ironoak.de", "velmora.de", "ironoak-velmora.de"]) == 1
