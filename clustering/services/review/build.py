"""Builds the review queue: first what one answer is expected to mend most of."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from django.db import transaction
from django.utils import timezone

from clustering.models import ReviewItem, ReviewSubject, Run
from clustering.pipeline.naming.words import n_owners
from clustering.pipeline.review_groups import (
    MOST_AT_ONCE,
    NEAR_SHARE,
    SURE,
    cluster_groups,
    expected_gain,
    outlier_groups,
)
from clustering.services import open_reviews
from clustering.services.embedding import vectors_of
from clustering.services.logos.placeholders import Showing, placeholder_ids

Kind = ReviewItem.Kind
ROWS_PER_INSERT: Final = 2_000
STAGE_OF: Final = {Kind.GROUP: 0, Kind.FRAGMENTS: 0, Kind.SINGLE: 0, Kind.MEMBER: 1, Kind.ICON: 2}
STAGE: Final = 10_000_000  # places of one stage; no run has more items
MIN_OWNERS: Final = 3  # of the sites that show one picture, to ask whether it is a default icon


@dataclass(frozen=True)
class Question:
    """An item that is not stored."""

    kind: ReviewItem.Kind
    score: float
    domain_ids: tuple[int, ...] = ()
    cluster_ids: tuple[int, ...] = ()
    reason: str = ""
    gain: float = 0.0
    """See :func:`expected_gain`."""


@dataclass(frozen=True)
class _OutlierLogo:
    """A logo of outliers that nobody decided about."""

    logo_id: int
    domain_ids: tuple[int, ...]
    names: tuple[str, ...]


class _Target(NamedTuple):
    """The likeliest cluster of a logo."""

    cluster_id: int
    probability: float
    n_members: int


@transaction.atomic
def build(run: Run) -> None:
    """Write the queue of a run, in place of what is open in it.

    Decided items stay, for the share of accepted suggestions; what was skipped stays skipped.
    """
    skipped = _domains_of(run.review_items.skipped())
    replaced = run.review_items.filter(n_open__gt=0).exclude(kind=Kind.MEMBER)
    with open_reviews.kept(run.pk, replaced) as items:
        items.delete()
    shared = _shared_icons(run)
    logos, icons = _outlier_logos(run, {pk for one in shared for pk in one.domain_ids})
    ranked = sorted([*_of_outliers(run, logos), *_fragments(run)], key=lambda one: -one.gain)
    append(run, [*ranked, *shared, *icons])
    _skip_again(run, skipped)


def append(run: Run, questions: Iterable[Question]) -> None:
    """Add items to the queue, each after those of its stage."""
    last: dict[int, int] = {}
    for stage in set(STAGE_OF.values()):
        placed = run.review_items.filter(place__gte=stage * STAGE, place__lt=(stage + 1) * STAGE)
        place = placed.order_by("-place").values_list("place", flat=True).first()
        last[stage] = 0 if place is None else place % STAGE + 1
    asked = list(questions)
    items = []
    for question in asked:
        stage = STAGE_OF[question.kind]
        place = stage * STAGE + last[stage]
        last[stage] += 1
        n_open = len(question.domain_ids) + len(question.cluster_ids)
        items.append(
            ReviewItem(
                run=run,
                kind=question.kind,
                place=place,
                score=question.score,
                reason=question.reason,
                n_open=n_open,
            )
        )
    ReviewItem.objects.bulk_create(items, batch_size=ROWS_PER_INSERT)
    ReviewSubject.objects.bulk_create(_subjects(items, asked), batch_size=ROWS_PER_INSERT)
    open_reviews.added(run.pk, items)


def _subjects(items: Sequence[ReviewItem], asked: Sequence[Question]) -> Iterator[ReviewSubject]:
    for item, question in zip(items, asked, strict=True):
        yield from (ReviewSubject(item=item, domain_id=pk) for pk in question.domain_ids)
        yield from (ReviewSubject(item=item, cluster_id=pk) for pk in question.cluster_ids)


def _shared_icons(run: Run) -> list[Question]:
    """Ask about each picture of three and more unrelated sites, in a cluster or not.

    Copies of a picture with equal hashes in one cluster are one picture.
    """
    rows = run.assignments.filter(reviewed_at__isnull=True).order_by("domain__name")
    locked = set(run.clusters.filter(is_locked=True).values_list("pk", flat=True))
    shown: dict[tuple[int | None, int | str], list[tuple[int, str]]] = {}
    columns = ("corrected_cluster_id", "logo_id", "logo__phash", "domain_id", "domain__name")
    for cluster_id, logo_id, phash, domain_id, name in rows.values_list(*columns).iterator():
        picture = logo_id if cluster_id is None else phash
        shown.setdefault((cluster_id, picture), []).append((domain_id, name))
    return [
        Question(Kind.ICON, 0.0, tuple(pk for pk, _ in some), reason=f"{n} unrelated sites")
        for (cluster_id, _), some in shown.items()
        if cluster_id not in locked and (n := n_owners(name for _, name in some)) >= MIN_OWNERS
    ]


def _outlier_logos(run: Run, asked: Collection[int]) -> tuple[list[_OutlierLogo], list[Question]]:
    """Return the logos of undecided outliers, and a question for each known default icon.

    Args:
        asked: domains that other questions are about.
    """
    rows = run.assignments.outliers().filter(reviewed_at__isnull=True).order_by("domain__name")
    table = list(
        rows.values_list(
            "logo_id", "domain__name", "logo__is_placeholder", "domain__decided_at", "domain_id"
        )
    )
    icon_ids = placeholder_ids(
        Showing(row[0], row[1], row[2], row[3] is not None) for row in table
    )
    shown: dict[int, list[tuple[int, str]]] = {}
    for logo_id, name, _, _, domain_id in table:
        if domain_id not in asked:
            shown.setdefault(logo_id, []).append((domain_id, name))
    logos = [
        _OutlierLogo(logo_id, tuple(pk for pk, _ in some), tuple(name for _, name in some))
        for logo_id, some in shown.items()
        if logo_id not in icon_ids
    ]
    icons = [
        Question(Kind.ICON, 0.0, tuple(pk for pk, _ in shown[logo_id]))
        for logo_id in shown
        if logo_id in icon_ids
    ]
    return logos, icons


def _of_outliers(run: Run, logos: Sequence[_OutlierLogo]) -> list[Question]:
    """Ask about outliers of one cluster together, then about those that resemble each other."""
    targets = _targets(run)
    nowhere = _Target(0, 0.0, 0)
    towards: dict[int, list[_OutlierLogo]] = {}
    others = []
    for logo in logos:
        target = targets.get(logo.logo_id, nowhere)
        if target.probability >= SURE:
            towards.setdefault(target.cluster_id, []).append(logo)
        else:
            others.append(logo)
    groups = [part for some in towards.values() for part in _parts(some)]
    groups += _resembling(run, others)
    return [
        _of_group(group, [targets.get(logo.logo_id, nowhere) for logo in group])
        for group in groups
    ]


def _of_group(group: Sequence[_OutlierLogo], targets: Sequence[_Target]) -> Question:
    """Ask where logos belong: to the cluster that they all may be of, or together."""
    score = min(one.probability for one in targets)
    sizes = [len(logo.domain_ids) for logo in group]
    towards = expected_gain([*sizes, max(one.n_members for one in targets)], score)
    return Question(
        Kind.GROUP if len(group) > 1 else Kind.SINGLE,
        score,
        tuple(pk for logo in group for pk in logo.domain_ids),
        gain=max(towards, expected_gain(sizes, NEAR_SHARE)),
    )


def _targets(run: Run) -> dict[int, _Target]:
    """Return the likeliest cluster by logo, after merges."""
    by = run.pair_score
    open_ = run.clusters.filter(is_locked=False, n_members__gt=0)
    n_members = dict(open_.values_list("pk", "n_members"))
    merged = run.clusters.filter(merged_into__in=n_members).values_list("pk", "merged_into_id")
    now = {pk: pk for pk in n_members} | dict(merged)
    found = {}
    for row in run.suggestions.all().iterator():
        for one in row.scored(by):
            if one.cluster_id in now:
                goal = now[one.cluster_id]
                found[row.logo_id] = _Target(goal, one.probability, n_members[goal])
                break
    return found


def _parts(logos: Sequence[_OutlierLogo]) -> Iterator[Sequence[_OutlierLogo]]:
    for start in range(0, len(logos), MOST_AT_ONCE):
        yield logos[start : start + MOST_AT_ONCE]


def _resembling(run: Run, logos: Sequence[_OutlierLogo]) -> list[list[_OutlierLogo]]:
    by_id = {logo.logo_id: logo for logo in logos}
    ids, vectors = vectors_of(list(by_id), run.embedder_key)
    names = [by_id[pk].names for pk in ids]
    groups = outlier_groups(vectors, names, run.pair_score)
    known = set(ids)
    without_vector = [[logo] for logo in logos if logo.logo_id not in known]
    return [[by_id[ids[row]] for row in rows] for rows in groups] + without_vector


def _fragments(run: Run) -> list[Question]:
    """Ask about clusters that are likely of one brand, the largest first in each question."""
    clusters = list(
        run.clusters.filter(n_members__gt=0, medoid__isnull=False, is_locked=False).order_by(
            "-n_members", "number"
        )
    )
    of_medoid = {cluster.medoid_id or 0: cluster for cluster in clusters}
    ids, vectors = vectors_of(list(of_medoid), run.embedder_key)
    if not ids:
        return []
    shown = [of_medoid[pk] for pk in ids]
    names = _names(run)
    score = run.pair_score
    apart = _apart(run, {one.pk: row for row, one in enumerate(shown)})
    groups = cluster_groups(vectors, [names.get(one.pk, []) for one in shown], score, apart)
    answered = [
        frozenset(subject.cluster_id for subject in item.subjects.all())
        for item in run.review_items.filter(kind=Kind.FRAGMENTS).prefetch_related("subjects")
    ]
    return [
        Question(
            Kind.FRAGMENTS,
            chance,
            cluster_ids=tuple(shown[row].pk for row in rows),
            gain=expected_gain([shown[row].n_members for row in rows], chance),
        )
        for rows, chance in groups
        if not any({shown[row].pk for row in rows} <= before for before in answered)
    ]


def _apart(run: Run, row_of: Mapping[int, int]) -> set[tuple[int, int]]:
    """Return the pairs of clusters that hold the two sides of a rule for different brands."""
    rules = list(run.pair_rules.filter(kind="different").values_list("first", "second"))
    held = run.assignments.filter(domain_id__among={pk for pair in rules for pk in pair})
    cluster_of = dict(held.values_list("domain_id", "corrected_cluster_id"))
    pairs = ([row_of.get(cluster_of.get(pk) or 0, -1) for pk in pair] for pair in rules)
    return {(min(pair), max(pair)) for pair in pairs}


def _names(run: Run) -> Mapping[int, list[str]]:
    """Return the domains of each cluster, as corrected."""
    held: dict[int, list[str]] = {}
    rows = run.assignments.filter(corrected_cluster_id__isnull=False).order_by()
    for cluster_id, name in rows.values_list("corrected_cluster_id", "domain__name").iterator():
        held.setdefault(cluster_id, []).append(name)
    return held


def _domains_of(items: Iterable[ReviewItem]) -> set[int]:
    subjects = ReviewSubject.objects.filter(item__in=list(items), domain__isnull=False)
    return {pk for pk in subjects.values_list("domain_id", flat=True) if pk}


def _skip_again(run: Run, domain_ids: set[int]) -> None:
    """Skip the items that ask only about domains that were skipped before."""
    if not domain_ids:
        return
    again = ReviewSubject.objects.filter(item__run=run, domain__in=domain_ids)
    others = ReviewSubject.objects.filter(item__run=run).exclude(domain__in=domain_ids)
    asked = run.review_items.open().filter(pk__in=again.values("item"))
    with open_reviews.kept(run.pk, asked.exclude(subjects__in=others)) as skipped:
        skipped.update(skipped_at=timezone.now())
