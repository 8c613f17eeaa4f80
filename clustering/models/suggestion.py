"""Stored suggestions of a run: the clusters nearest to each outlier."""

from typing import ClassVar

import numpy as np
from django.db import models

from clustering.models.logo import Logo
from clustering.models.run import Run


class Suggestion(models.Model):
    """The clusters whose medoids are most similar to an outlier's logo, best first."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="suggestions")
    logo = models.ForeignKey(Logo, on_delete=models.CASCADE, related_name="+")
    cluster_ids = models.BinaryField(help_text="int64, little-endian")
    scores = models.BinaryField(help_text="float32, little-endian, cosine")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("run", "logo"), name="suggestion_once"),
        ]

    def __str__(self) -> str:
        return f"suggestions for {self.logo} in {self.run}"

    def scored(self) -> list[tuple[int, float]]:
        """Return cluster ids and cosines, best first."""
        ids = np.frombuffer(bytes(self.cluster_ids), dtype="<i8")
        scores = np.frombuffer(bytes(self.scores), dtype="<f4")
        return list(zip(ids.tolist(), scores.tolist(), strict=True))
