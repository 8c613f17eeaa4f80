"""Webhooks of a data set, or of all that a user owns, and their deliveries."""

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from clustering.models.account import User
from clustering.models.dataset import Dataset, Membership
from clustering.models.work import LeasedWork, WorkQuerySet


class WebhookQuerySet(models.QuerySet["Webhook"]):
    """Queries on webhooks."""

    def in_force(self) -> "WebhookQuerySet":
        """Leave out those of data sets that the user who added them may no longer change."""
        may_change = Membership.objects.filter(
            Q(expires_at=None) | Q(expires_at__gt=timezone.now()),
            dataset=OuterRef("dataset"),
            user=OuterRef("user"),
            role__in=(Membership.Role.EDITOR, Membership.Role.OWNER),
        )
        return self.filter(Q(dataset=None) | Exists(may_change))


class Webhook(models.Model):
    """An address that gets events; its secret signs requests, so it cannot be stored as a hash."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="webhooks")
    dataset = models.ForeignKey(
        Dataset,
        on_delete=models.CASCADE,
        related_name="webhooks",
        null=True,
        blank=True,
        help_text="null: all that the user owns",
    )
    url = models.CharField(max_length=500)
    secret = models.CharField(max_length=80)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return self.url

    def get_absolute_url(self) -> str:
        """Return the address of its log."""
        if self.dataset is None:
            return reverse("webhook", args=[self.pk])
        return reverse("dataset_webhook", args=[self.dataset.slug, self.pk])


class DeliveryQuerySet(WorkQuerySet["Delivery"]):
    """Queries on deliveries."""


class Delivery(LeasedWork):
    """One event for one webhook, sent until the address accepts it or a day has passed."""

    class Event(models.TextChoices):
        RUN_FINISHED = "run_finished", "Run finished"
        DATASET_FAILED = "dataset_failed", "Data set failed"
        REVIEW_EMPTIED = "review_emptied", "Review emptied"

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    uuid = models.UUIDField(default=uuid4, unique=True)
    event = models.CharField(max_length=20, choices=Event)
    subject = models.CharField(max_length=40, help_text="what it is about: kind and key")
    body = models.TextField(help_text="JSON, exactly as it is sent")
    n_tries = models.PositiveSmallIntegerField(default=0)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("webhook", "event", "subject"), name="delivery_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=("status", "next_try_at"), name="delivery_work"),
            models.Index(fields=("created_at",), name="delivery_age"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.webhook}"
