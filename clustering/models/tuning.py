"""One search over the clusterers' parameters, on the vectors of one run."""

from django.db import models

from clustering.models.run import Run
from clustering.models.work import LeasedWork, WorkQuerySet


class TuningQuerySet(WorkQuerySet["Tuning"]):
    """Queries on searches."""


class Tuning(LeasedWork):
    """A sweep and a grid; ``result`` is pipeline.tuning's report as JSON."""

    run = models.ForeignKey(
        Run, on_delete=models.CASCADE, related_name="tunings", help_text="whose vectors it is on"
    )
    result = models.JSONField(default=dict)

    objects = TuningQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return f"tuning of {self.run}"
