"""Cells as they occur in lists: the domains in them, and what was changed."""

import pytest

from clustering.pipeline.domains.cells import extract, vote
from clustering.pipeline.domains.repairs import Change


def names(cell: str) -> list[str]:
    return [entry.name for entry in extract(cell).entries if entry.name]


@pytest.mark.parametrize(
    ("cell", "expected", "changes"),
    [
        ("a.de, b.ch; c.at", ["a.de", "b.ch", "c.at"], {Change.SEVERAL}),
        ("a.de b.ch\tc.at", ["a.de", "b.ch", "c.at"], {Change.SEVERAL}),
        ("a.de / b.ch und c.at", ["a.de", "b.ch", "c.at"], {Change.SEVERAL}),
        ("https://a.de/x,y;z=1, b.ch", ["a.de", "b.ch"], {Change.SEVERAL}),
        ("info@a.de", ["a.de"], {Change.EMAIL}),
        ("127.0.0.1\ta.de", ["a.de"], {Change.TEXT}),
        ("https：／／a.de／x", ["a.de"], set()),
        ("https://a.de [200] [Home - B.ch] [nginx]", ["a.de"], {Change.TEXT}),
        ("Velo -- a.de", ["a.de"], {Change.TEXT}),
        ("a.de\0b.ch", ["a.de", "b.ch"], {Change.SEVERAL}),
        ("\x1b[1;31ma.de\x1b[0m", ["a.de"], {Change.INVISIBLE}),
        ("\u202aa.de\u202c", ["a.de"], {Change.INVISIBLE}),
        ("URL;TYPE=WORK:https://a.de", ["a.de"], {Change.TEXT}),
        ("https://m%C3%BCller.de/", ["xn--mller-kva.de"], set()),
        ("Hans Meier <info@a.de>", ["a.de"], {Change.EMAIL, Change.TEXT}),
        ("mailto:info@a.de?subject=x", ["a.de"], {Change.EMAIL}),
        ("*.a.de", ["a.de"], {Change.RULE}),
        (".a.de", ["a.de"], {Change.RULE}),
        ("||a.de^$third-party", ["a.de"], {Change.RULE}),
        ("address=/a.de/0.0.0.0", ["a.de"], {Change.RULE}),
        ("0.0.0.0 a.de", ["a.de"], {Change.TEXT}),
        ("a[.]de", ["a.de"], {Change.DEFANGED}),
        ("hxxps://www.a(.)de/x", ["a.de"], {Change.DEFANGED}),
        ("info[at]a[dot]de", ["a.de"], {Change.DEFANGED, Change.EMAIL}),
        ("1. a.de", ["a.de"], {Change.TEXT}),
        ("- a.de", ["a.de"], {Change.TEXT}),
        ("a.de  # north", ["a.de"], {Change.TEXT}),
        ("a.de # formerly b.de", ["a.de"], {Change.TEXT}),
        ("[b.de](https://a.de)", ["a.de"], {Change.LINK}),
        ('<a href="https://a.de/">North</a>', ["a.de"], {Change.LINK}),
        ("<https://a.de>", ["a.de"], set()),
        ("www.a.de <http://www.a.de/>", ["a.de"], {Change.TEXT}),
        ("view-source:https://a.de/", ["a.de"], {Change.ADDRESS}),
        ("http:/a.de", ["a.de"], {Change.ADDRESS}),
        ("https://https://a.de", ["a.de"], {Change.ADDRESS}),
        ("a&#46;de&nbsp;", ["a.de"], {Change.ENTITY}),
        ("mÃ¼ller.de", ["xn--mller-kva.de"], {Change.MOJIBAKE}),
        ("https://m=C3=BCller.de/", ["xn--mller-kva.de"], {Change.QUOTED}),
        ("caf=C3=A9-x.ch", ["xn--caf-x-dsa.ch"], {Change.QUOTED}),
        ("m=FCller.de", ["xn--mller-kva.de"], {Change.QUOTED}),
        ("=C3=BCber-uns.de", ["xn--ber-uns-m2a.de"], {Change.QUOTED}),
        ("https://x.de/?a=FCx.fr", ["x.de"], set()),
        ("domain=x.de", ["x.de"], {Change.TEXT}),
        ("nord\u00adlicht.de", ["nordlicht.de"], {Change.INVISIBLE}),
        ("a.de\0\0", ["a.de"], {Change.INVISIBLE}),
        ("kaffee\u2010kontor.ch", ["kaffee-kontor.ch"], {Change.HYPHEN}),
        ("velo–werk.at", ["velo-werk.at"], {Change.HYPHEN}),
        ("a.de–b.ch", ["a.de", "b.ch"], {Change.HYPHEN, Change.SEVERAL}),
        ("**a.de**: north", ["a.de"], {Change.TEXT}),
        ("_kaffee-kontor.ch_", ["kaffee-kontor.ch"], {Change.TEXT}),
        ("`a_b.velo.at`", ["a_b.velo.at"], {Change.TEXT}),
        ('="a.de"', ["a.de"], {Change.FORMULA}),
        ('=HYPERLINK("https://a.de/x";"b.ch")', ["a.de"], {Change.FORMULA}),
        ("kaffee DOT ch", ["kaffee.ch"], {Change.DEFANGED}),
        ("a\\.de", ["a.de"], {Change.DEFANGED}),
        ("https:\\/\\/a.de\\/x", ["a.de"], {Change.DEFANGED}),
        ("a.de\\nb.ch", ["a.de", "b.ch"], {Change.TEXT, Change.SEVERAL}),
        (
            "https://a.dehttps://b.chhttp://c.at/x",
            ["a.de", "b.ch", "c.at"],
            {Change.ADDRESS, Change.SEVERAL},
        ),
        ("a.de·b.ch·c.at", ["a.de", "b.ch", "c.at"], {Change.SEVERAL}),
        ("North~a.de~Kiel", ["a.de"], {Change.TEXT}),
        ('{"n":1,"url":"a.de"}', ["a.de"], {Change.TEXT}),
        ("local=/a.de/", ["a.de"], {Change.RULE}),
        ("[url=https://a.de]North[/url]", ["a.de"], {Change.ADDRESS, Change.TEXT}),
        ("\\url{https://a.de} \\\\", ["a.de"], {Change.TEXT}),
        ("^a\\.de$", ["a.de"], {Change.DEFANGED, Change.TEXT}),
        ("*://*.a.de/*", ["a.de"], {Change.RULE, Change.TEXT}),
        ("a.de 45.3%", ["a.de"], {Change.TEXT}),
        ("１．a.de", ["a.de"], {Change.TEXT}),
        ("a[.de", ["a.de"], {Change.DEFANGED}),
        ("a.de[/]login", ["a.de"], {Change.DEFANGED}),
        ("https%3A%2F%2Fa.de%2F", ["a.de"], {Change.ADDRESS}),
        ("%20a.de%0A", ["a.de"], {Change.TEXT}),
        ("https://a.de/%20x", ["a.de"], set()),
        ("https:\\\\a.de\\", ["a.de"], {Change.ADDRESS}),
        ("https://a.de/x,y|z.html", ["a.de"], set()),
        ("💩.la", ["xn--ls8h.la"], set()),
        ("i❤️.ws", ["xn--i-7iq.ws"], set()),
        ("www.gov.uk", ["gov.uk"], set()),
        ("gob.mx", ["gob.mx"], set()),
        ("nhs.uk", ["nhs.uk"], set()),
        ("https\\://www.a.de", ["a.de"], {Change.DEFANGED}),
        ("#12 a.de", ["a.de"], {Change.TEXT}),
        ("DNS:*.a.de", ["a.de"], {Change.ADDRESS, Change.RULE}),
        ("a.de†", ["a.de"], set()),
        ("a.de¹", ["a.de"], set()),
        ("a.de™", ["a.de"], set()),
        ("m\\u00fcller.de", ["xn--mller-kva.de"], {Change.ADDRESS}),
        ("m%FCller.de", ["xn--mller-kva.de"], set()),
        ("anna.github.io", ["anna.github.io"], set()),
        ("https://web.archive.org/web/2020/https://a.de/", ["web.archive.org"], set()),
    ],
)
def test_a_decorated_cell_gives_its_domains_and_the_changes(
    cell: str, expected: list[str], changes: set[Change]
) -> None:
    assert names(cell) == expected
    assert set(extract(cell).changes) == changes


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("logo.png", "There is no top-level domain .png"),
        ("j.smith", "There is no top-level domain .smith"),
        ("co.uk", "Domains are registered below co.uk; it is not a domain itself"),
        ("android-app://com.example", "It is the address of an app or a file, not of a site"),
        ("NS:ns1.c.ch", "It is a name server or mail server"),
        ("kaffee kontor.ch", "It holds spaces or invisible characters"),
        ("127.0.0.1 localhost", "It holds spaces or invisible characters"),
    ],
)
def test_a_cell_without_a_domain_has_a_reason(cell: str, reason: str) -> None:
    assert [(entry.name, entry.reason) for entry in extract(cell).entries] == [("", reason)]


def test_an_invalid_entry_between_domains_is_rejected_alone() -> None:
    entries = extract("a.de, nonsense, readme.txt, b.ch").entries

    assert [entry.name for entry in entries] == ["a.de", "", "", "b.ch"]
    assert [entry.given for entry in entries] == ["a.de", "nonsense", "readme.txt", "b.ch"]


def test_domains_score_above_e_mail_addresses_and_text() -> None:
    cells = ["https://a.de/x", "info@a.de", "More about the firm at a.de", "logo.png", "Nord"]

    assert [vote(cell)[0] for cell in cells] == [1.0, 0.5, 0.3, 0.0, 0.0]
