"""Teams, data sets and memberships."""

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from clustering.models.account import User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


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
