"""What each piece of evidence is worth; the start values were measured on 183 real pages."""

from typing import Final

from clustering.pipeline.finders import RuleHit

POINTS: Final[dict[str, float]] = {
    # Where an image stands; the context of its link beats everything.
    "in a link to the home page": 34,
    "in a link to another page": -14,
    "in a link to another site": -30,
    "'logo' in a parent's name": 26,
    "in the page's header": 14,
    "in the page's footer": -24,
    "among partners, payments, products or ads": -26,
    "named as a partner's, a product's or an ad": -26,
    "one of a wall of logos": -40,
    "early in the page": 4,
    "among the first pictures": 2,
    "the only picture called a logo": 2,
    "hidden": -12,
    # What an image calls itself.
    "'logo' in its own name or text": 22,
    "'logo' in its file name": 24,
    "the brand in its text or file name": 14,
    "marked as the logo (microdata)": 30,
    "a junk file name": -40,
    "a file called a home button": -60,
    "a consent manager's own mark": -200,
    "a spacer or tracking pixel": -60,
    "under 12 px": -50,
    "at most 2 px": -200,
    "as large as a photograph": -16,
    # Inline SVG.
    "wide as word marks are": 12,
    "square and small as interface icons are": -12,
    "in a button": -30,
    "named as an interface icon": -40,
    "its title or symbol says 'logo'": 20,
    # Declarations.
    "JSON-LD logo": 78,
    "JSON-LD of an organisation": 8,
    "JSON-LD names this site": 6,
    "JSON-LD names another site": -75,
    "JSON-LD publisher": -6,
    "JSON-LD of a person, provider or branch": -75,
    "og:logo": 84,
    "link rel=logo": 80,
    "microdata logo": 74,
    "og:image with 'logo' in its address": 42,
    "og:image": 0.5,
    # Style sheets.
    "background of an element named logo": 50,
    # Icons.
    "apple-touch-icon": 24,
    "icon": 12,
    "a large icon": 4,
    "an icon that scales": 8,
    "an icon for dark screens": -6,
    "manifest icon": 20,
    "a maskable icon": -4,
    "Windows tile": 14,
    "mask icon": 11,
    "/favicon.ico": 1,
    "/apple-touch-icon.png": 0.8,
    # Services.
    "a logo service's answer": 45,
    "an icon service's answer": 20,
}
WEAK_LIMIT: Final = 0.4
"""An image without a logo word and outside a home link stays below all icons."""
WEAK: Final = "nothing says that it is the logo"
STRANGE_LIMIT: Final = 0.9
"""A logo of which nothing says that it is the site's stays below /favicon.ico."""
UNSURE_LIMIT: Final = 56.0
"""A logo that only its name or the page's order gives to the site goes to a person."""
UNSURE: Final = "little says that it is this site's logo"
STRANGE: Final = "nothing says that it is this site's logo"


def spoke(rule: str, share: float = 1.0) -> RuleHit:
    """Return the evidence of ``rule``, or a share of it."""
    return RuleHit(rule, POINTS[rule] * share)


def limited(evidence: list[RuleHit], rule: str, limit: float) -> list[RuleHit]:
    """Return ``evidence`` with what keeps its sum at ``limit``, under the name of ``rule``."""
    excess = sum(item.points for item in evidence) - limit
    return [*evidence, RuleHit(rule, -excess)] if excess > 0 else evidence
