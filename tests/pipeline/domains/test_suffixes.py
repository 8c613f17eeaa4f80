"""Registrable domains."""

import pytest

from clustering.pipeline.domains.suffixes import (
    is_top_level,
    registered_word,
    registrable,
    site_of,
)


@pytest.mark.parametrize(
    ("host", "name", "site"),
    [
        ("shop.otterbrook.co.uk", "otterbrook.co.uk", "otterbrook.co.uk"),
        ("otterbrook.com", "otterbrook.com", "otterbrook.com"),
        ("www.otter.github.io", "github.io", "otter.github.io"),
        ("cdn.shopify.com", "shopify.com", "shopify.com"),
        ("otterbrook.test", "otterbrook.test", "otterbrook.test"),
        ("a.b.otterbrook.test", "otterbrook.test", "otterbrook.test"),
        ("xn--bcher-kva.xn--p1ai", "xn--bcher-kva.xn--p1ai", "xn--bcher-kva.xn--p1ai"),
        ("co.uk", "co.uk", "co.uk"),
        ("localhost", "localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("::1", "::1", "::1"),
        ("", "", ""),
    ],
)
def test_registrable_domain_and_site(host: str, name: str, site: str) -> None:
    assert (registrable(host), site_of(host)) == (name, site)


def test_the_name_without_its_suffix() -> None:
    assert registered_word("Shop.DHL.co.uk") == "dhl"
    assert registered_word("red-otter.image") == "red-otter"


@pytest.mark.parametrize("label", ["de", "za", "bd", "ck", "xn--p1ai"])
def test_a_top_level_domain_is_known_by_any_rule_of_the_list(label: str) -> None:
    assert is_top_level(label)


@pytest.mark.parametrize("label", ["png", "logo", "", "smith"])
def test_other_labels_are_no_top_level_domains(label: str) -> None:
    assert not is_top_level(label)
