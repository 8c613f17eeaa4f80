"""Order of the naming sources."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from clustering.pipeline.naming import Name, NamingInput, Source
from clustering.pipeline.naming.cascade import name_clusters

STRANGERS = ("alpha.de", "kite.fr")


def ball(colour: str = "#1040d0") -> Image.Image:
    image = Image.new("RGBA", (100, 100), (255, 255, 255, 0))
    ImageDraw.Draw(image).ellipse((10, 10, 90, 90), fill=colour)
    return image


def says(name: Name | None) -> Source:
    return lambda images: [name] * len(images)


def name_of(cluster: NamingInput, *sources: Source) -> Name:
    return name_clusters({0: cluster}, sources)[0]


def test_without_a_shared_word_the_name_describes_the_image() -> None:
    name = name_of(NamingInput(STRANGERS, ball))

    assert name == Name("Blue, round", 0.3)
    assert not name.is_sure


def test_a_shared_word_needs_no_image() -> None:
    def broken(images: Sequence[Image.Image]) -> Sequence[Name | None]:
        raise AssertionError("asked")

    assert name_of(NamingInput(("nova.de", "nova.fr"), ball), broken) == Name("Nova", 1.0)


def test_the_first_sure_source_wins() -> None:
    read, described = says(Name("NOVA", 0.9)), says(Name("Lion", 0.99))

    assert name_of(NamingInput(STRANGERS, ball), read, described) == Name("NOVA", 0.9)


def test_after_an_unsure_source_the_next_is_used() -> None:
    read, described = says(Name("N0V4", 0.4)), says(Name("Lion", 0.6))

    assert name_of(NamingInput(STRANGERS, ball), read, described) == Name("Lion", 0.6)


def test_the_best_unsure_name_is_used() -> None:
    read, described = says(Name("N0V4", 0.4)), says(Name("Lion", 0.2))

    name = name_of(NamingInput(STRANGERS, ball), read, says(None), described)

    assert name == Name("N0V4", 0.4)
    assert not name.is_sure


def test_each_name_belongs_to_its_own_cluster() -> None:
    def colour_of(images: Sequence[Image.Image]) -> Sequence[Name | None]:
        reds = [np.asarray(image)[0, 0, 0] for image in images]
        return [Name(f"red {red}", 0.9) for red in reds]

    def cluster(label: int) -> NamingInput:
        domains = STRANGERS if label % 3 else ("nova.de", "nova.fr")
        return NamingInput(domains, lambda: Image.new("RGBA", (9, 9), (label, 0, 0)))

    clusters = {label: cluster(label) for label in range(100)}

    given = name_clusters(clusters, [colour_of])

    assert given[0].text == "Nova"
    assert all(given[label].text == f"red {label}" for label in range(100) if label % 3)


def test_without_an_image_the_name_is_a_domain_and_unsure() -> None:
    assert name_of(NamingInput(("shop.kite.co.uk", "zeta.de")), says(Name("x", 0.9))) == Name(
        "Kite", 0.0
    )
