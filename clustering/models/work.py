"""Work done under a lease that can expire."""

from typing import Generic, Self, TypeVar

from django.db import models
from django.db.models import QuerySet
from django.utils import timezone

Row = TypeVar("Row", bound="LeasedWork", covariant=True)


class WorkQuerySet(QuerySet[Row], Generic[Row]):
    def queued(self) -> Self:
        """Waiting for a worker or for its input."""
        return self.filter(status=LeasedWork.Status.QUEUED)

    def unfinished(self) -> Self:
        """Queued or running."""
        return self.filter(status__in=(LeasedWork.Status.QUEUED, LeasedWork.Status.RUNNING))

    def due(self) -> Self:
        """Unfinished and not leased, oldest first."""
        return self.unfinished().filter(next_try_at__lte=timezone.now()).order_by("pk")

    def succeeded(self) -> Self:
        """Finished with a result, newest first."""
        return self.filter(status=LeasedWork.Status.SUCCEEDED).order_by("-finished_at", "-pk")


class LeasedWork(models.Model):
    """Base of models whose work a worker leases; a succeeded row no longer changes."""

    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        SUCCEEDED = "succeeded", "Succeeded"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    step = models.CharField(max_length=40, blank=True, help_text="what a running run is doing")
    error_code = models.CharField(max_length=40, blank=True)
    error_detail = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    lease_token = models.UUIDField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def is_unfinished(self) -> bool:
        """Queued or running."""
        return self.status in (self.Status.QUEUED, self.Status.RUNNING)
