"""Quality of a run: reports, judgements of pairs, uploaded labels."""

from typing import ClassVar

from django.db import models

from clustering.models.account import User
from clustering.models.dataset import Dataset
from clustering.models.logo import Logo
from clustering.models.run import Run
from clustering.models.work import LeasedWork, WorkQuerySet


class QualityReportQuerySet(WorkQuerySet["QualityReport"]):
    """Queries on reports."""


class QualityReport(LeasedWork):
    """Figures, likely label errors and similarities of one run; ``result`` is JSON."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="quality_reports")
    result = models.JSONField(default=dict)

    objects = QualityReportQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return f"quality of {self.run}"


class ReviewPair(models.Model):
    """Two sampled logos of a run for review, the same for every reviewer."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="review_pairs")
    place = models.PositiveSmallIntegerField(help_text="in the order of asking")
    stratum = models.CharField(max_length=20)
    n_stratum = models.PositiveBigIntegerField(help_text="pairs of the run that it was drawn from")
    first = models.ForeignKey(Logo, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(Logo, on_delete=models.PROTECT, related_name="+")
    similarity = models.FloatField()

    class Meta:
        ordering = ("place",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("run", "place"), name="review_pair_once"),
        ]

    def __str__(self) -> str:
        return f"pair {self.place} of {self.run}"


class Judgement(models.Model):
    """One person's judgement of one pair."""

    class Verdict(models.TextChoices):
        SAME = "same", "Same"
        DIFFERENT = "different", "Different"
        UNSURE = "unsure", "Not sure"

    pair = models.ForeignKey(ReviewPair, on_delete=models.CASCADE, related_name="judgements")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="judgements")
    verdict = models.CharField(max_length=10, choices=Verdict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("pair", "user"), name="judgement_once"),
        ]

    def __str__(self) -> str:
        return f"{self.pair}: {self.verdict} by {self.user}"


class LabelSet(models.Model):
    """Uploaded labels of a data set; a new upload replaces them."""

    dataset = models.OneToOneField(Dataset, on_delete=models.CASCADE, related_name="label_set")
    source_name = models.CharField(max_length=255, help_text="file name as uploaded; never a path")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    uploaded_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="label_sets"
    )

    def __str__(self) -> str:
        return f"labels of {self.dataset}"


class BrandLabel(models.Model):
    """Brand and look of a domain's logo."""

    label_set = models.ForeignKey(LabelSet, on_delete=models.CASCADE, related_name="labels")
    name = models.CharField(max_length=253, help_text="domain, as in the data set")
    brand = models.CharField(max_length=253)
    look = models.CharField(max_length=253, blank=True)
    kind = models.CharField(max_length=20, help_text="gold or singleton; others are not judged")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("label_set", "name"), name="brand_label_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.brand}"
