"""Data sets, memberships, domains and rejected rows."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID, uuid4

from django.conf import settings  # noqa: TID251 - the models lie below conf.py
from django.db import models
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.utils import timezone

from clustering.models.account import User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

LEASE = timedelta(seconds=settings.LEASE_SECONDS)  # until the work of a dead worker is due again
HEARTBEAT_SECONDS = settings.LEASE_SECONDS / 4.5  # tolerates a lost beat
MAX_ATTEMPTS = 3
ALONE_FROM_CRASHES = 2  # a domain that lost two workers is fetched alone in its process
MAX_CRASHES = ALONE_FROM_CRASHES + 3  # three workers died on it alone: it is the cause
BACKOFF = timedelta(seconds=30)


class Team(models.Model):
    """A group of users that owns data sets."""

    name = models.CharField(max_length=80)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class DatasetQuerySet(QuerySet["Dataset"]):
    """Access to data sets."""

    def for_user(self, user: "User | AnonymousUser") -> "DatasetQuerySet":
        """Data sets of which ``user`` is a member, each with their ``role``.

        Those of other users are left out.
        """
        if not user.is_authenticated:
            return self.none()
        in_force = Q(memberships__expires_at__isnull=True) | Q(
            memberships__expires_at__gt=timezone.now()
        )
        mine = self.filter(in_force, memberships__user=user, deleted_at__isnull=True)
        return mine.annotate(role=F("memberships__role"))

    def of_same_file(self, dataset: "Dataset") -> "DatasetQuerySet":
        """Other data sets of the same file."""
        same = self.filter(source_sha256=dataset.source_sha256, intake=Dataset.Intake.IMPORTED)
        return same.exclude(pk=dataset.pk)


class Dataset(models.Model):
    """One upload with its domains and runs."""

    class Kind(models.TextChoices):
        DOMAINS = "domains", "List of domains"
        IMAGES = "images", "ZIP of images"

    class Intake(models.TextChoices):
        """received -> ready -> importing -> imported; refused ends it from any of them."""

        RECEIVED = "received", "Reading"
        READY = "ready", "Waiting for your choice"
        IMPORTING = "importing", "Importing"
        IMPORTED = "imported", "Imported"
        REFUSED = "refused", "Refused"

    class Web(models.TextChoices):
        """Source that domains are fetched from."""

        LIVE = "live", "The internet"
        SAMPLE = "sample", "The recorded sample"

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="owned_datasets")
    team = models.ForeignKey(
        Team, on_delete=models.SET_NULL, related_name="datasets", null=True, blank=True
    )
    created_at = models.DateTimeField(auto_now_add=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.DOMAINS)
    web = models.CharField(max_length=10, choices=Web, default=Web.LIVE)
    source_name = models.CharField(max_length=255, help_text="file name as uploaded; never a path")
    source_sha256 = models.CharField(max_length=64)
    source_bytes = models.PositiveBigIntegerField(default=0, help_text="size of the upload")
    intake = models.CharField(max_length=10, choices=Intake, default=Intake.RECEIVED)
    preview = models.JSONField(default=dict, blank=True)
    column = models.CharField(max_length=255, blank=True)
    other_columns = models.JSONField(
        default=list, blank=True, help_text="names of the columns of other_cells"
    )
    n_rows = models.PositiveIntegerField(default=0)
    n_duplicates = models.PositiveIntegerField(default=0)
    n_rejected = models.PositiveIntegerField(default=0)
    n_imported = models.PositiveIntegerField(default=0, help_text="domains written by the import")
    read_until = models.DateTimeField(
        null=True, blank=True, help_text="lease of the worker that reads the upload"
    )
    embedder = models.CharField(max_length=300, default="descriptor")
    logo_services = models.JSONField(
        default=list, blank=True, help_text="names of the services that may be asked; off at first"
    )
    follows_moves = models.BooleanField(
        default=False, help_text="take the logo of another brand where a site leads to its domain"
    )
    renders_pages = models.BooleanField(
        default=False, help_text="draw pages in a browser where no sure logo was found"
    )
    error_code = models.CharField(max_length=40, blank=True)
    error_detail = models.TextField(blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(
        null=True, blank=True, help_text="marked for deletion by a worker; hidden"
    )
    due_at = models.DateTimeField(
        default=timezone.now,
        null=True,
        blank=True,
        help_text="when work was last added; null: there is none",
    )

    objects = DatasetQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-pk")
        indexes: ClassVar = [
            models.Index(
                fields=("due_at",), condition=Q(due_at__isnull=False), name="dataset_due"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_editable(self) -> bool:
        """Whether the user of ``for_user`` may change it."""
        return self._role_of_member in (Membership.Role.EDITOR, Membership.Role.OWNER)

    @property
    def is_deletable(self) -> bool:
        """Whether the user of ``for_user`` may delete it and manage its members."""
        return self._role_of_member == Membership.Role.OWNER

    @property
    def _role_of_member(self) -> str | None:
        return getattr(self, "role", None)  # annotated by for_user


class Membership(models.Model):
    """Role of a user in a data set."""

    class Role(models.TextChoices):
        VIEWER = "viewer", "Viewer"
        EDITOR = "editor", "Editor"
        OWNER = "owner", "Owner"

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text="of the guest of a share link"
    )
    team = models.ForeignKey(
        Team,
        on_delete=models.CASCADE,
        related_name="memberships",
        null=True,
        blank=True,
        help_text="that gives it; null: the user's own",
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("dataset", "user"), name="membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.dataset}"


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
