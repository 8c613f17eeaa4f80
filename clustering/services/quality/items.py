"""Distinct logos of a run with their domains and labels: the input of the metrics."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clustering.models import LabelSource, Run
from clustering.models.run import effective
from clustering.pipeline.errors import TooFewLogos
from clustering.services.embedding import vectors_of
from clustering.services.logos.placeholders import Showing, placeholder_ids

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class QualityItems:
    """The distinct logos of a run that have a vector, ordered by content hash."""

    logo_ids: list[int]
    vectors: NDArray[np.float32]
    domains: list[list[str]]
    """Domains of each logo."""
    cluster_ids: list[int]
    """Primary keys, largest cluster first: row i is cluster i of the labels."""
    machine: Labels
    corrected: Labels


class _ItemRow(NamedTuple):
    """One domain of the run: its logo, and its cluster by either label source."""

    logo_id: int
    name: str
    is_known: bool
    decided_at: datetime | None
    machine: int | None
    corrected: int | None


def quality_items(run: Run) -> QualityItems:
    """Return the run's logos with both labels, without placeholders and ignored ones.

    A logo of several domains has the cluster of the first by name. Two queries, and one per
    10,000 logos.

    Raises:
        TooFewLogos: if the run has fewer than two logos with a vector.
    """
    shown: dict[int, list[_ItemRow]] = {}
    for row in _rows(run):
        shown.setdefault(row.logo_id, []).append(row)
    logo_ids, vectors = vectors_of(list(shown), run.embedder_key)
    if len(logo_ids) < 2:
        raise TooFewLogos(f"measuring needs 2 different logos, {run} has {len(logo_ids)}")
    cluster_ids = list(run.clusters.order_by("-size", "number").values_list("pk", flat=True))
    number_of: dict[int | None, int] = {pk: number for number, pk in enumerate(cluster_ids)}

    def labels(held: Iterable[int | None]) -> Labels:
        return np.array([number_of.get(pk, -1) for pk in held], dtype=np.int64)

    first = [shown[logo_id][0] for logo_id in logo_ids]
    return QualityItems(
        logo_ids=logo_ids,
        vectors=vectors,
        domains=[[row.name for row in shown[logo_id]] for logo_id in logo_ids],
        cluster_ids=cluster_ids,
        machine=labels(row.machine for row in first),
        corrected=labels(row.corrected for row in first),
    )


def _rows(run: Run) -> list[_ItemRow]:
    """Return the assignments ordered by content and name, without loading model instances."""
    held = (
        run.assignments.without_ignored()
        .annotate(
            machine=effective(LabelSource.MACHINE), corrected=effective(LabelSource.CORRECTED)
        )
        .order_by("logo__sha256", "domain__name")
    )
    values = held.values_list(
        "logo_id",
        "domain__name",
        "logo__is_placeholder",
        "domain__decided_at",
        "machine",
        "corrected",
    )
    rows = [_ItemRow(*one) for one in values]
    left_out = placeholder_ids(
        Showing(row.logo_id, row.name, row.is_known, row.decided_at is not None) for row in rows
    )
    return [row for row in rows if row.logo_id not in left_out]
