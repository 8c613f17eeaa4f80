"""What people decided about a domain's logo, and what they asked a worker to look for."""

from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID, uuid4

from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from clustering.models.account import User
from clustering.models.dataset import Domain
from clustering.models.logo import Capture


class LogoChoiceQuerySet(QuerySet["LogoChoice"]):
    """Choices, in sentences."""

    def in_force(self) -> "LogoChoiceQuerySet":
        """Not undone; of one domain, the newest of them decides."""
        return self.filter(undone_at__isnull=True)


class LogoChoice(models.Model):
    """One decision of a person about one domain's logo; undone, but never deleted.

    The newest choice in force decides which capture is primary, whatever the fetch stage
    finds later. ``client_id`` is made in the browser, so that a request sent twice decides
    once.
    """

    class Verb(models.TextChoices):
        CHOSEN = "chosen", "Chose this image"
        UPLOADED = "uploaded", "Uploaded this image"
        LINKED = "linked", "Gave the address of this image"
        REFUSED = "refused", "Said that none of these is the logo"

    domain = models.ForeignKey(Domain, on_delete=models.CASCADE, related_name="choices")
    actor = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="logo_choices"
    )
    verb = models.CharField(max_length=10, choices=Verb)
    capture = models.ForeignKey(
        Capture,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="choices",
        help_text="null: no image is the logo",
    )
    client_id = models.UUIDField(default=uuid4, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = LogoChoiceQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        indexes: ClassVar = [
            models.Index(fields=("actor", "undone_at"), name="choice_of_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.actor} {self.verb} for {self.domain}"


class LookupQuerySet(QuerySet["Lookup"]):
    """Lookups, in sentences."""

    def waiting(self) -> "LookupQuerySet":
        """Asked for, and neither answered nor given up."""
        return self.filter(status=Lookup.Status.WAITING)

    def due(self, at: datetime | None = None) -> "LookupQuerySet":
        """Waiting, and held by no worker."""
        return self.waiting().filter(next_try_at__lte=at or timezone.now())

    def held_by(self, token: UUID | None) -> "LookupQuerySet":
        """Leased under ``token`` and not taken over since."""
        return self.waiting().filter(lease_token=token)

    def claim(self, pk: int, lease: timedelta) -> "Lookup | None":
        """Lease one lookup for a worker; None if it has ended or another worker holds it."""
        at, token = timezone.now(), uuid4()
        taken = {"next_try_at": at + lease, "lease_token": token, "attempts": F("attempts") + 1}
        if not self.due(at).filter(pk=pk).update(**taken):
            return None
        return self.select_related("domain__dataset", "asked_by").get(pk=pk)


class Lookup(models.Model):
    """What a person asked a worker to fetch for one domain, which keeps its logo meanwhile."""

    class Kind(models.TextChoices):
        CANDIDATES = "candidates", "Other candidates of the site"
        ADDRESS = "address", "The image at an address"

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    domain = models.ForeignKey(Domain, on_delete=models.CASCADE, related_name="lookups")
    kind = models.CharField(max_length=10, choices=Kind)
    url = models.CharField(max_length=2048, blank=True)
    asked_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    error_code = models.CharField(max_length=40, blank=True)
    error_detail = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    lease_token = models.UUIDField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = LookupQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("domain",), condition=Q(status="waiting"), name="one_waiting_lookup"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("status", "next_try_at"), name="lookup_work"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.domain}"
