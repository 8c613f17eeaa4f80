"""Search of a run: words of domains, in logos, names of clusters, logos like another one."""

from dataclasses import dataclass
from typing import Final

from django.db.models import Q, QuerySet

from clustering.models import Assignment, Dataset, Domain, LabelSource, Logo, Run
from clustering.pipeline.naming.reading import words_of
from clustering.selectors import gallery, logo_tiles
from clustering.selectors.logo_tiles import Neighbour
from clustering.selectors.pages import capped_count
from clustering.selectors.words import saying

HITS: Final = 60
OTHERS: Final = 12
NEAR_LETTERS: Final = 3


@dataclass(frozen=True)
class Hits:
    """What was found; ``near`` holds suggestions when nothing was."""

    clusters: list[gallery.Card]
    rows: list[Assignment]
    """Logos of the run, the first of ``n``."""
    n: int
    others: list[Domain]
    """Without a logo in the run."""
    near: list[Domain]


def named(text: str, field: str = "domain__name") -> Q:
    """Return the condition that a name holds each word; one like ``.de`` ends it."""
    wanted = Q()
    for word in text.lower().split():
        place = "endswith" if word.startswith(".") else "contains"
        wanted &= Q(**{f"{field}__{place}": word})
    return wanted


def matching(text: str) -> Q:
    """Return the condition that the domain or the logo of an assignment has each word."""
    return named(text) | saying(text) if words_of(text) else named(text)


def search(dataset: Dataset, run: Run | None, label_source: LabelSource, text: str) -> Hits:
    """Return clusters and domains that match ``text``."""
    wanted = dataset.domains.filter(named(text, "name"))
    clusters, rows, n = [], [], 0
    if run:
        found = run.assignments.filter(matching(text), is_ignored=False)
        shown = found.select_related("logo__words", "domain").order_by("domain__name")
        clusters = gallery.matching_clusters(run, label_source, text)
        rows, n = list(shown[:HITS]), capped_count(found)
        wanted = wanted.exclude(pk__in=found.values("domain"))
    others = _first_with_logo(wanted, OTHERS if run else HITS)
    near = []
    if not (clusters or rows or others):
        starting = dataset.domains.filter(name__istartswith=text[:NEAR_LETTERS])
        near = _first_with_logo(starting, OTHERS)
    return Hits(clusters, rows, n, others, near)


def like(run: Run, logo: Logo | None) -> list[Neighbour]:
    """Return the logos that resemble ``logo``, and those that show it, best first."""
    if logo is None:
        return []
    same = run.assignments.filter(logo=logo, is_ignored=False).select_related("logo", "domain")
    equal = [Neighbour(row, 1.0) for row in same.order_by("domain__name")[:HITS]]
    similar = logo_tiles.neighbours(run, logo)
    return equal + [one for one in similar if not one.assignment.is_ignored]


def _first_with_logo(domains: "QuerySet[Domain]", most: int) -> list[Domain]:
    return list(logo_tiles.with_logo(domains).order_by("name")[:most])
