"""Pictures whose file name says that they are something else than a logo."""

import pytest

from clustering.pipeline.finders.chances import SURE, chance
from tests.pipeline.finders.pages import HEADER, ICON, address, best, found


@pytest.mark.parametrize(
    "file",
    ["loading.gif", "ajax-loader_32.gif", "spinner.svg", "no-image.png", "dummy.png", "s.gif"],
)
def test_picture_shown_while_another_loads_is_a_spacer(file: str) -> None:
    html = HEADER.format(f'<img src="/i/{file}" alt="Otterbrook" data-orig-file="/m/l.png">')

    assert address(html + ICON) == "m/l.png"
    assert best(HEADER.format(f'<img src="/i/{file}">') + ICON).finder == "icon"


@pytest.mark.parametrize(
    "file",
    ["search.svg", "ico_back.gif", "en.png", "flag_de.gif", "close-white.svg", "world.png"],
)
def test_interface_icon_or_flag_in_the_home_link_is_no_logo(file: str) -> None:
    assert best(HEADER.format(f'<img src="/i/{file}">') + ICON).finder == "icon"


@pytest.mark.parametrize(
    ("file", "url"),
    [("world.svg", "https://www.worldofotters.com/"), ("de.svg", "https://www.de.com/")],
)
def test_file_named_as_the_site_is_no_interface_icon(file: str, url: str) -> None:
    assert best(HEADER.format(f'<img src="/i/{file}">') + ICON, url).finder == "img"


@pytest.mark.parametrize("file", ["search.svg", "start.gif", "banner.jpg", "promo.jpg"])
def test_picture_named_as_something_else_needs_a_review(file: str) -> None:
    html = f'<header><a class="logo" href="/"><img src="/i/{file}" alt="Otterbrook"></a></header>'
    first, *others = found(html)

    assert first.finder == "img"
    assert chance(first, others) < SURE
