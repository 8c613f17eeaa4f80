"""Exports: the rows of a run, with corrected or machine labels, as JSON and CSV."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from operator import attrgetter

from clustering.models import Assignment, Capture, Cluster, Dataset, Domain, LabelSource, Run
from clustering.models.run import effective
from clustering.pipeline import export
from clustering.pipeline.export import ExportCluster, ExportImage, ExportItem

REJECTED_COLUMNS = ("row", "value", "reason")
FAILURE_COLUMNS = (
    "domain",
    "as_given",
    "row_numbers",
    "reason",
    "http_status",
    "detail",
    "attempts",
    "last_tried",
)
HTTP_STATUS = re.compile(r"\bstatus (\d{3})\b")  # in the detail of a failure http_...
ROWS_PER_FETCH = 2_000  # keeps memory flat however many domains failed


def clusters_json(run: Run, label_source: LabelSource = LabelSource.CORRECTED) -> Iterator[bytes]:
    """Yield ``clusters.json`` in its plain form."""
    yield export.clusters_json(labels(run, label_source))


def labels(run: Run, label_source: LabelSource = LabelSource.CORRECTED) -> dict[str, int]:
    """Return domain -> exported cluster number, -1 for outliers; only those with a logo."""
    clusters = _clusters(run, label_source)
    held = run.assignments.annotate(held=effective(label_source)).values_list(
        "domain__name", "held"
    )
    return {name: clusters[pk].number if pk in clusters else export.OUTLIER for name, pk in held}


def full_json(run: Run, label_source: LabelSource = LabelSource.CORRECTED) -> Iterator[bytes]:
    """Yield the full JSON: run, parameters, provenance, clusters, items."""
    clusters = _clusters(run, label_source)
    items = _items(run, label_source, clusters)
    yield from export.full_json(_head(run, label_source), list(clusters.values()), items)


def domains_csv(run: Run, label_source: LabelSource = LabelSource.CORRECTED) -> Iterator[bytes]:
    """Yield CSV with one line per row of the upload."""
    clusters = _clusters(run, label_source)
    yield from export.domains_csv(list(clusters.values()), _items(run, label_source, clusters))


def rejected_csv(dataset: Dataset) -> Iterator[bytes]:
    """Yield the rejected rows of an upload as CSV; before the import, those of the preview."""
    rows: Iterable[Iterable[object]] = dataset.preview.get("rejected", [])
    if dataset.intake == Dataset.Intake.IMPORTED:
        rows = dataset.rejected_rows.values_list("row_number", "raw", "reason").iterator()
    yield export.csv_line(REJECTED_COLUMNS)
    yield from map(export.csv_line, rows)


def failures_csv(dataset: Dataset, code: str | None = None) -> Iterator[bytes]:
    """Yield CSV of the domains that ended without a logo, all or those with one code."""
    failed = dataset.domains.failed().order_by("name")
    if code:
        failed = failed.filter(error_code=code)
    yield export.csv_line(FAILURE_COLUMNS)
    for domain in failed.iterator(chunk_size=ROWS_PER_FETCH):
        yield export.csv_line(_failure(domain))


def _failure(domain: Domain) -> tuple[object, ...]:
    status = HTTP_STATUS.search(domain.error_detail)
    return (
        domain.name,
        domain.as_given,
        " ".join(map(str, domain.row_numbers)),
        domain.error_code,
        status[1] if status and domain.error_code.startswith("http_") else "",
        domain.error_detail,
        domain.attempts,
        domain.finished_at.isoformat() if domain.finished_at else "",
    )


def _head(run: Run, label_source: LabelSource) -> dict[str, object]:
    dataset = run.dataset
    return {
        "project": {
            "name": dataset.name,
            "slug": dataset.slug,
            "source": dataset.source_name,
            "source_sha256": dataset.source_sha256,
            "rows": dataset.n_rows,
            "duplicates": dataset.n_duplicates,
            "rejected": dataset.n_rejected,
        },
        "answer": label_source.value,
        "run": {
            "id": run.slug,
            "created_at": run.created_at.isoformat(),
            "embedder": run.embedder_key,
            "clusterer": {"name": run.clusterer, "params": run.clusterer_params},
            "projector": {"name": run.projector, "params": run.projector_params},
            "random_state": run.random_state,
            "fingerprint": run.fingerprint,
            "versions": run.versions,
            "metrics": run.metrics,
        },
    }


def _clusters(run: Run, label_source: LabelSource) -> dict[int, ExportCluster]:
    """Return clusters by primary key, numbered by descending size; empty ones are left out."""
    held = run.assignments.annotate(held=effective(label_source))
    sizes = Counter(held.values_list("held", flat=True))
    filled = [c for c in run.clusters.select_related("medoid") if sizes[c.pk]]
    filled.sort(key=lambda cluster: (-sizes[cluster.pk], cluster.number))
    return {
        cluster.pk: _cluster(cluster, number, sizes[cluster.pk])
        for number, cluster in enumerate(filled)
    }


def _cluster(cluster: Cluster, number: int, size: int) -> ExportCluster:
    return ExportCluster(
        id=str(cluster.uid),
        number=number,
        name=cluster.name,
        name_source=cluster.name_source,
        size=size,
        cohesion=cluster.cohesion,
        medoid_sha256=cluster.medoid.sha256 if cluster.medoid else "",
        split_from=str(cluster.split_from) if cluster.split_from else None,
        merged_from=list(cluster.merged_from),
    )


def _items(
    run: Run, label_source: LabelSource, clusters: dict[int, ExportCluster]
) -> Iterator[ExportItem]:
    """Yield every domain of the data set by name, joined by its key and never by position."""
    assignments = {
        row.domain_id: row for row in run.assignments.select_related("logo", "reviewed_by")
    }
    captures = {
        (row.domain_id, row.logo_id): row
        for row in Capture.objects.filter(domain__dataset=run.dataset, is_primary=True)
    }
    # Sorted here, since each database has its own order of hyphens and dots.
    for domain in sorted(run.dataset.domains.all(), key=attrgetter("name")):
        assignment = assignments.get(domain.pk)
        if assignment is None:
            yield _bare_item(domain)
            continue
        capture = captures.get((domain.pk, assignment.logo_id))
        yield _item(domain, assignment, capture, clusters, label_source)


def _bare_item(domain: Domain) -> ExportItem:
    """Return a domain that is not in the run: it failed, or came later."""
    return ExportItem(
        domain=domain.name,
        as_given=domain.as_given,
        row_numbers=domain.row_numbers,
        status=domain.status,
        error=domain.error_code,
        cluster_id=None,
        cluster_number=None,
        label_source="",
        edited_by="",
        edited_at="",
        confidence=None,
        outlier_score=None,
        xy=None,
        image=None,
    )


def _item(
    domain: Domain,
    assignment: Assignment,
    capture: Capture | None,
    clusters: dict[int, ExportCluster],
    label_source: LabelSource,
) -> ExportItem:
    cluster = clusters.get(assignment.cluster_id_by(label_source) or 0)
    is_human = label_source is LabelSource.CORRECTED and assignment.reviewed_at is not None
    reviewer = assignment.reviewed_by if is_human else None
    edited_at = assignment.reviewed_at.isoformat() if is_human and assignment.reviewed_at else ""
    has_place = assignment.x is not None and assignment.y is not None
    return ExportItem(
        domain=domain.name,
        as_given=domain.as_given,
        row_numbers=domain.row_numbers,
        status=_status(domain, assignment),
        error="",
        cluster_id=cluster.id if cluster else None,
        cluster_number=cluster.number if cluster else export.OUTLIER,
        label_source="human" if is_human else "auto",
        edited_by=reviewer.username if reviewer else "",
        edited_at=edited_at,
        confidence=round(assignment.probability, 6),
        outlier_score=round(assignment.outlier_score, 6),
        xy=(float(assignment.x or 0), float(assignment.y or 0)) if has_place else None,
        image=_image(assignment, capture),
    )


def _status(domain: Domain, assignment: Assignment) -> str:
    """Return the status of a domain of the run; one ignored since then is ``ignored``.

    What a person chose is a logo, whatever it looks like.
    """
    if domain.status == Domain.Status.IGNORED:
        return "ignored"
    is_placeholder = assignment.logo.is_placeholder and domain.decided_at is None
    return "placeholder" if is_placeholder else "ok"


def _image(assignment: Assignment, capture: Capture | None) -> ExportImage:
    logo = assignment.logo
    return ExportImage(
        sha256=logo.sha256,
        phash=logo.phash,
        width=logo.width,
        height=logo.height,
        source=capture.finder if capture else "",
        source_url=capture.source_url if capture else "",
        fetched_at=capture.fetched_at.isoformat() if capture else "",
    )
