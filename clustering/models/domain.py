"""Domains of a data set, their leases and counts, and the rejected rows."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID, uuid4

from django.conf import settings  # noqa: TID251 - the models lie below conf.py
from django.db import models
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.utils import timezone

from clustering.models.dataset import Dataset

LEASE = timedelta(seconds=settings.LEASE_SECONDS)  # until the work of a dead worker is due again
HEARTBEAT_SECONDS = settings.LEASE_SECONDS / 4.5  # tolerates a lost beat
MAX_ATTEMPTS = 3
ALONE_FROM_CRASHES = 2  # a domain that lost two workers is fetched alone in its process
MAX_CRASHES = ALONE_FROM_CRASHES + 3  # three workers died on it alone: it is the cause
BACKOFF = timedelta(seconds=30)


class DomainQuerySet(QuerySet["Domain"]):
    def pending(self) -> "DomainQuerySet":
        """Not finished."""
        return self.filter(status=Domain.Status.PENDING)

    def due(self, at: datetime | None = None) -> "DomainQuerySet":
        """Pending, not leased, not backing off."""
        return self.pending().filter(next_try_at__lte=at or timezone.now())

    def untried(self) -> "DomainQuerySet":
        """Not answered since it was last requested."""
        return self.filter(attempts=0, crashes=0)

    def tried(self) -> "DomainQuerySet":
        """The last attempt failed with a transient error."""
        return self.filter(attempts__gt=0, crashes=0)

    def suspects(self) -> "DomainQuerySet":
        """Lost a worker that fetched other domains as well."""
        return self.filter(crashes__gt=0, crashes__lt=ALONE_FROM_CRASHES)

    def suspects_alone(self) -> "DomainQuerySet":
        """Lost several workers, so no other domain may share their next one."""
        return self.filter(crashes__gte=ALONE_FROM_CRASHES)

    def failed(self) -> "DomainQuerySet":
        """Ended without a logo."""
        return self.filter(status=Domain.Status.FAILED)

    def with_site(self) -> "DomainQuerySet":
        """Fetched from the web, not read from a ZIP."""
        return self.filter(archive_member="")

    def held_by(self, token: UUID) -> "DomainQuerySet":
        """Leased under ``token``."""
        return self.pending().filter(lease_token=token)

    def note_crashes(self) -> int:
        """Take back the expired leases; each domain has lost a worker. One write."""
        expired = self.due().filter(lease_token__isnull=False)
        return expired.update(
            lease_token=None, attempts=F("attempts") - 1, crashes=F("crashes") + 1
        )

    def claim(self, limit: int) -> "list[Domain]":
        """Lease up to ``limit`` due domains; no two workers get the same one.

        A conditional UPDATE, because SQLite has no SELECT ... SKIP LOCKED: a rival that
        was faster has moved ``next_try_at``, so its rows are no longer due and stay
        untouched. If the worker dies, the lease runs out and ``note_crashes`` frees the
        domain. An empty list does not mean that nothing is due. Two queries and one write.
        """
        at, token = timezone.now(), uuid4()
        due = self.due(at).filter(lease_token__isnull=True)
        chosen = list(due.order_by("next_try_at", "pk").values_list("pk", flat=True)[:limit])
        if not chosen:
            return []
        due.filter(pk__in=chosen).update(
            next_try_at=at + LEASE, lease_token=token, attempts=F("attempts") + 1
        )
        return list(Domain.objects.held_by(token).order_by("pk"))

    def renew(self, tokens: Collection[UUID | None]) -> None:
        """Renew these leases. One write."""
        self._held(tokens).update(next_try_at=timezone.now() + LEASE)

    def hand_back(self, domains: "Iterable[Domain]") -> None:
        """End the leases of ``domains`` without an answer; they are due at once. One write."""
        chosen = list(domains)
        held = self._held({domain.lease_token for domain in chosen})
        held.filter(pk__in=[domain.pk for domain in chosen]).update(
            next_try_at=timezone.now(), lease_token=None, attempts=F("attempts") - 1
        )

    def _held(self, tokens: Collection[UUID | None]) -> "DomainQuerySet":
        return self.pending().filter(lease_token__in=[token for token in tokens if token])


class Domain(models.Model):
    """One distinct domain of a data set; ends in exactly one of found, failed, ignored."""

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        FOUND = "found", "Found"
        FAILED = "failed", "Failed"
        IGNORED = "ignored", "Ignored"

    dataset = models.ForeignKey(
        Dataset, on_delete=models.CASCADE, related_name="domains", db_index=False
    )
    name = models.CharField(max_length=253, help_text="A-label, lower case, without www.")
    as_given = models.CharField(max_length=300)
    archive_member = models.TextField(blank=True, help_text="path in the ZIP it came from")
    row_numbers = models.JSONField(default=list, help_text="1-based rows of the upload")
    other_cells = models.JSONField(
        null=True,
        blank=True,
        help_text="of its first row, one per Dataset.other_columns; without empty ones at the end",
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    kind = models.CharField(max_length=10, blank=True, help_text="logo or icon_only, once found")
    confidence = models.FloatField(null=True, blank=True)
    final_url = models.CharField(max_length=2048, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_detail = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    crashes = models.PositiveSmallIntegerField(
        default=0, help_text="workers that died while they fetched it"
    )
    next_try_at = models.DateTimeField(default=timezone.now)
    lease_token = models.UUIDField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(
        null=True, blank=True, help_text="when a person chose its logo, or that it has none"
    )

    # Of the primary capture, kept by services.logos.captures.
    finder = models.CharField(max_length=40, blank=True)
    has_placeholder = models.BooleanField(default=False, help_text="its logo is a placeholder")
    logo_changed_at = models.DateTimeField(null=True, blank=True)
    is_doubtful = models.BooleanField(default=False, help_text="its answer needs a review")
    outcome = models.GeneratedField(
        expression=Case(
            When(has_placeholder=True, decided_at__isnull=True, then=Value("placeholder")),
            When(status="failed", error_code="placeholder", then=Value("placeholder")),
            When(status="found", kind="icon_only", then=Value("icon")),
            When(status="found", then=Value("logo")),
            default=F("status"),
        ),
        output_field=models.CharField(max_length=12),
        db_persist=True,
    )

    objects = DomainQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("dataset", "name"), name="domain_once"),
            models.CheckConstraint(
                condition=Q(status="pending") | Q(lease_token__isnull=True),
                name="ended_domain_has_no_lease",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("dataset", "id"), name="domain_imported"),
            models.Index(fields=("dataset", "status", "next_try_at"), name="domain_work"),
            models.Index(fields=("dataset", "outcome", "name"), name="domain_outcome"),
            models.Index(
                fields=("dataset", "error_code", "name"),
                condition=Q(status="failed"),
                name="domain_failure",
            ),
            models.Index(fields=("dataset", "finder", "name"), name="domain_finder"),
            models.Index(fields=("dataset", "finished_at"), name="domain_finished"),
            models.Index(fields=("dataset", "logo_changed_at"), name="domain_logo_changed"),
            models.Index(
                fields=("dataset", "confidence", "id"),
                condition=Q(is_doubtful=True),
                name="domain_review",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def has_site(self) -> bool:
        """Whether its logo comes from a site, not from a ZIP."""
        return not self.archive_member


class DomainCount(models.Model):
    """Number of domains of a data set with equal outcomes; kept by services.counts."""

    class Review(models.TextChoices):
        NONE = "", "No review needed"
        OPEN = "open", "Waits for a review"
        DONE = "done", "Reviewed"

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="domain_counts")
    status = models.CharField(max_length=10, choices=Domain.Status)
    outcome = models.CharField(max_length=12)
    error_code = models.CharField(max_length=40, blank=True, help_text="of failed domains")
    finder = models.CharField(max_length=40, blank=True, help_text="unless it gave a placeholder")
    review = models.CharField(max_length=4, blank=True, choices=Review)
    n = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("dataset", "status", "outcome", "error_code", "finder", "review"),
                name="domain_count_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.n} {self.outcome} of {self.dataset}"


class RejectedRow(models.Model):
    """An entry of the upload without a valid domain, with the reason; a row may have several."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="rejected_rows")
    row_number = models.PositiveIntegerField()
    raw = models.TextField()
    reason = models.CharField(max_length=200)
    other_cells = models.JSONField(
        null=True,
        blank=True,
        help_text="as Domain.other_cells; of several entries of a row, the first has them",
    )

    class Meta:
        ordering = ("row_number", "pk")
        indexes: ClassVar = [
            models.Index(fields=("dataset", "row_number"), name="rejected_row_number"),
        ]

    def __str__(self) -> str:
        return f"row {self.row_number}: {self.reason}"
