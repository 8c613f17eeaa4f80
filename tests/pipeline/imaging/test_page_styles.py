"""Rules of a page that apply to an inline SVG."""

from clustering.pipeline.imaging.page_styles import with_page_styles
from clustering.pipeline.imaging.svg import render
from tests.pipeline.imaging.svg_files import svg

DOCUMENT = svg("<g class='mark'><rect class='brand' width='100' height='100'/></g>")
CSS = """
    :root{--brand:#d33} body .brand{fill:#000} .other{fill:#0f0}
    .mark > .brand{fill:var(--brand)} p{color:red}
"""


def test_classes_of_a_page_colour_its_inline_svg() -> None:
    image = render(with_page_styles(DOCUMENT, CSS))

    assert image.getpixel((9, 9)) == (221, 51, 51, 255)


def test_only_matching_rules_are_taken_along() -> None:
    document = with_page_styles(DOCUMENT, CSS)

    assert b"--brand" in document
    assert b".other" not in document
    assert b"body" not in document


def test_a_page_without_matching_rules_changes_nothing() -> None:
    assert with_page_styles(DOCUMENT, "p{color:red}") == DOCUMENT
    assert with_page_styles(b"<svg", CSS) == b"<svg"


def test_styles_that_are_too_expensive_are_left_out() -> None:
    many = "".join(f".a{n}{{fill:red}}" for n in range(20_000))

    assert with_page_styles(DOCUMENT, many + CSS) == DOCUMENT
