"""Colours of inline SVG from style sheets, and images for light and dark schemes."""

import pytest

from tests.pipeline.finders.pages import HEADER, SHAPE, address, best

DARK = '<source media="(prefers-color-scheme: dark)" srcset="/dark.png">'
LIGHT = '<source media="(prefers-color-scheme: light)" srcset="/light.png">'


def drawing(style: str, svg: str, link: str = "") -> str:
    """Return the document of ``svg`` in a home link on a page with ``style``."""
    header = f'<header><a href="/" {link}>{svg}</a></header>'
    data = best(f"<style>{style}</style>{header}").data
    assert data is not None
    return data.decode()


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        (".c1{fill:#c33}", ".c1{fill:#c33}"),
        (".mark .c1{margin:0;fill:#c33;stroke:red}", ".c1{fill:#c33;stroke:red}"),
        (".home > .mark path{fill:#c33}", "path{fill:#c33}"),
        (".home{color:#c33}", "svg{color:#c33}"),
        ("#m{fill:var(--brand)}:root{--brand:#c33}", "#m{fill:#c33}"),
    ],
)
def test_colours_of_the_page_are_kept(style: str, expected: str) -> None:
    svg = '<svg class="mark" viewBox="0 0 90 30"><g id="m"><path class="c1" d="M1 2h3"/></g></svg>'

    assert f">{expected}</" in drawing(style, svg, 'class="home"').replace("&gt;", ">")


@pytest.mark.parametrize(
    "style",
    [".c1:hover{fill:red}", ".other .c1{fill:red}", ".c10{fill:red}", ".c1{fill:url(#g)}",
     ".c1{margin:0}", ".c1{fill:var(--absent)}", ".c1{fill:red"],
)  # fmt: skip
def test_other_rules_are_left_out(style: str) -> None:
    assert "style" not in drawing(style, '<svg viewBox="0 0 90 30"><path class="c1"/></svg>')


@pytest.mark.parametrize(
    ("sources", "image", "expected"),
    [
        (DARK + LIGHT, "/dark.png", "light.png"),
        (LIGHT, "/dark.png", "light.png"),
        (DARK + '<source srcset="/wide.png">', "/dark.png", "wide.png"),
        (DARK, "/l.png", "l.png"),
        (DARK, "/dark.png", "dark.png"),
    ],
)
def test_picture_for_the_light_scheme_is_taken(sources: str, image: str, expected: str) -> None:
    picture = f'<picture>{sources}<img class="logo" src="{image}"></picture>'

    assert address(HEADER.format(picture) + SHAPE) == expected
