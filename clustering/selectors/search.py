"""Search of a run: words of domains, in logos, names of clusters, logos like another one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat

from clustering.models import Assignment, Dataset, Domain, LabelSource, Logo, Run
from clustering.models.run import AssignmentQuerySet
from clustering.pipeline.naming.reading import words_of
from clustering.selectors import gallery, logo_tiles
from clustering.selectors.logo_tiles import Neighbour
from clustering.selectors.pages import MOST_COUNTED, MOST_HITS, capped_count
from clustering.selectors.words import is_asked, saying

HITS: Final = 60
OTHERS: Final = 12
NEAR_LETTERS: Final = 3
MOST_READ: Final = 1_000  # of many hits, the first in the order of names


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
    """Return the assignments whose domain, or whose logo, has each word; without ignored ones."""
    return _matching(run, text, named(run.dataset_id, text, "domain__"))


def _matching(run: Run, text: str, has_name: Q) -> AssignmentQuerySet:
    """Return the assignments with this condition on their domain, or whose logo has each word.

    Names and words are each found by an index of their own: one condition on both would read
    every row of the run.
    """
    shown = run.assignments.filter(is_ignored=False)
    if not _has_words(run, text):
        return shown.filter(has_name)
    found = shown.filter(has_name).values("pk").union(shown.filter(saying(text)).values("pk"))
    return run.assignments.filter(pk__in=found)


def _has_words(run: Run, text: str) -> bool:
    """Whether the text is also looked for in logos."""
    return bool(words_of(text)) and is_asked(run.dataset_id)


def search(dataset: Dataset, run: Run | None, label_source: LabelSource, text: str) -> Hits:
    """Return clusters and domains that match ``text``."""
    names = Domain.objects.filter(named(dataset.pk, text))
    if run is None:
        found = Hits([], [], 0, _first_with_logo(names, HITS), [])
    else:
        clusters = gallery.matching_clusters(run, label_source, text)
        found = _in_run(run, names, text, clusters)
    if found.clusters or found.rows or found.others:
        return found
    starting = dataset.domains.filter(name__istartswith=text[:NEAR_LETTERS])
    return replace(found, near=_first_with_logo(starting, OTHERS))


def _in_run(run: Run, names: QuerySet[Domain], text: str, clusters: list[gallery.Card]) -> Hits:
    """Return the first logos of the run that match, their number, and domains without one."""
    some = dict(names.order_by().values_list("pk", "name")[: MOST_HITS + 1])
    if len(some) > MOST_HITS:
        return _among_many(run, names, text, some, clusters)
    found = _matching(run, text, Q(domain_id__among=list(some)))
    rows, others = _first(run, found, Domain.objects.filter(pk__among=list(some)))
    return Hits(clusters, rows, capped_count(found), others, [])


def _among_many(
    run: Run,
    names: QuerySet[Domain],
    text: str,
    some: Mapping[int, str],
    clusters: list[gallery.Card],
) -> Hits:
    """Return the same from more hits than are looked up one by one.

    The first of all of them in the order of names are not behind the first of ``some``: only
    hits up to there are read. They are sorted by an expression, since the index of names, which
    the database would else follow until it has met enough, may hold them at its end.
    """
    shown = run.assignments.filter(is_ignored=False, domain_id__among=list(some))
    here = set(shown.values_list("domain_id", flat=True))
    found = matching(run, text)
    n = MOST_COUNTED + 1 if len(here) > MOST_COUNTED else capped_count(found)
    first = sorted(name for pk, name in some.items() if pk in here)[:HITS]
    first += sorted(name for pk, name in some.items() if pk not in here)[:OTHERS]
    near = names.filter(name__lte=max(first)).order_by(Concat("name", Value("")))
    if not _has_words(run, text):
        keys = list(near.values_list("pk", flat=True)[:MOST_READ])
        of_these = run.assignments.filter(is_ignored=False, domain_id__among=keys)
        rows, others = _first(run, of_these, Domain.objects.filter(pk__among=keys))
        if len(rows) == HITS and len(others) == OTHERS:
            return Hits(clusters, rows, n, others, [])
    rows, others = _first(run, found, names)
    return Hits(clusters, rows, n, others, [])


def _first(
    run: Run, found: QuerySet[Assignment], names: QuerySet[Domain]
) -> tuple[list[Assignment], list[Domain]]:
    """Return the first logos in the order of names, and the first domains without one."""
    shown = found.select_related("logo__words", "domain").order_by("domain__name")
    is_shown = Exists(run.assignments.filter(domain=OuterRef("pk"), is_ignored=False))
    return list(shown[:HITS]), _first_with_logo(names.exclude(is_shown), OTHERS)


def like(run: Run, logo: Logo | None) -> list[Neighbour]:
    """Return the logos that resemble ``logo``, and those that show it, best first."""
    if logo is None:
        return []
    same = Assignment.objects.of_logos(run, [logo.pk]).filter(is_ignored=False)
    same = same.select_related("logo", "domain")
    equal = [Neighbour(row, 1.0) for row in same.order_by("domain__name")[:HITS]]
    similar = logo_tiles.neighbours(run, logo)
    return equal + [one for one in similar if not one.assignment.is_ignored]


def _first_with_logo(domains: QuerySet[Domain], most: int) -> list[Domain]:
    return list(logo_tiles.with_logo(domains).order_by("name")[:most])
