"""Cards of the review queue: logos, suggested clusters, and how much is left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from statistics import median
from typing import Final

from django.db.models import QuerySet

from clustering.models import (
    Assignment,
    Capture,
    Cluster,
    LabelSource,
    Logo,
    ReviewCount,
    ReviewItem,
    ReviewSubject,
    Run,
)
from clustering.models.review import DOUBTED, LIKELY
from clustering.pipeline.naming import SURE as SURE_NAME
from clustering.pipeline.naming.words import plain_name, shared_word
from clustering.selectors import gallery, words
from clustering.selectors.similarity import SuggestedCluster, suggestions

N_CHOICES: Final = 5
N_EXEMPLARS: Final = 3
N_RECENT: Final = 30  # decisions that pace and hit rate are measured on
PACE_SECONDS: Final = 5.0  # per item until people have shown theirs
LONGEST_PAUSE: Final = timedelta(seconds=60)  # between two decisions; longer ones are breaks
Kind, State = ReviewItem.Kind, ReviewCount.State
GRID: Final = "grid"
SAME_WORDS: Final = "same words in the logo"
ACCEPTED: Final = ("1", GRID)
"""Answers that took the first suggestion."""


@dataclass(frozen=True)
class CardLogo:
    """One undecided logo of an item."""

    assignment: Assignment
    n_domains: int
    """Domains of the item that show this very picture."""
    capture: Capture | None
    """Where it was found."""


@dataclass(frozen=True)
class Choice:
    """A suggested cluster with the key that accepts it."""

    key: int
    cluster: Cluster
    n_domains: int
    exemplars: tuple[Logo, ...]
    probability: float | None
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class ReviewCard:
    """One item as the page shows it."""

    item: ReviewItem
    logos: tuple[CardLogo, ...]
    choices: tuple[Choice, ...]
    clusters: tuple[gallery.Card, ...]
    """The clusters that may be merged."""
    own: Cluster | None
    """The cluster of a likely wrong member, or of a shared icon."""
    name: str
    """Proposed for a new cluster."""
    before: int | None
    after: int | None


@dataclass(frozen=True)
class KindCount:
    """How many items of one kind are open."""

    kind: ReviewItem.Kind
    n: int


@dataclass(frozen=True)
class QueueState:
    """What is left, by kind, and how long it will take."""

    counts: tuple[KindCount, ...]
    n_left: int
    n_skipped: int
    n_all: int
    n_recent: int
    n_accepted: int
    """Of the recent suggestions."""
    n_sure: int
    """Open items of outliers whose first suggestion is above ``SURE``."""
    n_likely: int
    """Open items of outliers whose first suggestion is above ``LIKELY``, sure ones included."""
    n_unlikely: int
    """Open single outliers without a likely cluster."""
    seconds_left: float

    @property
    def n_done(self) -> int:
        return self.n_all - self.n_left - self.n_skipped

    @property
    def minutes_left(self) -> int:
        return max(1, round(self.seconds_left / 60))

    @property
    def accepted_share(self) -> float:
        return self.n_accepted / self.n_recent if self.n_recent else 0.0


def state(run: Run) -> QueueState:
    """Return the kept counts of the queue, and the pace of the last answers. Two queries."""
    n_of = {(row.kind, row.state): row.n for row in run.review_counts.all()}
    n_open = {kind: sum(n_of.get((kind, state), 0) for state in ReviewCount.OPEN) for kind in Kind}
    answered = run.review_items.filter(answered_at__isnull=False).order_by("-answered_at")
    recent = list(answered.values_list("answer", "answered_at", "score")[:N_RECENT])
    n_left = sum(n_open.values())
    n_sure = sum(n_of.get((kind, State.SURE), 0) for kind in (Kind.GROUP, Kind.SINGLE))
    n_less = sum(n_of.get((kind, State.LIKELY), 0) for kind in (Kind.GROUP, Kind.SINGLE))
    at_once = (GRID, DOUBTED)
    moments = [moment for answer, moment, _ in recent if moment and answer not in at_once]
    gaps = [later - earlier for later, earlier in pairwise(moments)]
    working = [gap.total_seconds() for gap in gaps if gap < LONGEST_PAUSE]
    suggested = [answer for answer, _, score in recent if score >= LIKELY]
    return QueueState(
        counts=tuple(KindCount(kind, n) for kind, n in n_open.items() if n),
        n_left=n_left,
        n_skipped=sum(n_of.get((kind, State.SKIPPED), 0) for kind in Kind),
        n_all=sum(n_of.values()),
        n_recent=len(suggested),
        n_accepted=sum(answer in ACCEPTED for answer in suggested),
        n_sure=n_sure,
        n_likely=n_sure + n_less,
        n_unlikely=n_of.get((Kind.SINGLE, State.UNLIKELY), 0),
        seconds_left=n_left * (max(0.5, median(working)) if working else PACE_SECONDS),
    )


def open_items(run: Run) -> int:
    """Return the number of open items of the queue. One query."""
    kept = run.review_counts.filter(state__in=ReviewCount.OPEN)
    return sum(kept.values_list("n", flat=True))


def first_open(run: Run, *, after: int = -1) -> ReviewItem | None:
    """Return the next open item after a place, cyclically. Two queries at most."""
    waiting = run.review_items.open()
    return waiting.filter(place__gt=after).first() or waiting.first()


def card(run: Run, item: ReviewItem) -> ReviewCard:
    """Return the card of an item; nineteen queries at any size of the run."""
    subjects = list(item.subjects.select_related("cluster__medoid"))
    rows = _undecided(run, subjects)
    logos = _logos(rows)
    own = _own_cluster(run, rows) if item.kind in (Kind.MEMBER, Kind.ICON) else None
    waiting = run.review_items.filter(n_open__gt=0)
    return ReviewCard(
        item=item,
        logos=logos,
        choices=_choices(run, [one.assignment.logo for one in logos], own),
        clusters=tuple(_mergeable(run, subjects)),
        own=own,
        name=_proposed_name(rows),
        before=_pk(waiting.filter(place__lt=item.place).order_by("-place")),
        after=_pk(waiting.filter(place__gt=item.place)),
    )


def _pk(items: "QuerySet[ReviewItem]") -> int | None:
    return items.values_list("pk", flat=True).first()


def _undecided(run: Run, subjects: Sequence[ReviewSubject]) -> list[Assignment]:
    ids = [one.domain_id for one in subjects if one.domain_id]
    rows = run.assignments.filter(domain_id__in=ids, reviewed_at__isnull=True)
    return list(rows.select_related("logo", "domain").order_by("domain__name"))


def _logos(rows: Sequence[Assignment]) -> tuple[CardLogo, ...]:
    """Return identical pictures once."""
    shown: dict[int, list[Assignment]] = {}
    for row in rows:
        shown.setdefault(row.logo_id, []).append(row)
    firsts = [some[0].domain_id for some in shown.values()]
    found = Capture.objects.filter(domain_id__in=firsts, is_primary=True)
    capture_of = {capture.domain_id: capture for capture in found}
    return tuple(
        CardLogo(some[0], len(some), capture_of.get(some[0].domain_id)) for some in shown.values()
    )


def _own_cluster(run: Run, rows: Sequence[Assignment]) -> Cluster | None:
    held = rows[0].corrected_cluster_id if rows else None
    return run.clusters.select_related("medoid").filter(pk=held).first() if held else None


def _choices(run: Run, logos: Sequence[Logo], own: Cluster | None) -> tuple[Choice, ...]:
    """Return the clusters that fit the logos best together."""
    if not logos:
        return ()
    logo_ids = sorted({logo.pk for logo in logos})
    found = suggestions(run, LabelSource.CORRECTED, logo_ids, top=N_CHOICES + 1)
    others = [pair for pair in ranked(found) if own is None or pair[0].cluster.pk != own.pk]
    best = others[:N_CHOICES]
    cards = gallery.cards(run, LabelSource.CORRECTED, [one.cluster for one, _ in best])
    exemplars = {shown.cluster.pk: shown.montage[:N_EXEMPLARS] for shown in cards}
    read = words.read_in([*logos, *(logo for some in exemplars.values() for logo in some)])

    def reasons(one: SuggestedCluster) -> tuple[str, ...]:
        pairs = ((logo, other) for logo in logos for other in exemplars[one.cluster.pk])
        says_same = any(words.shared(read, *pair) for pair in pairs)
        told = tuple(reason.value for reason in one.reasons)
        return (*told, SAME_WORDS) if says_same else told

    return tuple(
        Choice(
            key=place + 1,
            cluster=shown.cluster,
            n_domains=shown.n_domains,
            exemplars=exemplars[shown.cluster.pk],
            probability=probability,
            reasons=reasons(one),
        )
        for place, (shown, (one, probability)) in enumerate(zip(cards, best, strict=True))
    )


def ranked(
    found: Mapping[int, Sequence[SuggestedCluster]],
) -> list[tuple[SuggestedCluster, float]]:
    """Return the clusters that fit all the logos best, each with its mean probability."""
    best: dict[int, SuggestedCluster] = {}
    total: dict[int, float] = {}
    for some in found.values():
        for one in some:
            total[one.cluster.pk] = total.get(one.cluster.pk, 0.0) + one.probability
            kept = best.get(one.cluster.pk)
            if kept is None or (one.probability, one.score) > (kept.probability, kept.score):
                best[one.cluster.pk] = one
    order = sorted(best, key=lambda pk: (-round(total[pk], 6), -best[pk].score, pk))
    return [(best[pk], total[pk] / len(found)) for pk in order]


def _mergeable(run: Run, subjects: Sequence[ReviewSubject]) -> list[gallery.Card]:
    asked = [one.cluster for one in subjects if one.cluster is not None]
    open_ = [one for one in asked if one.merged_into_id is None and one.n_members]
    return gallery.cards(run, LabelSource.CORRECTED, open_) if len(open_) > 1 else []


def _proposed_name(rows: Sequence[Assignment]) -> str:
    """Return the word that the domains share, else words read in a logo, else the first domain's.

    One query at most.
    """
    names = [row.domain.name for row in rows]
    if not names:
        return ""
    shared = shared_word(names) if len(names) > 1 else None
    if shared:
        return shared.text
    read = words.read_in([row.logo for row in rows]) if len(names) > 1 else {}
    sure = [one for one in read.values() if one.name and one.name_score >= SURE_NAME]
    return max(sure, key=lambda one: one.name_score).name if sure else plain_name(names[0])
