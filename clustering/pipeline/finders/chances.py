"""The chance that a page's first candidate is its logo: a logistic model over named signs.

``manage.py fit_finders`` fits the weights; docs/quality.md has the reliability table.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from clustering.pipeline.finders import LogoCandidate, icons
from clustering.pipeline.finders.lexicon import says_logo_in_address
from clustering.pipeline.finders.rules import SAYS_LOGO, Rule

DECLARING: Final = frozenset({"json_ld", "meta", "og"})
BRAND: Final = frozenset({Rule.BRAND_NAME, Rule.BRAND_FILE, Rule.BRAND_TEXT})
LOWERED_BY: Final = -10.0
RIVAL_POINTS: Final = 12.0
N_STRONG: Final = 3  # of: leads home, in the header, called a logo, has the site's name
N_NEEDED: Final = 2  # of these: "Close" and menus of pictures lead home too
SURE: Final = 0.98
"""Chance from which an answer needs no review; one in 20 of those just below is wrong."""
UNTIED: Final = frozenset(
    {
        Rule.RENAMED_SITE,
        Rule.LOW_CONFIDENCE,
        Rule.UNATTRIBUTED,
        Rule.OTHER_NAME,
        Rule.NO_SIGNAL,
        Rule.ABSENT_ELEMENT,
        Rule.JUNK_FILE,
        Rule.HOME_BUTTON,
        Rule.INTERFACE_FILE,
        Rule.INTERFACE_ICON,
        Rule.IN_BUTTON,
        Rule.BUTTON_LINK,
        Rule.MENU_BUTTON,
    }
)
"""Limits of what is not tied to the site, or is named as something else: it needs a review,
whatever its other signs."""
ICON_LIKE: Final = frozenset({Rule.SMALL_DRAWING, Rule.LINK_TEXT})
"""What icons beside a text have, and some logos, which are named."""
UNTIED_CHANCE: Final = 0.9


@dataclass(frozen=True)
class Answer:
    """The first candidate of a page, with what the signs need."""

    finder: str
    source_url: str
    points: Mapping[Rule, float]
    rivals: tuple[float, ...]
    """Scores of the others that do not lead home."""

    @cached_property
    def score(self) -> float:
        """Sum of the points."""
        return sum(self.points.values())

    @property
    def is_icon(self) -> bool:
        """Whether it is an icon."""
        return self.finder in icons.FINDERS

    @property
    def is_declared(self) -> bool:
        """Whether only metadata name it."""
        return self.finder in DECLARING

    @property
    def is_home(self) -> bool:
        """Whether it leads to this host's home page."""
        return self.points.get(Rule.HOME_LINK, 0.0) == Rule.HOME_LINK.points

    @property
    def is_called_logo(self) -> bool:
        """Whether the page or the address calls it a logo."""
        return not SAYS_LOGO.isdisjoint(self.points) or says_logo_in_address(self.source_url)

    @property
    def is_named(self) -> bool:
        """Whether it has the site's name."""
        return not BRAND.isdisjoint(self.points)

    @property
    def n_signs(self) -> int:
        """How many of the four usual signs it has."""
        signs = (self.is_home, Rule.IN_HEADER in self.points, self.is_called_logo, self.is_named)
        return sum(signs)

    @property
    def is_tied(self) -> bool:
        """Whether enough ties it to the site, apart from metadata, which are the site's own."""
        has_signs = self.is_declared or self.is_icon or self.n_signs >= N_NEEDED
        is_other = Rule.OTHER_TEXT in self.points and not self.is_called_logo
        if not ICON_LIKE.isdisjoint(self.points):
            is_other = is_other or not (self.is_called_logo or self.is_named)
        return has_signs and not is_other and UNTIED.isdisjoint(self.points)


Sign = Callable[[Answer], bool]
SIGNS: Final[Mapping[str, Sign]] = {
    "always": lambda _: True,
    "an icon": lambda it: it.is_icon,
    "declared, file named logo": lambda it: it.is_declared and it.is_called_logo,
    "declared, file without a name": lambda it: it.is_declared and not it.is_called_logo,
    "painted by a style sheet": lambda it: it.finder == "style",
    "in a link to the home page": lambda it: it.is_home,
    "three of the four signs": lambda it: it.n_signs >= N_STRONG,
    "lowered by a rule": lambda it: min(it.points.values(), default=0.0) <= LOWERED_BY,
    "another is as good": lambda it: max(it.rivals, default=-99.0) > it.score - RIVAL_POINTS,
}
WEIGHTS: Final[Mapping[str, float]] = {
    "always": 3.14,
    "an icon": -1.08,
    "declared, file named logo": 0.66,
    "declared, file without a name": -0.39,
    "painted by a style sheet": 0.27,
    "in a link to the home page": 1.98,
    "three of the four signs": 0.74,
    "lowered by a rule": -1.09,
    "another is as good": -0.49,
}
"""By sign; each is added where the sign is there."""


def chance(best: LogoCandidate, others: Iterable[LogoCandidate]) -> float:
    """Return the estimated probability that ``best`` is what a person would choose."""
    answer = answered(best, others)
    total = sum(weight for name, weight in WEIGHTS.items() if SIGNS[name](answer))
    estimate = 1.0 / (1.0 + math.exp(-total))
    return estimate if answer.is_tied else min(estimate, UNTIED_CHANCE)


def answered(best: LogoCandidate, others: Iterable[LogoCandidate]) -> Answer:
    """Return the first candidate in the form that the signs need."""
    rivals = (one for one in others if one.finder not in icons.FINDERS and one is not best)
    return Answer(
        best.finder,
        best.source_url,
        {hit.rule: hit.points for hit in best.evidence},
        tuple(one.score for one in rivals if not _leads_home(one)),
    )


def _leads_home(one: LogoCandidate) -> bool:
    return any(
        hit.rule is Rule.HOME_LINK and hit.points == hit.rule.points for hit in one.evidence
    )
