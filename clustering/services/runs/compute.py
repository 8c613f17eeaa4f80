"""The run stage: compute a clustering under a lease, and write it in one transaction."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from numpy.typing import NDArray

from clustering.models import Assignment, Capture, Cluster, QualityReport, Run
from clustering.pipeline import pipeline
from clustering.pipeline.clusterers import CLUSTERERS
from clustering.pipeline.constraints import Constraints
from clustering.pipeline.pipeline import Grouping, Shown
from clustering.pipeline.projectors import PROJECTORS
from clustering.selectors.words import asked_reading
from clustering.services import counts, similarities, storage
from clustering.services.embedding import vectors_of
from clustering.services.logos.placeholders import Showing, placeholder_ids
from clustering.services.review import build as review_queue
from clustering.services.runs import (
    brands,
    calibrated,
    carry_over,
    name_sources,
    neighbours,
    obey,
    suggestions,
    teaching,
)
from clustering.services.runs.suggestions import ComparedLogos
from clustering.services.tuning import search
from clustering.services.work import leases

ROWS_PER_INSERT = 2_000


@dataclass(frozen=True)
class RunInput:
    """Input of a run: domains with their logos."""

    domain_ids: list[int]
    domain_names: list[str]
    logo_ids: list[int]
    """Of the domain at the same place."""
    sha256s: list[str]
    phashes: dict[int, int]
    """Of each logo."""
    placeholder_ids: frozenset[int]
    rules: obey.DomainRules
    """Of the last run, by domain id."""


@dataclass(frozen=True)
class UniqueGrouping:
    """A grouping and the logo of each row."""

    logo_ids: list[int]
    vectors: NDArray[np.float32]
    """Shape (n, d), of the logos."""
    names: list[tuple[str, ...]]
    """The domains that show each logo."""
    grouping: Grouping


def claim(run: Run) -> Run | None:
    """Lease an unfinished run to compute it; None if another worker holds it or it has ended."""
    return leases.claim_to_run(Run, run.pk)


def compute(run: Run) -> None:
    """Compute a claimed run and write its clusters and assignments in one transaction."""
    leases.run_claimed(run, lambda: _compute(run))


def _compute(run: Run) -> None:
    given = run_input(run)
    if run.is_calibrated:
        calibrated.find_distances_of(run, given)
    if run.is_auto:
        search.choose_clusterer(run)
    _save(run, given, _group(run, given))


def run_input(run: Run) -> RunInput:
    """Return the domains of a run in a fixed order (by name), with their logos. Three queries."""
    rows = (
        Capture.objects.filter(domain__dataset=run.dataset, domain__status="found")
        .filter(is_primary=True)
        .order_by("domain__name")
        .values_list(
            "domain_id",
            "domain__name",
            "logo_id",
            "logo__sha256",
            "logo__phash",
            "logo__is_placeholder",
            "domain__decided_at",
        )
    )
    table = list(rows)
    showings = (Showing(row[2], row[1], row[5], row[6] is not None) for row in table)
    return RunInput(
        domain_ids=[row[0] for row in table],
        domain_names=[row[1] for row in table],
        logo_ids=[row[2] for row in table],
        sha256s=[row[3] for row in table],
        phashes={row[2]: int(row[4], 16) for row in table},
        placeholder_ids=placeholder_ids(showings),
        rules=obey.rules_for(run),
    )


def _group(run: Run, given: RunInput) -> UniqueGrouping:
    """Cluster the unique images; order them by content, so that no key decides a tie."""
    sha256_of = dict(zip(given.logo_ids, given.sha256s, strict=True))
    ordered = sorted(sha256_of, key=sha256_of.__getitem__)
    logo_ids, vectors = vectors_of(ordered, run.embedder_key)
    names: dict[int, list[str]] = {}
    for logo_id, name in zip(given.logo_ids, given.domain_names, strict=True):
        names.setdefault(logo_id, []).append(name)
    shown = [
        Shown(tuple(names[logo_id]), given.phashes[logo_id], logo_id in given.placeholder_ids)
        for logo_id in logo_ids
    ]
    before = _run_with_map(run)
    places = _places_on(before, logo_ids) if before else None
    result = pipeline.group(
        vectors,
        shown,
        clusterer=CLUSTERERS.create(run.clusterer, **run.clusterer_params),
        projector=PROJECTORS.create(run.projector, **run.projector_params),
        distances=run.distances,
        earlier=places,
        may_keep_map=before is not None and before.projector_params == run.projector_params,
        rules=_constraints(given, logo_ids),
        sight=name_sources.sight(
            run.embedder,
            lambda row: storage.opened(sha256_of[logo_ids[row]]),
            reads_words=asked_reading(run.dataset) is not None,
        ),
        report=lambda step: leases.set_step(run, step),
    )
    return UniqueGrouping(logo_ids, vectors, [one.names for one in shown], result)


def _constraints(given: RunInput, logo_ids: Sequence[int]) -> Constraints:
    """Return the rules as pairs of rows; none about placeholders, which are never clustered."""
    rows = enumerate(logo_ids)
    row_of = {pk: row for row, pk in rows if pk not in given.placeholder_ids}
    shown = zip(given.domain_ids, given.logo_ids, strict=True)
    row_of_domain = {domain_id: row_of[pk] for domain_id, pk in shown if pk in row_of}
    return obey.constraints_of(given.rules, row_of_domain)


def _run_with_map(run: Run) -> Run | None:
    """Return the last run with a map of the same kind. One query."""
    last = run.dataset.runs.succeeded().exclude(pk=run.pk)
    last = last.filter(projector=run.projector, embedder_key=run.embedder_key)
    return last.order_by("-finished_at", "-pk").first()


def _places_on(before: Run, logo_ids: list[int]) -> NDArray[np.float32]:
    """Return each logo's position on the map of an earlier run, NaN if absent. One query.

    Logos that were placed on it later have none: only a run fits positions.
    """
    fitted = before.assignments.filter(x__isnull=False, placed_at__isnull=True)
    place_of = {logo_id: (x, y) for logo_id, x, y in fitted.values_list("logo_id", "x", "y")}
    nowhere = (np.nan, np.nan)
    places = [place_of.get(logo_id, nowhere) for logo_id in logo_ids]
    return np.array(places, dtype=np.float32).reshape(-1, 2)


@transaction.atomic
def _save(run: Run, given: RunInput, result: UniqueGrouping) -> None:
    """Write the result if the run is running and the lease is held."""
    grouping_ = result.grouping
    if not leases.finish(
        run,
        next_try_at=timezone.now(),  # due for incremental assignment
        attempts=0,
        metrics=grouping_.metrics | _coverage(run, given, result),
        versions=pipeline.versions(),
        fingerprint=_fingerprint(run, given),
    ):
        return
    run.taught = teaching.taught_by_answers(run)
    run.save(update_fields=["taught"])
    clusters = Cluster.objects.bulk_create(_clusters(run, result), batch_size=ROWS_PER_INSERT)
    Assignment.objects.bulk_create(
        _assignments(run, given, result, clusters), batch_size=ROWS_PER_INSERT
    )
    neighbours.save(run, result.logo_ids, grouping_.nearest_rows)
    compared = ComparedLogos(result.logo_ids, result.vectors, result.names)
    suggestions.save(run, compared, grouping_.labels, clusters)
    carry_over.carry_over(run)
    counts.recount(run)
    is_corrected = Q(reviewed_at__isnull=False) | Q(bound_cluster__isnull=False)
    similarities.refresh(run, run.assignments.filter(is_corrected))
    review_queue.build(run)
    brands.build(run)
    QualityReport.objects.create(run=run)


def _clusters(run: Run, result: UniqueGrouping) -> Iterator[Cluster]:
    for number, group in enumerate(result.grouping.groups):
        yield Cluster(
            run=run,
            number=number,
            name=group.name[:120],
            name_score=group.name_score,
            medoid_id=result.logo_ids[group.medoid],
            size=group.size,
            n_members=group.size,
            cohesion=group.cohesion,
        )


def _assignments(
    run: Run, given: RunInput, result: UniqueGrouping, clusters: list[Cluster]
) -> Iterator[Assignment]:
    """Yield one assignment per domain, joined to its logo's row by key, never by position."""
    row_of = {logo_id: row for row, logo_id in enumerate(result.logo_ids)}
    grouped = result.grouping
    for domain_id, logo_id in zip(given.domain_ids, given.logo_ids, strict=True):
        row = row_of.get(logo_id)
        if row is None:
            yield Assignment(
                run=run, domain_id=domain_id, logo_id=logo_id, probability=0.0, outlier_score=1.0
            )
            continue
        label = int(grouped.labels[row])
        yield Assignment(
            run=run,
            domain_id=domain_id,
            logo_id=logo_id,
            cluster=clusters[label] if label >= 0 else None,
            probability=float(grouped.probabilities[row]),
            outlier_score=float(grouped.outlier_scores[row]),
            similarity=1.0 - float(grouped.outlier_scores[row]) if label >= 0 else -1.0,
            x=float(grouped.coordinates[row, 0]),
            y=float(grouped.coordinates[row, 1]),
        )


def _coverage(run: Run, given: RunInput, result: UniqueGrouping) -> dict[str, int]:
    return {
        "n_domains": len(given.domain_ids),
        "n_failed": run.dataset.domains.failed().count(),
        "n_unique_images": len(result.logo_ids),
        "n_placeholders": len(given.placeholder_ids),
    }


def _fingerprint(run: Run, given: RunInput) -> str:
    """Return a digest of everything that determines the result."""
    inputs: dict[str, object] = {
        "logos": sorted(zip(given.domain_names, given.sha256s, strict=True)),
        "embedder": run.embedder_key,
        "clusterer": [run.clusterer, run.clusterer_params],
        "projector": [run.projector, run.projector_params],
        "random_state": run.random_state,
    }
    if run.found_distances:
        inputs["distances"] = run.found_distances
    if given.rules:
        name_of = dict(zip(given.domain_ids, given.domain_names, strict=True))
        inputs["rules"] = [[kind, *map(name_of.get, pair)] for kind, pair in given.rules]
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()
