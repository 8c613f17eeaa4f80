"""Brands of icons, and excluded brands."""

from pathlib import Path

import pytest

from clustering.lab.training import brand_names
from clustering.lab.training.brand_names import Forbidden

RULE = Forbidden(frozenset({"adobe", "google", "4d", "cbtc", "sap", "visualstudio"}))


@pytest.mark.parametrize(
    "name",
    [
        ":adobe",
        ":adobe-after-effects",
        ":Google Fit",
        ":googlefit",
        ":4D",
        "coin:btc",
        ":visual-studio-code",
        ":sap-hana",
    ],
)
def test_a_forbidden_brand_is_recognised_in_every_spelling(name: str) -> None:
    assert RULE.covers(name)


@pytest.mark.parametrize("name", [":sapling", ":4dsystems", ":btc", ":ado", ":goo", "flag:de"])
def test_other_brands_with_the_same_prefix_are_kept(name: str) -> None:
    assert not RULE.covers(name)


def test_listed_and_labelled_brands_are_forbidden(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_text("Savon & Co\n\nlinex\n", "utf-8")

    rule = brand_names.read_forbidden([file], {"mod's hair"})

    assert rule.words == {"savonco", "linex", "modshair"}


def test_products_of_one_company_are_a_family() -> None:
    assert brand_names.family(":aws-lambda") == brand_names.family(":aws-ec2") == ":aws"
    assert brand_names.family(":go-micro") == ":gomicro"
    assert brand_names.family("coin:aws") != brand_names.family(":aws")
