"""Choices of people about a domain's logo, and lookups they requested."""

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import Q, QuerySet

from clustering.models.account import User
from clustering.models.domain import Domain
from clustering.models.logo import Capture
from clustering.models.work import LeasedWork, WorkQuerySet


class LogoChoiceQuerySet(QuerySet["LogoChoice"]):
    def in_force(self) -> "LogoChoiceQuerySet":
        """Not undone; the newest of a domain applies."""
        return self.filter(undone_at__isnull=True)


class LogoChoice(models.Model):
    """One decision of a person about one domain's logo; undone, but never deleted.

    The newest choice in force decides which capture is primary, regardless of what the fetch stage
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


class Lookup(LeasedWork):
    """A fetch for one domain requested by a person; the domain keeps its logo meanwhile."""

    class Kind(models.TextChoices):
        CANDIDATES = "candidates", "Other candidates of the site"
        ADDRESS = "address", "The image at an address"
        RENDERED = "rendered", "The page in a browser"

    domain = models.ForeignKey(Domain, on_delete=models.CASCADE, related_name="lookups")
    kind = models.CharField(max_length=10, choices=Kind)
    url = models.CharField(max_length=2048, blank=True)
    asked_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    objects = WorkQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("domain",),
                condition=Q(status__in=("queued", "running")),
                name="one_unfinished_lookup",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("status", "next_try_at"), name="lookup_work"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.domain}"
