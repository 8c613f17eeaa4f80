"""Whom the microdata around an element describe."""

from itertools import islice
from typing import Final

from lxml.html import HtmlElement

MAX_ITEM_LEVELS: Final = 12
OTHER_ROLES: Final = frozenset(
    {
        "brand", "hiringorganization", "author", "sponsor", "provider", "organizer",
        "manufacturer", "performer", "itemreviewed", "suborganization", "parentorganization",
        "department", "seller", "memberof", "affiliation", "worksfor", "review",
    }
)  # fmt: skip
OTHER_ITEMS: Final = frozenset({"brand", "product", "jobposting", "event", "review", "person"})


def is_of_other_item(element: HtmlElement) -> bool:
    """Return whether the microdata around ``element`` describe something else than the site."""
    for ancestor in islice(element.iterancestors(), MAX_ITEM_LEVELS):
        role = (ancestor.get("itemprop") or "").strip().lower()
        kind = (ancestor.get("itemtype") or "").rpartition("/")[2].lower()
        if role in OTHER_ROLES or kind in OTHER_ITEMS:
            return True
    return False
