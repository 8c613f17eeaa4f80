"""Decides about outliers and clusters of one brand on the map alone, in Chromium.

Of each brand its logos are searched, selected, and moved by the name of a cluster.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clustering.lab.bench.review.keyboard import ANSWERED, LISTED, PATIENCE_MS, PLACE
from clustering.lab.bench.review.reviewer import BAD, Reviewer
from clustering.models import Cluster

if TYPE_CHECKING:
    from playwright.sync_api import Page

LEAST_LETTERS: Final = 3
ANSWERED_MAP: Final = ANSWERED.replace("cardAt", "hitsAt")


@dataclass
class MapSession:
    """What a review on the map took."""

    n_decisions: int = 0
    n_actions: int = 0
    """Searches, selections, typed names, and confirmations."""
    n_outliers: int = 0
    """Outliers that were decided about."""
    seconds: list[float] = field(default_factory=list)
    """From each confirmation to the painted map."""


class MapReviewer:
    """Works through the brands of a run on its map, which is open in ``page``."""

    def __init__(self, page: "Page", reviewer: Reviewer) -> None:
        self.page, self.reviewer = page, reviewer
        self.run, self.brand_of = reviewer.run, reviewer.brand_of
        self.names = sorted(self.run.assignments.values_list("domain__name", flat=True))
        self.session = MapSession()

    def work(self) -> MapSession:
        """Decide about each brand with anything to decide; single outliers stay what they are."""
        for brand in sorted({self.brand_of.get(name, BAD) for name in self.names}):
            self._review(brand)
        return self.session

    def _review(self, brand: str) -> None:
        homes = [] if brand == BAD else self.reviewer.clusters_of(brand)
        outliers = self._held(brand, [None])
        apart = outliers | self._held(brand, homes[1:])
        if brand == BAD:
            self._decide(brand, apart, None)
        elif homes:
            self._decide(brand, apart, self.run.clusters.get(pk=homes[0]))
        elif len(apart) > 1:
            self._decide(brand, apart, None)
        else:
            return
        self.session.n_outliers += len(outliers)

    def _held(self, brand: str, clusters: "list[int] | list[None]") -> set[str]:
        """Return the domains of a brand in clusters, or, for None, in none."""
        rows = self.run.assignments.filter(is_ignored=False)
        held = dict(rows.values_list("domain__name", "corrected_cluster_id"))
        return {
            name
            for name, cluster in held.items()
            if self.brand_of.get(name, BAD) == brand and cluster in clusters
        }

    def _decide(self, brand: str, names: Set[str], cluster: Cluster | None) -> None:
        allowed = names | (self._held(brand, [cluster.pk]) if cluster else set())
        if not names:
            return
        for text in self._searches(names, allowed):
            self.page.locator("#map-search").fill(text)
            self.page.locator("#pick-found").click()
            self.session.n_actions += 2
        if brand == BAD:
            self._confirm("x")
        elif cluster is None:
            self._type(brand)
            self.page.get_by_role("button", name="New cluster", exact=True).focus()
            self._confirm("Enter")
        else:
            self._type(cluster.name)
            self.page.wait_for_function(LISTED, timeout=PATIENCE_MS)
            place = self.page.evaluate(PLACE, str(cluster.uid))
            if place < 0:
                raise RuntimeError(f"{cluster.name} is not listed")
            for _ in range(place):
                self.page.keyboard.press("ArrowDown")
            self.session.n_actions += place
            self._confirm("Enter")

    def _searches(self, names: Set[str], allowed: Set[str]) -> Iterator[str]:
        """Yield texts that find ``names`` and nothing that is not allowed."""
        left = set(names)
        while left:
            name = min(left)
            prefixes = (name[:length] for length in range(LEAST_LETTERS, len(name) + 1))
            text = next((one for one in prefixes if self._hits(one) <= allowed), "")
            left.discard(name)
            if text:  # or its name is part of another one
                left -= self._hits(text)
                yield text

    def _hits(self, text: str) -> set[str]:
        return {name for name in self.names if text in name}

    def _type(self, name: str) -> None:
        self.page.locator("#actions [data-find]").fill(name)
        self.session.n_actions += 1

    def _confirm(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.page.wait_for_function(ANSWERED_MAP, timeout=PATIENCE_MS)
        refused = self.page.locator("#toasts .toast-bad")
        if refused.count():
            raise RuntimeError(f"refused: {refused.inner_text()}")
        took = self.page.evaluate("window.review.mapAt - window.review.pressedAt") / 1000
        self.session.seconds.append(took)
        self.session.n_actions += 1
        self.session.n_decisions += 1
