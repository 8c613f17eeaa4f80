"""Edge cases 1 to 9: declarations, lazy images, inline SVG."""

import pytest

from clustering.pipeline.errors import ImageError
from clustering.pipeline.finders import page_result
from clustering.pipeline.finders.image_files import data_uri_bytes
from clustering.pipeline.finders.page_reader import PageReaders
from clustering.pipeline.finders.ranking import REVIEW_THRESHOLD
from clustering.pipeline.finders.rules import Rule
from clustering.pipeline.finders.site import find_logo
from clustering.pipeline.imaging import NormalisedImage, PictureRegion
from clustering.pipeline.web.client import ClientOptions, SafeClient
from tests.pipeline.finders.pages import (
    HEADER,
    ICON,
    SHAPE,
    address,
    addresses,
    best,
    json_ld,
    rules,
)
from tests.pipeline.finders.played_web import HOME, PlayedWeb, look
from tests.pipeline.finders.played_web import decode as decode_played


@pytest.mark.parametrize(
    "image",
    [
        '<img class="logo" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" data-src="/l.png">',
        '<img class="logo" src="/img/spacer.gif" data-original="/l.png">',
        '<img class="logo" data-srcset="/s.png 1x, /l.png 2x">',
        '<img class="logo" src="" data-lazy-src="/l.png">',
        '<picture><source srcset="/l.png"><img class="logo"></picture>',
        '<noscript><img class="logo" src="/l.png"></noscript>',
        '<img class="logo" src="/blank.gif" data-some-script="/l.png">',
    ],
)
def test_01_lazy_image_address_is_used(image: str) -> None:
    assert address(HEADER.format(image) + ICON) == "l.png"


def test_01_one_pixel_image_is_not_the_logo() -> None:
    html = HEADER.format('<img class="logo" width="1" height="1" src="/l.png">')

    assert address(html + ICON) == "icon.png"


def test_02_data_uri_is_kept_unchanged() -> None:
    uri = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0h9'/></svg>"

    assert best(HEADER.format(f'<img alt="logo" src="{uri}">')).source_url == uri


@pytest.mark.parametrize(
    ("address", "data"),
    [
        ("data:image/svg+xml,%3Csvg/%3E", b"<svg/>"),
        ("data:image/png;base64,aGk=", b"hi"),
        ("data:image/png;BASE64,aGk", b"hi"),
        ("data:image/png;base64,a Gk%3D", b"hi"),
        ("data:image/png;base64,-_-_", b"\xfb\xff\xbf"),
    ],
)
def test_02_data_uri_bytes_are_decoded(address: str, data: bytes) -> None:
    assert data_uri_bytes(address) == data


@pytest.mark.parametrize("address", ["data:image/png", "data:image/png;base64,a"])
def test_02_damaged_data_uri_is_an_error(address: str) -> None:
    with pytest.raises(ImageError):
        data_uri_bytes(address)


def test_03_svg_in_home_link_needs_no_logo_word() -> None:
    html = HEADER.format(f'<svg viewBox="0 0 120 30" fill="currentColor">{SHAPE}</svg>')

    choice = best(html + ICON)

    assert choice.finder == "inline_svg"
    assert choice.data == (
        b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        b' viewBox="0 0 120 30" fill="currentColor" color="#000000"><path d="M1 2h3"/></svg>'
    )


def test_03_svg_coloured_by_css_only_is_black() -> None:
    html = HEADER.format(f'<svg fill="none" viewBox="0 0 90 30">{SHAPE}</svg>')

    assert b"none" not in (best(html).data or b"none")


def test_04_used_symbol_is_included_with_its_view_box() -> None:
    sprite = f'<svg><symbol id="mark-logo" viewBox="0 0 90 20">{SHAPE}</symbol></svg>'
    use = '<svg><use xlink:href="#mark-logo"></use></svg>'

    choice = best(sprite + HEADER.format(use) + ICON)

    assert choice.data is not None
    assert b'<symbol id="mark-logo" viewBox="0 0 90 20">' in choice.data
    assert Rule.LOGO_SYMBOL in rules(choice)


def test_04_external_symbol_is_an_address() -> None:
    use = '<svg class="logo"><use href="/sprite.svg#brand"></use></svg>'

    assert address(HEADER.format(use)) == "sprite.svg#brand"


def test_04_decoder_is_given_the_symbol_to_extract() -> None:
    home = "https://otterbrook.com/"
    html = '<header><a href="/"><svg class="logo"><use href="/s.svg#mark"/></svg></a></header>'
    sheet = (
        '<svg xmlns="http://www.w3.org/2000/svg"><symbol id="mark"><text>8x8</text></symbol></svg>'
    )
    seen: list[tuple[bytes, PictureRegion]] = []
    client = SafeClient(
        ClientOptions("Logosite-test"), adapter=PlayedWeb({home: html, home + "s.svg": sheet})
    )

    def remember(data: bytes, cut: PictureRegion) -> NormalisedImage:
        seen.append((data, cut))
        return decode_played(b"8x8", cut)

    find_logo("otterbrook.com", client, remember, page_result.inspect_page)

    assert seen[0] == (sheet.encode(), PictureRegion(symbol="mark"))
    client.close()


def test_04_symbol_is_extracted_in_the_sandboxed_child() -> None:
    sheet = (
        '<svg xmlns="http://www.w3.org/2000/svg"><symbol id="menu" viewBox="0 0 9 9"/>'
        '<symbol id="mark" viewBox="0 0 90 30"><rect width="45" height="30"/></symbol></svg>'
    )

    with PageReaders() as readers:
        image = readers.decode(sheet.encode(), PictureRegion(symbol="mark"))
        with pytest.raises(ImageError):
            readers.decode(sheet.encode(), PictureRegion(symbol="absent"))

    assert round(image.width / image.height) == 3


def test_05_og_image_without_logo_word_ranks_below_icons() -> None:
    html = '<meta property="og:image" content="/banner.jpg"><img src="/photo.jpg">'

    assert addresses(html) == ["favicon.ico", "apple-touch-icon.png", "banner.jpg", "photo.jpg"]


def test_05_og_image_named_logo_beats_icons() -> None:
    html = '<meta property="og:image" content="/img/logo.png">' + ICON

    assert address(html) == "img/logo.png"


@pytest.mark.parametrize("content", ["", "  ", "#"])
def test_05_empty_og_image_is_ignored(content: str) -> None:
    html = f'<meta property="og:image" content="{content}">'

    assert addresses(html) == ["favicon.ico", "apple-touch-icon.png"]


def test_05_article_image_with_logo_in_headline_is_not_the_logo() -> None:
    html = '<meta property="og:image" content="/the-long-history-of-logo-design.jpg">' + ICON

    assert address(html) == "icon.png"


def test_05_decoded_banner_loses_to_logo() -> None:
    html = '<meta property="og:logo" content="/b.png"><link rel="logo" href="/l.png">'

    site = look(PlayedWeb({HOME: html, HOME + "b.png": "500x20", HOME + "l.png": "90x30"}))

    assert site.captures[0].candidate.source_url == HOME + "l.png"


def test_05_decoded_photograph_loses_to_icon() -> None:
    html = '<meta property="og:image" content="/logo-party.jpg">' + ICON.replace("icon.", "i.", 1)
    pages = {HOME: html, HOME + "logo-party.jpg": "900x500 image/jpeg", HOME + "i.png": "32x32"}

    site = look(PlayedWeb(pages))

    assert Rule.PHOTOGRAPH in rules(site.captures[0].candidate)


@pytest.mark.parametrize(
    "document",
    [
        {"@type": "Organization", "logo": "/l.png"},
        [{"@type": "WebSite"}, {"@type": "Organization", "logo": {"url": "/l.png"}}],
        {
            "@graph": [
                {"@type": "Corporation", "logo": [{"@type": "ImageObject", "url": "/l.png"}]}
            ]
        },
        {"publisher": {"@type": "Organization", "logo": {"contentUrl": "/l.png"}}},
        [{"@id": "#l", "url": "/l.png"}, {"@type": "Organization", "logo": {"@id": "#l"}}],
        {"@type": "Organization", "logo": "[/l.png]"},
    ],
)
def test_06_json_ld_forms(document: object) -> None:
    assert address(json_ld(document) + ICON) == "l.png"


@pytest.mark.parametrize("role", ["author", "provider", "subOrganization", "itemReviewed"])
def test_07_json_ld_logo_of_other_organisation_is_rejected(role: str) -> None:
    document = {"@type": "Article", role: {"@type": "Organization", "logo": "/other.png"}}

    choice = best(json_ld(document))

    assert choice.score < REVIEW_THRESHOLD
    assert Rule.JSON_LD_FOREIGN_ROLE in rules(choice)


def test_07_json_ld_of_this_site_beats_json_ld_of_another() -> None:
    other = {"@type": "Organization", "url": "https://fernhill.com/", "logo": "/other.png"}
    own = {"@type": "Organization", "url": "https://otterbrook.com/", "logo": "/own.png"}

    assert address(json_ld([other, own])) == "own.png"


@pytest.mark.parametrize(
    "document",
    [
        {"@type": "JobPosting", "hiringOrganization": {"name": "Fernhill", "logo": "/x.png"}},
        {"@type": "Product", "brand": {"@type": "Brand", "name": "Fernhill", "logo": "/x.png"}},
        {"@type": "ItemList", "itemListElement": [{"item": {"logo": "/x.png"}}]},
        {"@type": "SoftwareApplication", "publisher": {"name": "Fernhill", "logo": "/x.png"}},
        {"@type": "Organization", "name": "Fernhill", "logo": "/x.png"},
    ],
)
def test_07_json_ld_of_other_organisations_loses_to_icon(document: object) -> None:
    assert address("<title>Otterbrook</title>" + json_ld(document) + ICON) == "icon.png"


@pytest.mark.parametrize(
    "organisation",
    [
        {"name": "Otterbrook Ltd"},
        {"name": "River Furniture"},
        {"url": "https://otterbrook.de/"},
        {"url": "/", "name": "Otterbrook"},
    ],
)
def test_07_organisation_with_the_sites_name_is_the_site(organisation: dict[str, str]) -> None:
    document = {"@type": "Organization", "logo": "/l.png", **organisation}

    choice = best("<title>River Furniture | Otterbrook</title>" + json_ld(document))

    assert choice.score >= REVIEW_THRESHOLD


@pytest.mark.parametrize(
    "text",
    [
        '{"@type":"WebSite"}{"@type":"Organization","logo":"/l.png"}',
        '<!-- {"@type":"Organization","logo":"/l.png"} -->',
        '//<![CDATA[\n{"@type":"Organization","logo":"/l.png"}\n//]]>',
        '{"@type":"Organization","name":"Otter\nbrook","logo":"/l.png"}',
        '{"@type":"Organization","price":,"logo":{"@type":"ImageObject","url":"/img/l.png"}}',
    ],
)
def test_08_broken_json_ld_is_read_as_far_as_possible(text: str) -> None:
    html = f'<script type="application/ld+json">{text}</script>' + ICON

    assert address(html).endswith("l.png")


def test_09_leading_tracking_pixel_is_not_the_logo() -> None:
    pixel = '<img src="https://metrics.example.com/b/ss/1?logo" width="1" height="1">'

    assert address(pixel + HEADER.format('<img src="/mark.png">')) == "mark.png"
