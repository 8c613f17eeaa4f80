"""Requests to classify single logos against a run."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone

from clustering.models.account import User
from clustering.models.dataset import Dataset
from clustering.models.domain import Domain
from clustering.models.logo import Logo
from clustering.models.run import Run
from clustering.models.work import LeasedWork, WorkQuerySet

KEPT_FOR = timedelta(days=7)  # long enough to come back to; what was added to a data set stays


class ClassificationQuerySet(WorkQuerySet["Classification"]):
    def to_see(self) -> "ClassificationQuerySet":
        """Due, without an image."""
        return self.due().filter(logo__isnull=True)

    def to_answer(self) -> "ClassificationQuerySet":
        """Due, with an image."""
        return self.due().filter(logo__isnull=False)

    def forgettable(self) -> "ClassificationQuerySet":
        """Older than ``KEPT_FOR``."""
        return self.filter(created_at__lt=timezone.now() - KEPT_FOR)


class Classification(LeasedWork):
    """One image classified against one run: a task fetches the image, another compares it.

    The answer is what was true when it was given: names, scores and the reason stay as shown,
    clusters are kept by ``uid``.
    """

    class Kind(models.TextChoices):
        SITE = "site", "The logo of a site"
        ADDRESS = "address", "The image at an address"
        FILE = "file", "An uploaded image"

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="classifications")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="classifications")
    asked_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="classifications")
    kind = models.CharField(max_length=7, choices=Kind)
    given = models.CharField(max_length=2048, help_text="domain, address or file name as given")
    logo = models.ForeignKey(
        Logo, on_delete=models.PROTECT, null=True, blank=True, related_name="classifications"
    )
    source_url = models.CharField(max_length=2048, blank=True)
    answer = models.JSONField(default=dict, blank=True)
    added_as = models.ForeignKey(
        Domain, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = ClassificationQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        indexes: ClassVar = [
            models.Index(fields=("status", "next_try_at"), name="classification_work"),
            models.Index(fields=("created_at",), name="classification_age"),
        ]

    def __str__(self) -> str:
        return f"{self.given} in {self.run}"
