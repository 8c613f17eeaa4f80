"""The brand layer: what joins groups by picture, what keeps them apart, and what is listed."""

import numpy as np

from clustering.pipeline.brands import (
    BrandLayer,
    PictureGroup,
    brand_layer,
    domain_labels,
    off_name,
    picture_groups,
)
from clustering.pipeline.constraints import Constraints
from clustering.pipeline.pair_score import PairScore

SCORE = PairScore(threshold=0.27)
NO_RULES = Constraints()


def at(*degrees: float) -> np.ndarray:
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def groups(*names: list[str]) -> list[PictureGroup]:
    return [PictureGroup(row, some) for row, some in enumerate(names)]


def layer(vectors: np.ndarray, *names: list[str], rules: Constraints = NO_RULES) -> BrandLayer:
    return brand_layer(vectors, groups(*names), SCORE, rules)


MAZDA = ["mazdaoflodi.com", "mazdacity.com"]


def test_a_rare_word_joins_two_looks_of_a_brand_and_says_why() -> None:
    found = layer(at(0, 60, 60), MAZDA, ["mazda.fr"], ["toyota.de"])

    assert found.brands.tolist() == [0, 0, 1]
    (link,) = found.links
    assert (link.first, link.second, link.word.text) == (0, 1, "mazda")
    assert link.probability > 0.95


def test_looks_alone_and_beginnings_inside_words_join_nothing() -> None:
    found = layer(at(0, 10, 55), ["nova.de"], ["zebra.de"], ["novartis.de"])

    assert found.brands.tolist() == [0, 1, 2]


def test_two_companies_with_names_of_their_own_stay_apart_and_are_listed() -> None:
    airline = ["delta-airlines.com", "delta-airlines-cargo.com"]
    hotel = ["delta-hotels.com", "delta-hotels-spa.de"]

    found = layer(at(0, 90), airline, hotel)

    assert found.brands.tolist() == [0, 1]
    assert [(one.first, one.second, one.word.text) for one in found.collisions] == [
        (0, 1, "delta")
    ]


def test_a_short_word_needs_a_similar_look() -> None:
    assert layer(at(0, 20), ["dhl.de"], ["dhl.fr"]).brands.tolist() == [0, 0]
    assert layer(at(0, 90), ["sto.de"], ["stockco.fr"]).brands.tolist() == [0, 1]


def test_a_word_of_very_many_groups_names_no_brand() -> None:
    some = [[f"autohaus-{chr(97 + n)}.de"] for n in range(26)]

    assert len(set(layer(at(*range(0, 260, 10)), *some).brands.tolist())) == 26


def test_sites_of_one_host_share_no_word() -> None:
    found = layer(at(0, 60), ["paybase.netlify.app"], ["camera.netlify.app"])

    assert found.brands.tolist() == [0, 1]


def test_people_join_and_part_whatever_the_names_say() -> None:
    rules = Constraints(same=[(0, 2)], different=[(0, 1)])

    found = layer(at(0, 60, 120), MAZDA, ["mazda.fr"], ["zebra.de"], rules=rules)

    assert found.brands.tolist() == [0, 1, 0]
    assert [one.is_rule for one in found.links] == [True]


def test_placeholders_are_no_group_and_brands_are_numbered_by_size() -> None:
    labels = np.array([-1, 0, -1, -1])
    names = [["lone.de"], ["mazda.de", "mazda.it"], ["mazda.fr"], ["mazda.es"]]
    found = picture_groups(at(0, 60, 100, 0), labels, names, left_out={3})

    brands = domain_labels(brand_layer(at(0, 60, 100, 0), found, SCORE), found)

    assert brands == {"mazda.de": 0, "mazda.it": 0, "mazda.fr": 0, "lone.de": -1}


def test_a_domain_of_another_name_is_found_off_name() -> None:
    assert off_name(["spie.de", "spie.be", "lueck-gruppe.de"], "spie.de") == ["lueck-gruppe.de"]
    assert off_name(["genya.it", "medknow.com"], "genya.it") == ["medknow.com"]
    assert off_name(["spie.de", "spie.be"], "spie.de") == []
