"""A declared logo is judged by its file: icons, banners and articles' images are no logos."""

import pytest

from clustering.pipeline.finders.ranking import REVIEW_THRESHOLD, kind
from tests.pipeline.finders.pages import HEADER, ICON, SHAPE, address, best, json_ld

TOUCH = '<link rel="apple-touch-icon" sizes="180x180" href="/touch.png">'
DRAWN = HEADER.format(f'<svg viewBox="0 0 120 30">{SHAPE}</svg>')
ICON_FILES = [
    "/icon.png", "/touch.png", "/favicon.ico", "/static/favicon-196.png",
    "/android-chrome-512x512.png", "/img/apple-icon-180.png", "/mstile-150.png", "/site-icon.svg",
]  # fmt: skip
BANNER_FILES = [
    "/og-image.png", "/img/og_image_default.jpg", "/opengraph.png", "/social-share.png",
    "/assets/facebook-preview.jpg", "/BannerX_w640h360.jpg", "/twitter_card.png",
    "/media/home-1200x630.png", "/share.jpg", "/hero-image.webp",
]  # fmt: skip
ARTICLE_FILES = [
    "/blog/2024/evening.jpg",
    "/news/harbour-at-night.jpeg",
    "/uploads/how-to-bake-the-best-bread-at-home.png",
    "https://secure.gravatar.com/avatar/1f2e?s=96",
]
DECLARATIONS = ["json_ld", "og:logo", "microdata", "rel"]


def declared(kind: str, file: str) -> str:
    """Return a page part that declares ``file`` as the logo."""
    return {
        "json_ld": json_ld({"@type": "Organization", "name": "Otterbrook", "logo": file}),
        "og:logo": f'<meta property="og:logo" content="{file}">',
        "microdata": f'<meta itemprop="logo" content="{file}">',
        "rel": f'<link rel="logo" href="{file}">',
    }[kind]


@pytest.mark.parametrize("declaration", DECLARATIONS)
@pytest.mark.parametrize("file", [*ICON_FILES, *BANNER_FILES, *ARTICLE_FILES])
def test_header_logo_beats_a_declared_file_that_is_none(declaration: str, file: str) -> None:
    choice = best(ICON + TOUCH + declared(declaration, file) + DRAWN)

    assert choice.finder == "inline_svg"
    assert choice.score >= REVIEW_THRESHOLD


@pytest.mark.parametrize("file", [*BANNER_FILES, *ARTICLE_FILES])
def test_touch_icon_beats_a_declared_banner(file: str) -> None:
    assert address(ICON + TOUCH + declared("json_ld", file)) == "touch.png"


@pytest.mark.parametrize("file", ICON_FILES)
def test_declared_icon_counts_as_an_icon(file: str) -> None:
    assert kind(best(ICON + TOUCH + declared("json_ld", file))) == "icon_only"


@pytest.mark.parametrize(
    "file", ["/l.png", "/otterbrook.svg", "/img/logo-600x60.png", "/blog/logo.jpg", "/9f3ac1.png"]
)
def test_other_declared_files_stay_trusted(file: str) -> None:
    choice = best(ICON + TOUCH + declared("json_ld", file))

    assert choice.source_url.endswith(file)
    assert choice.score >= REVIEW_THRESHOLD


@pytest.mark.parametrize("file", ["/logo-share-1200x630.png", "/og-logo.png", "/photo.jpg"])
def test_doubtful_declared_file_goes_to_review(file: str) -> None:
    choice = best(ICON + TOUCH + declared("json_ld", file))

    assert choice.source_url.endswith(file)
    assert choice.score < REVIEW_THRESHOLD
    assert best(ICON + TOUCH + declared("json_ld", file) + DRAWN).finder == "inline_svg"


@pytest.mark.parametrize("file", ["/themes/nimbus/img/logo.png", "/static/default/logo.svg"])
def test_header_logo_beats_a_declared_file_that_may_be_the_themes(file: str) -> None:
    assert best(ICON + declared("json_ld", file) + DRAWN).finder == "inline_svg"
    assert best(ICON + declared("json_ld", file)).score >= REVIEW_THRESHOLD


def test_declared_logo_with_the_sites_name_beats_an_unnamed_drawing() -> None:
    file = "/static/otterbrook-logo.png"

    assert address(ICON + declared("json_ld", file) + DRAWN) == file[1:]


@pytest.mark.parametrize(
    "file",
    ["https://www.example.com/logo.png", "http://your-domain.com/images/logo.png",
     "/plugins/schema/example-logo.png"],
)  # fmt: skip
@pytest.mark.parametrize("declaration", DECLARATIONS)
def test_icon_beats_a_declared_address_of_documentation(declaration: str, file: str) -> None:
    assert address(ICON + declared(declaration, file)) == "icon.png"


def test_declared_size_of_a_banner_counts() -> None:
    logo = {"@type": "ImageObject", "url": "/l.png", "width": 1200, "height": "630"}
    page = json_ld({"@type": "Organization", "name": "Otterbrook", "logo": logo})

    assert address(ICON + TOUCH + page) == "touch.png"


def test_banner_in_the_sites_own_name_is_no_banner() -> None:
    url = "https://www.bannerhill.com/"

    choice = best(ICON + declared("rel", "/bannerhill.svg"), url)

    assert choice.source_url == f"{url}bannerhill.svg"


@pytest.mark.parametrize(
    "file",
    ["/dam/otterbrook_green40_rgb.png/renditions/web.800.png", "/otterbrook-horizontal-cmyk.svg"],
)
def test_og_image_named_as_a_rendition_of_the_brand_beats_icons(file: str) -> None:
    page = f'<meta property="og:image" content="{file}">' + ICON + TOUCH

    assert address(page) == file[1:]
    assert best(page).score < REVIEW_THRESHOLD


@pytest.mark.parametrize("file", ["/otterbrook.jpg", "/otterbrook-summer-rgb-party.png"])
def test_og_image_with_only_the_brands_name_stays_below_icons(file: str) -> None:
    assert address(f'<meta property="og:image" content="{file}">' + ICON) == "icon.png"


@pytest.mark.parametrize(
    "text",
    ['{"@type":"Organization","logo":["/l.png",],}', '{"logo": ["/l.png", "/m.png"'],
)  # fmt: skip
def test_json_ld_with_trailing_commas_is_read(text: str) -> None:
    assert address(f'<script type="application/ld+json">{text}</script>') == "l.png"


def test_json_ld_image_named_logo_beats_icons() -> None:
    own = {"@type": "Restaurant", "name": "Otterbrook", "image": "/img/logo.png"}
    other = {"@type": "Product", "name": "Kettle", "image": "/img/logo.png"}

    assert address(TOUCH + json_ld(own)) == "img/logo.png"
    assert address(TOUCH + json_ld(other)) == "touch.png"


def test_first_picture_of_a_table_names_the_site_in_a_link_to_an_index() -> None:
    top = '<td><a href="/web/index.html"><img src="/web/top_logo.jpg" alt="Otterbrook"></a></td>'

    assert address(f"{ICON}<table><tr>{top}</tr></table>") == "web/top_logo.jpg"


def test_first_picture_of_a_table_named_after_the_site_may_lead_to_its_shop() -> None:
    top = '<td><a href="/cgi-bin/store.cgi"><img src="/img/otterbrook.gif"></a></td>'

    assert address(f"{ICON}<table><tr>{top}</tr></table>") == "img/otterbrook.gif"
