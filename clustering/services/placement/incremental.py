"""Incremental assignment: new domains and changed logos, without re-clustering."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from clustering.models import Assignment, Capture, Dataset, Logo, Run
from clustering.models.domain import MAX_ATTEMPTS
from clustering.models.logo import tried_embedding
from clustering.pipeline.embedders import Embedder
from clustering.pipeline.errors import PipelineError
from clustering.selectors.unplaced import run_to_extend, unplaced
from clustering.services import counts, embedding
from clustering.services.placement import run_model
from clustering.services.placement.run_model import ClusterPlacement
from clustering.services.runs import carry_over, obey
from clustering.services.work import leases

PAUSE: Final = timedelta(minutes=10)  # before a retry after MAX_ATTEMPTS failures
NO_VECTOR: Final = "its image could not be embedded"
LOCKED: Final = "it looks like {name}, which is locked as complete"
REPLACED_FIELDS: Final = (
    "logo",
    "cluster",
    "probability",
    "outlier_score",
    "similarity",
    "x",
    "y",
    "placed_at",
    "placed_reason",
)


class PlacingFailed(PipelineError):
    """Workers died during placement."""

    code = "crashed"


def due_run(dataset: Dataset) -> Run | None:
    """Return the finished run to which logos can be added now. Three queries."""
    run = run_to_extend(dataset)
    if run is None or run.next_try_at > timezone.now():
        return None
    return run if unplaced(run).exists() else None


def place_for(run: Run, *, make: Callable[[str], Embedder], limit: int) -> None:
    """Embed and place up to ``limit`` unplaced logos of a leased run, and release it.

    The run's status stays; on failure the run stores the error and a time to retry.
    """
    if run.attempts > MAX_ATTEMPTS:
        leases.postpone(run, PlacingFailed(f"placement failed {MAX_ATTEMPTS} times"), PAUSE)
        return
    with leases.heartbeat(run):
        try:
            _embed(run, embedding.embedder_of(run, make), limit)
        except PipelineError as error:
            leases.postpone(run, error, embedding.WEIGHTS_RECHECK)
            return
        captures = list(_embedded(run)[:limit])
        if captures:
            _save(run, captures, _placements(run, captures))
    leases.release(run)


def _placements(run: Run, captures: Sequence[Capture]) -> dict[int, ClusterPlacement]:
    chosen = {one.logo_id for one in captures if one.domain.decided_at is not None}
    return run_model.place_images(run, (one.logo for one in captures), chosen=chosen)


def _embed(run: Run, embedder: Embedder, limit: int) -> None:
    lacking = Logo.objects.filter(pk__in=unplaced(run).values("logo"))
    lacking = lacking.without_embedding(run.embedder_key).order_by("pk")
    embedding.embed_logos(lacking[:limit], embedder=embedder)


def _embedded(run: Run) -> QuerySet[Capture]:
    tried = tried_embedding("logo", run.embedder_key)
    embedded = unplaced(run).alias(tried=tried).filter(tried__isnull=False)
    return embedded.select_related("logo", "domain").order_by("pk")


@transaction.atomic
def _save(run: Run, captures: Sequence[Capture], found: dict[int, ClusterPlacement]) -> None:
    """Add or replace assignments if the lease still holds; corrections stay.

    Corrections of domains that are new in this run come from earlier runs.
    """
    mine = Run.objects.select_for_update().filter(pk=run.pk, lease_token=run.lease_token)
    if not mine.exists():
        return
    domain_ids = {one.domain_id for one in captures}
    held = run.assignments.filter(domain__in=domain_ids)
    known = dict(held.values_list("domain_id", "corrected_cluster_id"))
    rows = [
        _assignment(run, one, _allowed(found.get(one.logo_id), known.get(one.domain_id)))
        for one in captures
    ]
    joined = domain_ids.difference(known)
    with counts.kept(run, sorted(domain_ids)):
        Assignment.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["run", "domain"],
            update_fields=REPLACED_FIELDS,
        )
        carry_over.restore_reviews(run, joined)
        obey.obey(run, movable=domain_ids)


def _allowed(placement: ClusterPlacement | None, held: int | None) -> ClusterPlacement | None:
    """Keep a logo out of a locked cluster, unless it is a member already."""
    cluster = placement.cluster if placement else None
    if placement is None or cluster is None or not cluster.is_locked or cluster.pk == held:
        return placement
    return replace(placement, cluster=None, reason=LOCKED.format(name=cluster.name))


def _assignment(run: Run, capture: Capture, placement: ClusterPlacement | None) -> Assignment:
    row = Assignment(
        run=run,
        domain_id=capture.domain_id,
        logo_id=capture.logo_id,
        probability=0.0,
        outlier_score=1.0,
        placed_at=timezone.now(),
        placed_reason=NO_VECTOR,
    )
    if placement is None:
        return row
    row.outlier_score, row.placed_reason = placement.outlier_score, placement.reason[:300]
    row.x, row.y = placement.place or (None, None)
    if placement.cluster is not None:
        row.similarity = 1.0 - row.outlier_score
        row.cluster, row.probability = placement.cluster, placement.confidence
    return row
