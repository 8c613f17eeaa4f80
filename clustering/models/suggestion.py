"""Stored suggestions of a run: the likeliest clusters of each outlier."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from django.db import models

from clustering.models.logo import Logo
from clustering.models.run import Run
from clustering.pipeline.domain_words import SharedWord
from clustering.pipeline.pair_score import PairScore


@dataclass(frozen=True)
class ScoredCluster:
    """One suggested cluster by its id."""

    cluster_id: int
    score: float
    """Cosine to the medoid."""
    probability: float
    """That logo and cluster have one brand."""
    word: str
    """That their domains share; may be empty."""

    @classmethod
    def of(cls, cluster_id: int, score: float, word: SharedWord, by: PairScore) -> Self:
        """Return the cluster with its probability."""
        return cls(cluster_id, score, by.probability(score, word), word.text)

    def rank(self) -> tuple[float, float, int]:
        """Return the sort key: likeliest first, then the most similar, then the oldest."""
        return -round(self.probability, 6), -self.score, self.cluster_id


class Suggestion(models.Model):
    """The clusters that an outlier's logo most likely belongs to, best first."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="suggestions")
    logo = models.ForeignKey(Logo, on_delete=models.CASCADE, related_name="+")
    cluster_ids = models.BinaryField(help_text="int64, little-endian")
    scores = models.BinaryField(help_text="float32, little-endian, cosine")
    probabilities = models.BinaryField(default=b"", help_text="float32, little-endian, one brand")
    words = models.JSONField(default=list, blank=True, help_text="that the domains share")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("run", "logo"), name="suggestion_once"),
        ]

    def __str__(self) -> str:
        return f"suggestions for {self.logo} in {self.run}"

    @classmethod
    def of(cls, run: Run, logo_id: int, found: Sequence[ScoredCluster]) -> Self:
        """Return an unsaved row."""
        return cls(
            run=run,
            logo_id=logo_id,
            cluster_ids=np.array([one.cluster_id for one in found], dtype="<i8").tobytes(),
            scores=np.array([one.score for one in found], dtype="<f4").tobytes(),
            probabilities=np.array([one.probability for one in found], dtype="<f4").tobytes(),
            words=[one.word for one in found],
        )

    def scored(self, by: PairScore) -> list[ScoredCluster]:
        """Return the clusters, best first; runs before the pair score know looks alone."""
        ids = np.frombuffer(bytes(self.cluster_ids), dtype="<i8").tolist()
        scores = np.frombuffer(bytes(self.scores), dtype="<f4").tolist()
        known = np.frombuffer(bytes(self.probabilities), dtype="<f4").tolist()
        if not known:
            pairs = zip(ids, scores, strict=True)
            return [ScoredCluster.of(pk, score, SharedWord(), by) for pk, score in pairs]
        rows = zip(ids, scores, known, self.words, strict=True)
        return [ScoredCluster(*row) for row in rows]
