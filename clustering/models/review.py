"""The review queue of a run: what needs a person's decision, in the order of asking."""

from typing import ClassVar, Final

from django.db import models
from django.db.models import F, Q, QuerySet

from clustering.models.domain import Domain
from clustering.models.run import Cluster, Run

SURE: Final = 0.9  # probability at which the slider of suggestions to accept at once starts
LIKELY: Final = 0.5
LARGEST_GROUP: Final = 4  # domains of a group; larger groups are looked at one by one
DOUBTED: Final = "doubted"
"""Answer of an open item whose first suggestion was unticked."""

IS_ACCEPTABLE: Final = (
    Q(n_open__gt=0, skipped_at__isnull=True)
    & (Q(kind="single") | Q(kind="group", n_open__lte=LARGEST_GROUP))
    & ~Q(answer=DOUBTED)
)
"""Outliers whose first suggestion is accepted together with others."""


class ReviewItemQuerySet(QuerySet["ReviewItem"]):
    """Queries on the items of a queue."""

    def open(self) -> "ReviewItemQuerySet":
        """Neither decided nor skipped."""
        return self.filter(n_open__gt=0, skipped_at__isnull=True)

    def skipped(self) -> "ReviewItemQuerySet":
        """Put aside, and not decided since."""
        return self.filter(n_open__gt=0, skipped_at__isnull=False)

    def acceptable(self, least: float) -> "ReviewItemQuerySet":
        """Open suggestions of probability ``least`` and more, the least likely first."""
        return self.filter(IS_ACCEPTABLE, score__gte=least).order_by("score", "pk")


class ReviewItem(models.Model):
    """One question of the queue: a group of logos, a logo, or clusters of one brand."""

    class Kind(models.TextChoices):
        GROUP = "group", "Groups of outliers"
        FRAGMENTS = "fragments", "Clusters of one brand"
        SINGLE = "single", "Single outliers"
        MEMBER = "member", "Likely wrong members"
        ICON = "icon", "Shared default icons"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="review_items")
    kind = models.CharField(max_length=10, choices=Kind)
    place = models.PositiveIntegerField(help_text="in the order of asking")
    score = models.FloatField(help_text="probability of the first suggestion")
    reason = models.CharField(max_length=200, blank=True)
    n_open = models.PositiveIntegerField(help_text="subjects that nobody decided about")
    skipped_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(
        max_length=10, blank=True, help_text="how it was decided in the queue, for the hit rate"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = ReviewItemQuerySet.as_manager()

    class Meta:
        ordering = ("place",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("run", "place"), name="review_item_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=("run", "place"),
                condition=Q(n_open__gt=0),
                name="review_item_open",
            ),
            models.Index(
                fields=("run", "score", "id"),
                condition=IS_ACCEPTABLE,
                name="review_item_acceptable",
            ),
            models.Index(
                F("run"),
                F("answered_at").desc(),
                condition=Q(answered_at__isnull=False),
                name="review_item_answered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.place} of {self.run}"


class ReviewCount(models.Model):
    """Number of items of a run of one kind and state; kept by services.open_reviews."""

    class State(models.TextChoices):
        SURE = "sure", "Open, with a nearly sure suggestion"
        LIKELY = "likely", "Open, with a likely suggestion"
        UNLIKELY = "unlikely", "Open, without a likely suggestion"
        SKIPPED = "skipped", "Skipped"
        DONE = "done", "Decided"

    OPEN: ClassVar = (State.SURE, State.LIKELY, State.UNLIKELY)

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="review_counts")
    kind = models.CharField(max_length=10, choices=ReviewItem.Kind)
    state = models.CharField(max_length=10, choices=State)
    n = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("run", "kind", "state"), name="review_count_once"),
        ]

    def __str__(self) -> str:
        return f"{self.n} {self.state} {self.kind} of {self.run}"

    @classmethod
    def state_of(cls, n_open: int, skipped_at: object, score: float) -> "ReviewCount.State":
        """Return the state that an item with these values counts in."""
        if not n_open:
            return cls.State.DONE
        if skipped_at is not None:
            return cls.State.SKIPPED
        if score >= SURE:
            return cls.State.SURE
        return cls.State.LIKELY if score >= LIKELY else cls.State.UNLIKELY


class ReviewSubject(models.Model):
    """A domain or a cluster that an item asks about."""

    item = models.ForeignKey(ReviewItem, on_delete=models.CASCADE, related_name="subjects")
    domain = models.ForeignKey(Domain, on_delete=models.CASCADE, null=True, related_name="+")
    cluster = models.ForeignKey(
        Cluster, on_delete=models.CASCADE, null=True, related_name="review_subjects"
    )

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.domain or self.cluster} in {self.item}"
