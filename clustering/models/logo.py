"""Logo images, their captures and their vectors."""

from typing import ClassVar

import numpy as np
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from numpy.typing import NDArray

from clustering.models.dataset import Dataset
from clustering.models.domain import Domain


class LogoQuerySet(QuerySet["Logo"]):
    def of_dataset(self, dataset: Dataset) -> "LogoQuerySet":
        """Logos that a domain of ``dataset`` shows (its primary captures), each once."""
        shown = Capture.objects.filter(
            logo=OuterRef("pk"), domain__dataset=dataset, is_primary=True
        )
        return self.filter(Exists(shown))

    def without_embedding(self, embedder_key: str) -> "LogoQuerySet":
        """Logos without a vector or a recorded failure under ``embedder_key``."""
        tried = tried_embedding("pk", embedder_key)
        return self.alias(tried=tried).filter(tried__isnull=True)


class Logo(models.Model):
    """A normalised image, addressed by content; immutable, shared by data sets."""

    class Ground(models.TextChoices):
        LIGHT = "light", "Light"
        DARK = "dark", "Dark"

    sha256 = models.CharField(max_length=64, unique=True)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    media_type = models.CharField(max_length=40)
    phash = models.CharField(max_length=16, help_text="64 bits as hexadecimal")
    ground = models.CharField(max_length=5, choices=Ground)
    is_placeholder = models.BooleanField(default=False)

    objects = LogoQuerySet.as_manager()

    def __str__(self) -> str:
        return self.sha256[:12]


class Capture(models.Model):
    """One candidate image of a domain with its score and evidence."""

    domain = models.ForeignKey(Domain, on_delete=models.CASCADE, related_name="captures")
    logo = models.ForeignKey(Logo, on_delete=models.PROTECT, related_name="captures")
    finder = models.CharField(max_length=40)
    source_url = models.CharField(max_length=2048)
    rank = models.PositiveSmallIntegerField()
    score = models.FloatField()
    evidence = models.JSONField(default=list)
    fetched_at = models.DateTimeField()
    file_mmh3 = models.IntegerField(
        null=True, blank=True, help_text="of the file as served, the icon hash of Shodan"
    )
    file_md5 = models.CharField(max_length=32, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    is_primary = models.BooleanField(default=False)
    is_offered = models.BooleanField(
        default=True, help_text="by the latest look at the site; no: by a person, or earlier"
    )

    class Meta:
        ordering = ("rank",)
        indexes: ClassVar = [
            models.Index(
                fields=(name,), condition=Q(is_primary=True, file_mmh3__isnull=False), name=index
            )
            for name, index in (
                ("file_mmh3", "capture_mmh3"),
                ("file_md5", "capture_md5"),
                ("file_sha256", "capture_sha256"),
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("domain", "source_url", "logo"), name="capture_once"),
            models.UniqueConstraint(
                fields=("domain",), condition=Q(is_primary=True), name="one_primary_capture"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.finder} of {self.domain}"

    @property
    def place(self) -> str:
        """Source for display; empty address for an uploaded file."""
        return "" if self.source_url.startswith("upload:") else self.source_url


class Embedding(models.Model):
    """A logo's unit vector under one embedder, or the code of the error that it ended in."""

    logo = models.ForeignKey(Logo, on_delete=models.CASCADE, related_name="embeddings")
    embedder_key = models.CharField(max_length=300)
    dim = models.PositiveIntegerField()
    vector = models.BinaryField(help_text="float16, little-endian, unit norm")
    error_code = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("logo", "embedder_key"), name="embedding_once"),
        ]

    def __str__(self) -> str:
        return f"{self.embedder_key} of {self.logo}"

    def as_array(self) -> NDArray[np.float32]:
        """Return the vector, shape (dim,)."""
        return np.frombuffer(bytes(self.vector), dtype="<f2").astype(np.float32)


def tried_embedding(logo: str, embedder_key: str) -> Subquery:
    """Return the key of the vector, or of the recorded failure, of a row's logo; else null.

    A subquery looks each row up by index. For EXISTS, PostgreSQL may plan a join that compares all
    pairs of logos, as long as its statistics do not know the vectors that were just written.
    """
    tried = Embedding.objects.filter(logo=OuterRef(logo), embedder_key=embedder_key)
    return Subquery(tried.values("pk")[:1])
