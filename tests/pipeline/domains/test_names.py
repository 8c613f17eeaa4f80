import pytest

from clustering.pipeline.domains.names import as_shown, normalise
from clustering.pipeline.errors import InputError


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("flashbay.fr", "flashbay.fr"),
        ("  Flashbay.FR. ", "flashbay.fr"),
        ("https://WWW.Exämple.de/x?y", "xn--exmple-cua.de"),
        ("http://user:secret@shop.flashbay.fr:8443/a/b", "shop.flashbay.fr"),
        ("//flashbay.fr#top", "flashbay.fr"),
        ("info@flashbay.fr", "flashbay.fr"),
        ("www.www.fr", "www.fr"),
        ("www.fr", "www.fr"),
        ("faß.de", "xn--fa-hia.de"),
        ("日本語。jp", "xn--wgv71a119e.jp"),
        ("xn--exmple-cua.de", "xn--exmple-cua.de"),
        ("a_b.flashbay.fr", "a_b.flashbay.fr"),
        ("x.xn--p1ai", "x.xn--p1ai"),
        ("1und1.de", "1und1.de"),
        ('"flashbay.fr";', "flashbay.fr"),
        ("ab--cd.com", "ab--cd.com"),
    ],
)
def test_a_cell_is_normalised_to_its_host(cell: str, name: str) -> None:
    assert normalise(cell) == name


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("", "The cell is empty"),
        ("   ", "The cell is empty"),
        ("flashbay", "It is a single word; a domain name has a dot, as in example.com"),
        ("127.0.0.1", "It is a number or an IP address; a domain name is needed"),
        ("http://0x7f.1/", "It is a number or an IP address; a domain name is needed"),
        ("2130706433", "It is a number or an IP address; a domain name is needed"),
        ("http://[::1]/", "It is an IP address; a domain name is needed"),
        ("fe80::1", "It is an IP address; a domain name is needed"),
        ("db.internal", "Names that end in .internal are not on the public internet"),
        ("x.localhost.", "Names that end in .localhost are not on the public internet"),
        ("printer.lan:80", "Names that end in .lan are not on the public internet"),
        ("two words.de", "It holds spaces or invisible characters"),
        ("a\x00b.de", "It holds spaces or invisible characters"),
        ("gro.\u202eelgoog.com", "It holds spaces or invisible characters"),
        ("a..de", "It has two dots side by side, or begins with one"),
        ("-a.de", "It holds characters that no domain name may have"),
        ("%6c.de", "It holds characters that no domain name may have"),
        ("a\\b.de", "It holds a backslash, which no web address has"),
        ("flashbay.fr:http", "It is no web address"),
        ("javascript:alert(1)", "It is no web address"),
        ("https:///path", "It names no host"),
        ("xn--a\u00df.de", "It holds characters that no domain name may have"),
        ("xn--99999999.de", "xn--99999999 is no valid international name"),
        ("xn--abc-.de", "It holds characters that no domain name may have"),
        ("ex_ample.de", "A domain name has no underscore there"),
        ("a" * 64 + ".de", "It is longer than a domain name may be"),
        ("a." * 126 + "de", "It is longer than a domain name may be"),
        ("a" * 2049, "It is longer than any web address (2,048 characters)"),
        (
            "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3",
            "It is a single word; a domain name has a dot, as in example.com",
        ),
        (
            "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460",
            "It is a number or an IP address; a domain name is needed",
        ),
    ],
)
def test_a_cell_without_a_public_host_is_rejected_with_a_reason(cell: str, reason: str) -> None:
    with pytest.raises(InputError) as refusal:
        normalise(cell)

    assert str(refusal.value) == reason


def test_a_name_normalises_to_itself() -> None:
    for cell in ("WWW.Exämple.de", "www.fr", "shop.flashbay.fr", "x.xn--p1ai"):
        assert normalise(normalise(cell)) == normalise(cell)


def test_shown_text_contains_no_control_characters() -> None:
    assert as_shown("a\u202eb\x00c") == "a\ufffdb\ufffdc"
    assert as_shown("x" * 400) == "x" * 300
