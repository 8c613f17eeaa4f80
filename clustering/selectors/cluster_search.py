"""Clusters whose name, or a domain in them, contains a text: pages at a bounded cost."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When

from clustering.models import Cluster, Domain, LabelSource, Run
from clustering.models.run import effective
from clustering.selectors.pages import (
    MOST_COUNTED,
    KeysetPage,
    Sort,
    capped_count,
    crossed,
    first_keys,
    keyset_page,
)

SIZE_COLUMNS: Final = {LabelSource.MACHINE: "size", LabelSource.CORRECTED: "n_members"}
MOST_CROSSED: Final = 5_000  # clusters
MOST_PROBED: Final = 500_000  # domains in them; most are read up to their first hit
PROBED_AT_ONCE: Final = 250  # clusters


def matches(run: Run, label_source: LabelSource, text: str) -> Q:
    """Return the condition that a cluster's name, or a domain in it, contains ``text``."""
    holding = run.assignments.named(text, run.dataset_id).annotate(held=effective(label_source))
    held = holding.filter(held__isnull=False).values("held")
    return Q(name__icontains=text) | Q(pk__in=held)


def matching_page(
    run: Run,
    label_source: LabelSource,
    found: QuerySet[Cluster],
    text: str,
    order: Sequence[Sort],
    *,
    token: str,
    size: int,
) -> KeysetPage[Cluster]:
    """Return a page of those of ``found`` that match ``text``.

    A text of two letters is in half of all names, so the clusters of the first hits are looked
    up, and then those that the page passes over on the way from one to the next. All hits are
    looked up where that says too little: where a few clusters hold nearly all of them.
    """
    known, are_all = _first_matches(run, label_source, found, text)

    def page_of(keys: set[int]) -> KeysetPage[Cluster]:
        rows, n = found.filter(pk__among=keys), min(len(keys), MOST_COUNTED + 1)
        return keyset_page(rows, order, token=token, size=size, count=n)

    if are_all:
        return page_of(known)
    known |= _largest(run, label_source, known, text)
    if len(known) > MOST_COUNTED:
        passed = crossed(found, order, token=token, page=page_of(known))
        beside = None if passed is None else _beside(run, label_source, passed, known, text)
        if beside is not None:
            return page_of(known | beside)
    every = found.filter(matches(run, label_source, text))
    return keyset_page(every, order, token=token, size=size, count=capped_count(every))


def _largest(run: Run, label_source: LabelSource, known: set[int], text: str) -> set[int]:
    """Return clusters that match, the largest first, until they and the known are many.

    The first hits of a text may be of few clusters, where a list is in the order of brands.
    """
    size = SIZE_COLUMNS[label_source]
    every = run.clusters.filter(**{f"{size}__gt": 0}).order_by(f"-{size}", "number")
    found: set[int] = set()
    for start in range(0, MOST_CROSSED, PROBED_AT_ONCE):
        if len(known | found) > MOST_COUNTED:
            break
        keys = set(every.values_list("pk", flat=True)[start : start + PROBED_AT_ONCE])
        matching = _probed(run, label_source, keys - known, text) | (keys & known)
        found |= matching
        if 2 * len(matching) < PROBED_AT_ONCE:  # too few for a large share of the text
            break
    return found


def _first_matches(
    run: Run, label_source: LabelSource, found: QuerySet[Cluster], text: str
) -> tuple[set[int], bool]:
    """Return keys of clusters that match, and whether these are all. Three queries."""
    names = Domain.objects.filter(dataset=run.dataset_id, name__icontains=text)
    hits, has_all_hits = first_keys(names)
    named, has_all_named = first_keys(found.filter(name__icontains=text))
    rows = run.assignments.annotate(held=effective(label_source))
    rows = rows.filter(domain_id__among=hits, held__isnull=False).order_by()
    held = rows.values_list("held", flat=True).distinct()
    return {*held, *named}, has_all_hits and has_all_named


def _beside(
    run: Run, label_source: LabelSource, passed: QuerySet[Any], known: set[int], text: str
) -> set[int] | None:
    """Return those of ``passed`` that match and are not known; None if they are too many."""
    sizes = dict(passed.order_by().values_list("pk", SIZE_COLUMNS[label_source])[:MOST_CROSSED])
    unknown = sizes.keys() - known
    if len(sizes) == MOST_CROSSED or sum(sizes[pk] for pk in unknown) > MOST_PROBED:
        return None
    return _probed(run, label_source, unknown, text)


def _probed(run: Run, label_source: LabelSource, keys: Collection[int], text: str) -> set[int]:
    """Return those of these clusters that match; each is read up to its first hit. One query."""
    rows = run.assignments.annotate(held=effective(label_source)).named(text, run.dataset_id)
    probed = (
        run.clusters.filter(pk__among=list(keys))
        .order_by()
        .annotate(
            holds=Exists(rows.filter(held=OuterRef("pk"))),
            is_named=Case(When(name__icontains=text, then=True), default=False),
        )
    )
    return {pk for pk, *are in probed.values_list("pk", "holds", "is_named") if any(are)}
