"""One clustering of a data set: the run, its clusters, and which domain is in which."""

from collections.abc import Collection
from enum import Enum
from typing import ClassVar, Final, Self
from uuid import uuid4

from django.db import models
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import date_format

from clustering.models.account import User
from clustering.models.dataset import Dataset
from clustering.models.domain import Domain
from clustering.models.logo import Logo
from clustering.models.work import LeasedWork, WorkQuerySet
from clustering.pipeline.clusterers import calibration
from clustering.pipeline.clusterers.calibration import Distances
from clustering.pipeline.naming import SURE
from clustering.pipeline.pair_score import WEIGHTS, PairScore

METHODS: Final = {
    "single": "Single linkage",
    "average": "Average linkage",
    "complete": "Complete linkage",
    "ward": "Ward linkage",
    "agglomerative": "Agglomerative",
    "hdbscan": "HDBSCAN",
    "dbscan": "DBSCAN",
    "kmeans": "K-Means",
}
"""Linkages and clusterers as the title of a run names them."""


class RunQuerySet(WorkQuerySet["Run"]):
    """Queries on runs."""


class Run(LeasedWork):
    """One clustering and projection; its parameters and result are immutable once succeeded."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="runs")
    slug = models.SlugField(max_length=80)
    name = models.CharField(max_length=80, blank=True, help_text="given by a person")
    embedder = models.CharField(max_length=300, help_text="registry name with its arguments")
    embedder_key = models.CharField(max_length=300, blank=True)
    preparation = models.JSONField(
        default=list, blank=True, help_text="optional steps of imaging.steps, before embedding"
    )
    is_auto = models.BooleanField(
        default=False, help_text="the clusterer and its parameters were chosen by tuning"
    )
    is_calibrated = models.BooleanField(
        default=False, help_text="distances are found on the data set's own logos, without labels"
    )
    found_distances = models.JSONField(
        default=dict, blank=True, help_text="threshold, copies; empty: those of the embedder"
    )
    clusterer = models.CharField(max_length=40)
    clusterer_params = models.JSONField(default=dict)
    projector = models.CharField(max_length=40)
    projector_params = models.JSONField(default=dict)
    random_state = models.PositiveIntegerField(default=42)
    fingerprint = models.CharField(max_length=64, blank=True)
    versions = models.JSONField(default=dict)
    metrics = models.JSONField(default=dict)
    # The embed stage: how far it is, and the domain (by logo_changed_at, pk) up to which.
    n_to_embed = models.PositiveIntegerField(null=True, blank=True, help_text="null: not begun")
    n_embedded = models.PositiveIntegerField(default=0, help_text="of these, with failed ones")
    n_embed_failed = models.PositiveIntegerField(default=0)
    n_embedded_before = models.PositiveIntegerField(default=0, help_text="by earlier runs")
    embed_started_at = models.DateTimeField(null=True, blank=True)
    embedded_to = models.DateTimeField(null=True, blank=True)
    embedded_to_id = models.BigIntegerField(default=0)
    # Kept by services.counts in the transaction that changes the assignments.
    n_assigned = models.IntegerField(default=0)
    n_clusters = models.IntegerField(default=0, help_text="non-empty, as corrected")
    n_outliers = models.IntegerField(default=0, help_text="as corrected")
    n_ignored = models.IntegerField(default=0, help_text="in no other count as corrected")
    n_machine_clusters = models.IntegerField(default=0, help_text="non-empty")
    n_machine_outliers = models.IntegerField(default=0)
    carried = models.JSONField(
        default=dict, help_text="how many decisions and merges of the last run were kept"
    )
    taught = models.JSONField(
        default=dict, help_text="what answers of reviews changed about the pair score"
    )

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("dataset", "slug"), name="run_slug_once"),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def distances(self) -> Distances:
        """What is near in this run: found on the data set, else as measured for the embedder."""
        if self.found_distances:
            return Distances(**self.found_distances)
        return calibration.distances_of(self.embedder)

    @property
    def pair_score(self) -> PairScore:
        """The pair score of this run, as people's answers scaled it."""
        weights = WEIGHTS.scaled(self.taught.get("shift", 0.0), self.taught.get("scale", 1.0))
        return PairScore(self.distances.threshold, weights)

    @property
    def title(self) -> str:
        """The given name, else method and date: "Average linkage, threshold 0.16, 28 Nov 2026"."""
        if self.name:
            return self.name
        date = date_format(timezone.localtime(self.created_at), "j M Y")
        if self.is_auto and self.is_unfinished:
            return f"Automatic, {date}"
        return ", ".join([*self._method(), *(["automatic"] if self.is_auto else []), date])

    def _method(self) -> list[str]:
        linkage = self.clusterer_params.get("linkage", "")
        names = [METHODS.get(linkage) or METHODS.get(self.clusterer, self.clusterer)]
        threshold = self.clusterer_params.get("distance_threshold")
        return names if threshold is None else [*names, f"threshold {threshold:g}"]


class Cluster(models.Model):
    """A group of logos in one run; ``uid`` follows it through later runs."""

    class NameSource(models.TextChoices):
        AUTO = "auto", "Automatic"
        HUMAN = "human", "By a person"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="clusters")
    uid = models.UUIDField(default=uuid4)
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    name_source = models.CharField(max_length=5, choices=NameSource, default=NameSource.AUTO)
    name_score = models.FloatField(null=True, blank=True)
    medoid = models.ForeignKey(Logo, on_delete=models.PROTECT, null=True, related_name="+")
    # Kept by services.counts in the transaction that changes the assignments.
    size = models.PositiveIntegerField(default=0, help_text="domains, as the machine grouped them")
    n_members = models.IntegerField(default=0, help_text="domains, as corrected")
    cohesion = models.FloatField(null=True, blank=True, help_text="mean cosine to the medoid")
    is_handmade = models.BooleanField(default=False, help_text="a person made it, no machine")
    is_locked = models.BooleanField(
        default=False, help_text="complete: nothing that the machine finds joins or leaves it"
    )
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="parts",
        help_text="where the machine's members of this one belong, by a merge",
    )
    brand = models.ForeignKey(
        "Brand", on_delete=models.SET_NULL, null=True, blank=True, related_name="clusters"
    )
    split_from = models.UUIDField(null=True, blank=True)
    merged_from = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ("number",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("run", "number"), name="cluster_number_once"),
            models.UniqueConstraint(fields=("run", "uid"), name="cluster_uid_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=("run", "-n_members", "number"), name="cluster_members"),
            models.Index(fields=("run", "name", "number"), name="cluster_name"),
            models.Index(
                "run",
                Coalesce("cohesion", Value(2.0)),
                F("n_members").desc(),
                "number",
                name="cluster_cohesion",
            ),
            models.Index(fields=("run",), condition=Q(is_handmade=True), name="cluster_handmade"),
            models.Index(
                fields=("run", "number"),
                condition=Q(name_source="human")
                | Q(is_locked=True)
                | Q(merged_into__isnull=False),
                name="cluster_curated",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_name_unsure(self) -> bool:
        """Whether the name is automatic and of low confidence."""
        is_machines = self.name_source == self.NameSource.AUTO
        return is_machines and self.name_score is not None and self.name_score < SURE


class LabelSource(Enum):
    """Which labels to read."""

    CORRECTED = "corrected"
    """The human label where reviewed, else by merges, else the machine label."""
    MACHINE = "machine"
    """The machine label, also where reviewed."""


def effective(label_source: LabelSource) -> F:
    """Return the expression for an assignment's cluster id under ``label_source``."""
    return F("cluster_id") if label_source is LabelSource.MACHINE else F("corrected_cluster_id")


class AssignmentQuerySet(QuerySet["Assignment"]):
    """Assignments, by machine or corrected labels."""

    def members_of(
        self, cluster: Cluster, label_source: LabelSource = LabelSource.CORRECTED
    ) -> Self:
        """In ``cluster``."""
        return self.filter(_is_in(cluster, label_source))

    def outliers(self, label_source: LabelSource = LabelSource.CORRECTED) -> Self:
        """In no cluster and not ignored."""
        return self.filter(_is_in(None, label_source)).without_ignored(label_source)

    def without_ignored(self, label_source: LabelSource = LabelSource.CORRECTED) -> Self:
        """Those that no person ignored; the machine's labels know no ignored ones."""
        return self if label_source is LabelSource.MACHINE else self.filter(is_ignored=False)

    def few_of(self, run: Run) -> Self:
        """Of a run, to be looked up by a few logos, domains, clusters or brands.

        Without statistics SQLite chooses an index on the run, and reads the whole run. For an
        expression it cannot use that index.
        """
        return self.alias(of_run=F("run_id") + 0).filter(of_run=run.pk)

    def of_logos(self, run: Run, logo_ids: Collection[int]) -> Self:
        """Of a run, showing one of a few logos."""
        return self.few_of(run).filter(logo_id__in=logo_ids)

    def named(self, text: str, dataset_id: int) -> Self:
        """Whose domain, of the data set of the run, contains ``text``.

        The data set is a condition of its own because the index of names begins with it.
        """
        return self.filter(domain__dataset=dataset_id, domain__name__icontains=text)

    def reviewed(self) -> Self:
        """Decided by a person."""
        return self.filter(reviewed_at__isnull=False)


def _is_in(cluster: Cluster | None, label_source: LabelSource) -> Q:
    column = "cluster" if label_source is LabelSource.MACHINE else "corrected_cluster_id"
    return Q(**{column: None if cluster is None else cluster.pk})


class Assignment(models.Model):
    """One domain in a run: the machine label and, if reviewed, the human label.

    ``reviewed_at`` says that a person decided; then ``human_cluster`` holds, and null means "an
    outlier, I looked", or, if ``is_ignored``, that the logo is left out. Otherwise
    ``bound_cluster`` holds if it is set: a person merged the machine's cluster into it.
    """

    run = models.ForeignKey(
        Run, on_delete=models.CASCADE, related_name="assignments", db_index=False
    )
    domain = models.ForeignKey(Domain, on_delete=models.CASCADE, related_name="assignments")
    logo = models.ForeignKey(Logo, on_delete=models.PROTECT, related_name="assignments")
    cluster = models.ForeignKey(
        Cluster, on_delete=models.CASCADE, null=True, blank=True, related_name="assignments"
    )
    bound_cluster = models.ForeignKey(
        Cluster,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="bound_assignments",
        db_index=False,
        help_text="by a merge of clusters",
    )
    probability = models.FloatField()
    outlier_score = models.FloatField()
    similarity = models.FloatField(
        default=-1.0, help_text="cosine to the medoid of the corrected cluster; -1: unknown"
    )
    x = models.FloatField(null=True, blank=True, help_text="null: no vector, not on the map")
    y = models.FloatField(null=True, blank=True)
    placed_at = models.DateTimeField(
        null=True, blank=True, help_text="null: the run itself made it; else it was added later"
    )
    placed_reason = models.CharField(max_length=300, blank=True)
    human_cluster = models.ForeignKey(
        Cluster,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="human_assignments",
        db_index=False,
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    brand = models.ForeignKey(
        "Brand",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="outliers",
        db_index=False,
        help_text="of an outlier; other rows have that of their cluster",
    )
    is_ignored = models.BooleanField(
        default=False, help_text="a person left it out of the clusters and of the review"
    )
    corrected_cluster_id = models.GeneratedField(
        expression=Case(
            When(reviewed_at__isnull=False, then=F("human_cluster")),
            default=Coalesce(F("bound_cluster"), F("cluster")),
        ),
        output_field=models.BigIntegerField(null=True),
        db_persist=True,
    )

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("run", "domain"), name="assignment_once"),
            models.CheckConstraint(
                condition=Q(reviewed_at__isnull=False) | Q(human_cluster__isnull=True),
                name="human_cluster_is_reviewed",
            ),
            models.CheckConstraint(
                condition=Q(is_ignored=False)
                | Q(reviewed_at__isnull=False, human_cluster__isnull=True),
                name="ignored_is_reviewed",
            ),
        ]
        # A write of a row writes all its indexes: what few rows have is in partial ones, and those
        # by run begin with it.
        indexes: ClassVar = [
            *(
                models.Index(
                    fields=(name,),
                    condition=Q(**{f"{name}__isnull": False}),
                    name=f"assignment_{name}",
                )
                for name in ("bound_cluster", "human_cluster", "reviewed_by", "brand")
            ),
            models.Index(fields=("run", "cluster"), name="assignment_cluster"),
            models.Index(
                fields=("run", "corrected_cluster_id", "-similarity", "logo", "id"),
                name="assignment_corrected",
            ),
            models.Index(
                fields=("run", "outlier_score", "logo", "id"),
                condition=Q(corrected_cluster_id__isnull=True),
                name="assignment_outliers",
            ),
            models.Index(
                fields=("run", "domain"),
                condition=Q(is_ignored=True),
                name="assignment_ignored",
            ),
            models.Index(
                fields=("run", "domain"),
                condition=Q(reviewed_at__isnull=False),
                name="assignment_reviewed",
            ),
            models.Index(
                fields=("run",), condition=Q(placed_at__isnull=False), name="assignment_placed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.domain} in {self.run}"

    def cluster_id_by(self, label_source: LabelSource) -> int | None:
        """Return the cluster's id by ``label_source``; None is an outlier."""
        if label_source is LabelSource.MACHINE:
            return self.cluster_id
        if self.reviewed_at is not None:
            return self.human_cluster_id
        return self.cluster_id if self.bound_cluster_id is None else self.bound_cluster_id
