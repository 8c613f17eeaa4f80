"""Search of a run: words of domains, in logos, names of clusters, logos like another one."""

from dataclasses import dataclass
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from clustering.models import Assignment, Dataset, Domain, LabelSource, Logo, Run
from clustering.models.run import AssignmentQuerySet
from clustering.pipeline.naming.reading import words_of
from clustering.selectors import gallery, logo_tiles
from clustering.selectors.logo_tiles import Neighbour
from clustering.selectors.pages import capped_count
from clustering.selectors.words import is_asked, saying

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


def named(dataset_id: int, text: str, of: str = "") -> Q:
    """Return the condition that a name of a data set holds each word; one like ``.de`` ends it.

    Args:
        of: prefix of the look-ups, such as ``domain__``.
    """
    wanted = Q(**{f"{of}dataset": dataset_id})
    for word in text.split():
        place = "iendswith" if word.startswith(".") else "icontains"
        wanted &= Q(**{f"{of}name__{place}": word})
    return wanted


def matching(run: Run, text: str) -> AssignmentQuerySet:
    """Return the assignments whose domain, or whose logo, has each word; without ignored ones.

    Names and words are each found by an index of their own: one condition on both would read
    every row of the run.
    """
    shown = run.assignments.filter(is_ignored=False)
    has_name = named(run.dataset_id, text, "domain__")
    if not words_of(text) or not is_asked(run.dataset_id):
        return shown.filter(has_name)
    found = shown.filter(has_name).values("pk").union(shown.filter(saying(text)).values("pk"))
    return run.assignments.filter(pk__in=found)


def search(dataset: Dataset, run: Run | None, label_source: LabelSource, text: str) -> Hits:
    """Return clusters and domains that match ``text``."""
    wanted = Domain.objects.filter(named(dataset.pk, text))
    clusters, rows, n = [], [], 0
    if run:
        found = matching(run, text)
        shown = found.select_related("logo__words", "domain").order_by("domain__name")
        clusters = gallery.matching_clusters(run, label_source, text)
        rows, n = list(shown[:HITS]), capped_count(found)
        shown_there = Assignment.objects.filter(run=run, domain=OuterRef("pk"), is_ignored=False)
        wanted = wanted.exclude(Exists(shown_there))
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
