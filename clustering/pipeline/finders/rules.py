"""The rules that score a candidate; the points were first fitted on 183 recorded home pages."""

from enum import Enum
from typing import Final, NamedTuple


class Rule(Enum):
    """One rule: the text that people see, and the points of a full hit.

    A rule without points of its own is a limit: its hits take what exceeds the limit.
    """

    label: str
    points: float

    def __init__(self, label: str, points: float = 0.0) -> None:
        self.label = label
        self.points = points

    __hash__ = object.__hash__  # members are singletons; the hash of Enum is a Python function

    # Position on the page. The link around an image decides most.
    HOME_LINK = "in a link to the home page", 34
    PAGE_LINK = "in a link to another page", -14
    SITE_LINK = "in a link to another site", -30
    BUTTON_LINK = "in a link named as a button", -20
    LINK_TEXT = "in a link whose text names something else", -2
    BESIDE_PAINTED = "the header's link to the home page holds no picture", -4
    LOGO_PARENT = "'logo' in a parent's name", 26
    IN_HEADER = "in the page's header", 14
    BESIDE_NAME = "the header's link to the home page is the site's name as a text", -4
    ONLY_HOME = "the only picture of the header in a link to the home page", 10
    TABLE_TOP = "the first picture of a page laid out in tables names the site", 10
    IN_FOOTER = "in the page's footer", -24
    BAD_CONTEXT = "near partners, payments, products or ads", -26
    BAD_NAME = "class name of a partner, product or ad", -26
    LOGO_WALL = "one of a wall of logos", -40
    EARLY = "early in the page", 4
    FIRST = "among the first images", 2
    ONLY_LOGO = "the only image named logo", 2
    HIDDEN = "hidden", -12
    # The image's own names.
    LOGO_NAME = "'logo' in its own name or text", 22
    LOGO_FILE = "'logo' in its file name", 24
    BRAND_NAME = "the brand in its text or file name", 14
    BRAND_FILE = "file named after the brand", 12
    BRAND_TEXT = "its text is the brand", 2
    DESCRIBED_PHOTO = "a photograph whose text says more than the site's name", -4
    OTHER_TEXT = "its text names something else", -4
    ONLY_BRAND = "the only image named after the brand", 34
    MICRODATA_IMAGE = "marked as the logo (microdata)", 30
    MICRODATA_OTHER = "marked as the logo of a product, employer or other organisation", -60
    JUNK_FILE = "file name of a banner, icon or button", -40
    HOME_BUTTON = "file name of a home button", -60
    INTERFACE_FILE = "file name of a button, flag or other icon of the interface", -60
    CONSENT_MARK = "logo of a consent manager", -200
    SPACER = "a spacer or tracking pixel", -200
    TINY = "under 12 px", -50
    DECLARED_DOT = "at most 2 px", -200
    DECLARED_PHOTOGRAPH = "declared as large as a photograph", -16
    # Inline SVG.
    WIDE_DRAWING = "wide, as word marks are", 12
    UNLINKED_WORD_MARK = "wide and without a link, where no name leads home", 2
    SMALL_DRAWING = "small and square, as interface icons are", -12
    IN_BUTTON = "in a button", -30
    INTERFACE_ICON = "named as an interface icon", -40
    LOGO_SYMBOL = "its title or symbol says 'logo'", 20
    # Declarations.
    JSON_LD_LOGO = "JSON-LD logo", 78
    JSON_LD_ORGANISATION = "JSON-LD of an organisation", 8
    JSON_LD_OWN = "JSON-LD names this site", 6
    JSON_LD_OTHER = "JSON-LD names another site", -75
    JSON_LD_PUBLISHER = "JSON-LD publisher", -6
    JSON_LD_FOREIGN_ROLE = "JSON-LD of a person, provider or branch", -75
    OG_LOGO = "og:logo", 84
    REL_LOGO = "link rel=logo", 80
    MICRODATA_LOGO = "microdata logo", 74
    OG_IMAGE_LOGO = "og:image with 'logo' in its address", 42
    OG_IMAGE_BRAND = "og:image named as a rendition of the brand", 40
    OG_IMAGE = "og:image", 0.5
    DECLARED_ICON = "limit: the declared logo is an icon"
    SOCIAL_BANNER = "limit: the declared logo is a banner for social networks"
    ARTICLE_IMAGE = "limit: the declared logo is an article's image"
    UNNAMED_FILE = "limit: the declared file may be any image"
    NO_FILE = "limit: the declared address is that of no image"
    # Style sheets.
    BACKGROUND = "background of an element named logo", 50
    # Scripts.
    STATE_LOGO = "logo in the page's serialised state", 40
    LOGO_ATTRIBUTE = "logo attribute of a custom element", 40
    PRELOADED_LOGO = "preloaded file named logo", 34
    # Icons.
    TOUCH_ICON = "apple-touch-icon", 24
    ICON = "icon", 12
    LARGE_ICON = "a large icon", 4
    SCALABLE_ICON = "an icon that scales", 8
    DARK_ICON = "an icon for dark screens", -6
    MANIFEST_ICON = "manifest icon", 20
    MASKABLE_ICON = "a maskable icon", -4
    TILE = "Windows tile", 14
    MASK_ICON = "mask icon", 11
    DEFAULT_ICON = "/favicon.ico", 1
    DEFAULT_TOUCH_ICON = "/apple-touch-icon.png", 0.8
    # Logo services.
    SERVICE_LOGO = "a logo service's answer", 45
    SERVICE_ICON = "an icon service's answer", 20
    # Pixels of the decoded image.
    DOT = "image of at most 2 px", -1000
    PLACEHOLDER = "a placeholder", -1000
    BANNER_SHAPE = "as wide as a banner", -40
    COLUMN_SHAPE = "as narrow as a column", -30
    PHOTOGRAPH = "looks like a photograph", -20
    # Limits.
    NO_SIGNAL = "limit: no sign of a logo"
    UNATTRIBUTED = "limit: nothing ties the logo to this site"
    LOW_CONFIDENCE = "limit: little ties the logo to this site"
    INTERFACE = "limit: a small icon of the interface in a home link"
    FLAG = "limit: one of several links to languages"
    OTHER_NAME = "limit: names another organisation"
    MENU_BUTTON = "limit: one of a menu of pictures"
    MENU_TILE = "limit: one of several logos that link elsewhere"
    INVERSE_TWIN = "limit: the page has the same logo in colour"
    SISTER_SITE = "limit: leads to another site of the name, and another picture leads home"
    BESIDE_HOME = "limit: declared without the site's name, beside a picture that leads home"
    BESIDE_OWN = "limit: names something else, beside a picture that names the site"
    RENAMED_SITE = "limit: the domain moved to another name"
    AROUND_IMAGE = "limit: the element contains an image"
    ABSENT_ELEMENT = "limit: no such element on the page"

    def hit(self, share: float = 1.0) -> "RuleHit":
        """Return a hit with ``share`` of the points."""
        return RuleHit(self, self.points * share)


class RuleHit(NamedTuple):
    """A rule that matched a candidate, and the points it gave."""

    rule: Rule
    points: float


SAYS_LOGO: Final = frozenset(
    {
        Rule.LOGO_PARENT,
        Rule.LOGO_NAME,
        Rule.LOGO_FILE,
        Rule.LOGO_SYMBOL,
        Rule.OG_IMAGE_LOGO,
        Rule.BACKGROUND,
        Rule.MICRODATA_IMAGE,
        Rule.MICRODATA_LOGO,
    }
)
"""Rules that match where the page itself calls an image a logo."""
NO_SIGNAL_LIMIT: Final = 0.4
"""Below all icons: an image without a logo word and outside a home link."""
DECLARED_ICON_LIMIT: Final = 12.0
"""As much as a declared icon without a size."""
UNATTRIBUTED_LIMIT: Final = 0.9
"""Below /favicon.ico: a logo that nothing ties to the site."""
LOW_CONFIDENCE_LIMIT: Final = 56.0
"""Below the review threshold: a logo tied to the site only by its name or the page's order."""


JUNK_OF_BANNER: Final = Rule.JUNK_FILE.hit(0.3)
"""The banner at the top of an older page, which leads home or has the site's name, is its logo."""


def limited(hits: list[RuleHit], rule: Rule, limit: float) -> list[RuleHit]:
    """Return ``hits`` with a hit of ``rule`` that lowers a higher sum to ``limit``."""
    excess = sum(item.points for item in hits) - limit
    return [*hits, RuleHit(rule, -excess)] if excess > 0 else hits
