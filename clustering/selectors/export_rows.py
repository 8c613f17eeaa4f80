"""Exports: the rows of a run, with corrected or machine labels, as JSON and CSV."""

import re
from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

import numpy as np
from django.db.models import Count, Q, QuerySet

from clustering.models import Cluster, Dataset, Domain, LabelSource, Run
from clustering.models.run import effective
from clustering.pipeline import curation_file, export
from clustering.pipeline.domains import REJECTED_COLUMNS, REJECTED_MARK
from clustering.pipeline.export import ExportCluster, ExportItem
from clustering.selectors.cluster_search import SIZE_COLUMNS
from clustering.selectors.coverage import coverage
from clustering.selectors.curation_file import document as curation_document
from clustering.selectors.export_items import ItemReader
from clustering.selectors.streaming import ROWS_PER_CHUNK, by_code_point, chunks, snapshot

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
BEGINNING_ROWS = 12  # of a preview
Parts = Generator[bytes, None, None]
CSV_PLACE = np.dtype([("row", "i8"), ("pk", "i8")])


def clusters_json(run: Run, label_source: LabelSource = LabelSource.CORRECTED) -> Parts:
    """Yield ``clusters.json`` in its plain form."""
    with snapshot():
        yield from export.clusters_json(_groups(run, label_source))


def labels(run: Run, label_source: LabelSource = LabelSource.CORRECTED) -> dict[str, int]:
    """Return domain -> exported cluster number, -1 for outliers, of those with a logo.

    Ignored ones are left out, as in ``clusters.json``.
    """
    numbers = _numbers(run, label_source)
    rows = run.assignments.without_ignored(label_source)
    held = rows.values_list("domain__name", effective(label_source))
    return {name: numbers.get(pk, export.OUTLIER) for name, pk in held.iterator()}


def brand_labels(run: Run) -> dict[str, int]:
    """Return domain -> number of its brand, -1 for none, of those with a logo that count."""
    of_cluster = dict(run.clusters.filter(brand__isnull=False).values_list("pk", "brand_id"))
    rows = run.assignments.without_ignored()
    table = rows.values_list("domain__name", "corrected_cluster_id", "brand_id")
    found = {
        name: brand_id if cluster_id is None else of_cluster.get(cluster_id)
        for name, cluster_id, brand_id in table.iterator()
    }
    numbers = {pk: number for number, pk in enumerate(sorted({pk for pk in found.values() if pk}))}
    return {name: numbers.get(pk or 0, export.OUTLIER) for name, pk in found.items()}


def full_json(run: Run, label_source: LabelSource = LabelSource.CORRECTED) -> Parts:
    """Yield the full JSON: run, parameters, provenance, clusters, items by domain name."""
    # A cursor must be closed before its transaction ends, also where a reader stops early.
    with (
        snapshot(),
        closing(clusters(run, label_source)) as groups,
        closing(items(run, label_source)) as rows,
    ):
        listed = (item for item, _ in rows)
        yield from export.full_json(_head(run, label_source), groups, listed)


def domains_csv(run: Run, label_source: LabelSource = LabelSource.CORRECTED) -> Parts:
    """Yield CSV with one line per row of the upload, in its order."""
    with snapshot():
        yield from export.domains_csv(csv_rows(run, label_source), run.dataset.other_columns)


def domains_semicolon_csv(run: Run, label_source: LabelSource = LabelSource.CORRECTED) -> Parts:
    """Yield ``domains.csv`` with semicolons, as spreadsheets in many countries expect them."""
    with snapshot():
        yield from export.domains_csv(csv_rows(run, label_source), run.dataset.other_columns, ";")


def domains_csv_beginning(run: Run, label_source: LabelSource = LabelSource.CORRECTED) -> Parts:
    """Yield the first ``BEGINNING_ROWS`` rows of the CSV: of the domains imported first."""
    domains = run.dataset.domains.order_by("pk").values_list("row_numbers", "pk")
    places = sorted((row, pk) for rows, pk in domains[:BEGINNING_ROWS] for row in rows)
    reader = ItemReader(run, label_source, partial(_numbers_of, run, label_source))
    yield from export.domains_csv(
        _csv_lines(reader, places[:BEGINNING_ROWS]), run.dataset.other_columns
    )


def items_beginning(run: Run, label_source: LabelSource) -> Iterator[tuple[ExportItem, str]]:
    """Yield what ``items`` yields first, up to ``BEGINNING_ROWS``, without reading the run.

    By the index: where the database sorts by a locale, the file may begin with others.
    """
    named = run.dataset.domains.order_by("name").values_list("pk", flat=True)
    keys = list(named[:BEGINNING_ROWS])
    read = ItemReader(run, label_source, partial(_numbers_of, run, label_source)).read(keys)
    yield from (read[pk] for pk in keys)


def picked_csv(run: Run, label_source: LabelSource, domain_ids: Collection[int]) -> Parts:
    """Yield the lines of ``domains_csv`` about these domains."""
    named = run.dataset.domains.filter(pk__in=domain_ids).values_list("row_numbers", "pk")
    with snapshot():
        places = sorted((row, pk) for rows, pk in named for row in rows)
        lines = _csv_lines(_reader(run, label_source), places)
        yield from export.domains_csv(lines, run.dataset.other_columns)


def rejected_csv(dataset: Dataset) -> Iterator[bytes]:
    """Yield the rejected rows of an upload as CSV, with its columns in their order.

    One line a row: several bad values share the cell of the domains. Before the import, the rows
    are those of the preview.
    """
    entries: Iterable[Sequence[Any]] = dataset.preview.get("rejected", [])
    kept = dataset.preview.get("other_columns", [])
    if dataset.intake == Dataset.Intake.IMPORTED:
        named = dataset.rejected_rows.values_list("row_number", "raw", "reason", "other_cells")
        entries, kept = named.iterator(), dataset.other_columns
    columns, domain_at = _columns_of_upload(dataset, kept)
    own = export.free_names(REJECTED_COLUMNS, columns, REJECTED_MARK)
    rows = _rejected(entries, kept, columns, domain_at)
    yield from export.csv_sheet([*columns, *own], rows)


def _columns_of_upload(dataset: Dataset, kept: Sequence[str]) -> tuple[list[str], int]:
    """Return the names of the columns in their order, and the index of that of the domains.

    Columns that were read together are one, as it is not known which one a value is from.
    """
    names = [column["name"] for column in dataset.preview.get("columns", [])]
    together = dataset.preview.get("together", {})
    read = {dataset.column}
    if together.get("name") == dataset.column:
        read |= set(together["columns"])
    at = next((index for index, name in enumerate(names) if name in read), 0)
    others = [name for name in names if name not in read] if names else list(kept)
    unnamed = len(others) == 0 and dataset.column in {"", "Column 1"}
    return [*others[:at], "domain" if unnamed else dataset.column or "domain", *others[at:]], at


def _rejected(
    entries: Iterable[Sequence[Any]], kept: Sequence[str], columns: Sequence[str], domain_at: int
) -> Iterator[list[object]]:
    for number, group in groupby(entries, key=itemgetter(0)):
        found = list(group)
        cells = next((one[3] for one in found if one[3:] and one[3]), None) or ()
        held = dict(zip(kept, cells, strict=False))
        line = [held.get(name, "") for name in columns]
        line[domain_at] = ", ".join(one[1] for one in found)
        errors = dict.fromkeys(one[2] for one in found)
        yield [*line, number, " | ".join(errors)]


def failures_csv(dataset: Dataset, code: str | None = None) -> Iterator[bytes]:
    """Yield CSV of the domains that ended without a logo.

    ``code`` restricts them to one error code, or to several with commas.
    """
    failed = dataset.domains.failed().order_by("name")
    if code:
        failed = failed.filter(error_code__in=code.split(","))
    rows = map(_failure, failed.iterator(chunk_size=ROWS_PER_CHUNK))
    yield from export.csv_sheet(FAILURE_COLUMNS, rows)


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
            "coverage": {part.name: part.n for part in coverage(dataset).parts},
        },
        "answer": label_source.value,
        "curation": curation_file.as_fields(curation_document(run)),
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


def filled_clusters(run: Run, label_source: LabelSource) -> QuerySet[Cluster]:
    """Return the clusters that are not empty, in the order of their exported numbers."""
    size = SIZE_COLUMNS[label_source]
    return run.clusters.filter(**{f"{size}__gt": 0}).order_by(f"-{size}", "number")


def _numbers(run: Run, label_source: LabelSource) -> dict[int | None, int]:
    """Return primary key -> exported number, counted from 0 by descending size."""
    keys = filled_clusters(run, label_source).values_list("pk", flat=True)
    return {pk: number for number, pk in enumerate(keys.iterator(ROWS_PER_CHUNK))}


def _numbers_of(
    run: Run, label_source: LabelSource, keys: Collection[int]
) -> dict[int | None, int]:
    """Return the exported numbers of a few clusters: how many come before each. Two queries."""
    filled = filled_clusters(run, label_source).order_by()
    size = SIZE_COLUMNS[label_source]
    few = filled.filter(pk__in=keys).values_list("pk", size, "number")
    before = {
        f"before_{pk}": Count("pk", filter=Q(**{f"{size}__gt": n}) | Q(**{size: n}, number__lt=at))
        for pk, n, at in few
    }
    counted = filled.aggregate(**before)
    return {int(name.removeprefix("before_")): n for name, n in counted.items()}


def _reader(run: Run, label_source: LabelSource) -> ItemReader:
    numbers = _numbers(run, label_source)
    return ItemReader(run, label_source, lambda _: numbers)


def clusters(run: Run, label_source: LabelSource) -> Generator[ExportCluster, None, None]:
    """Yield the clusters that are not empty, by their exported numbers."""
    rows = filled_clusters(run, label_source).values_list(
        "uid",
        "name",
        "name_source",
        SIZE_COLUMNS[label_source],
        "cohesion",
        "medoid__sha256",
        "split_from",
        "merged_from",
    )
    for number, row in enumerate(rows.iterator(ROWS_PER_CHUNK)):
        uid, name, name_source, size, cohesion, medoid_sha256, split_from, merged_from = row
        yield ExportCluster(
            id=str(uid),
            number=number,
            name=name,
            name_source=name_source,
            size=size,
            cohesion=cohesion,
            medoid_sha256=medoid_sha256 or "",
            split_from=str(split_from) if split_from else None,
            merged_from=merged_from,
        )


def _groups(run: Run, label_source: LabelSource) -> Iterator[tuple[int, Iterable[str]]]:
    """Yield numbers with sorted domain names; small clusters share a query."""
    rows = run.assignments.annotate(held=effective(label_source))
    rows = rows.order_by(by_code_point("domain__name"))
    sizes = filled_clusters(run, label_source).values_list("pk", SIZE_COLUMNS[label_source])
    number = 0
    for keys in _batches(sizes.iterator(ROWS_PER_CHUNK)):
        members: dict[int, list[str]] = {pk: [] for pk in keys}
        found = rows.filter(held__in=keys).values_list("held", "domain__name")
        if len(keys) == 1:
            yield number, (name for _, name in found.iterator(ROWS_PER_CHUNK))
        else:
            for pk, name in found.iterator(ROWS_PER_CHUNK):
                members[pk].append(name)
            yield from enumerate(members.values(), start=number)
        number += len(keys)
    outliers = (
        rows.filter(held=None).without_ignored(label_source).values_list("domain__name", flat=True)
    )
    yield export.OUTLIER, outliers.iterator(ROWS_PER_CHUNK)


def _batches(sizes: Iterable[tuple[int, int]]) -> Iterator[list[int]]:
    """Yield keys of consecutive clusters with at most ``ROWS_PER_CHUNK`` members, or of one."""
    keys: list[int] = []
    total = 0
    for pk, size in sizes:
        if keys and total + size > ROWS_PER_CHUNK:
            yield keys
            keys, total = [], 0
        keys.append(pk)
        total += size
    if keys:
        yield keys


def csv_rows(run: Run, label_source: LabelSource) -> Iterator[tuple[int, ExportItem, str]]:
    """Yield each row of the upload in its order: its number, domain and name of the cluster.

    Several domains of one row are in the order of their import, which is that of the upload.
    """
    named = run.dataset.domains.order_by("pk").values_list("row_numbers", "pk")
    pairs = ((row, pk) for rows, pk in named.iterator(ROWS_PER_CHUNK) for row in rows)
    places = np.fromiter(pairs, CSV_PLACE)
    places = places[np.argsort(places["row"], kind="stable")]
    starts = range(0, len(places), ROWS_PER_CHUNK)
    ordered = (places[first : first + ROWS_PER_CHUNK].tolist() for first in starts)
    yield from _csv_lines(_reader(run, label_source), chain.from_iterable(ordered))


def _csv_lines(
    reader: ItemReader, places: Iterable[tuple[int, int]]
) -> Iterator[tuple[int, ExportItem, str]]:
    """Yield rows of the CSV for pairs of a row number and a domain's primary key."""
    for chunk in chunks(places, ROWS_PER_CHUNK):
        items = reader.read({pk for _, pk in chunk})
        for row, pk in chunk:
            yield row, *items[pk]


def items(
    run: Run, label_source: LabelSource, only: Collection[int] | None = None
) -> Generator[tuple[ExportItem, str], None, None]:
    """Yield the domains of the data set by name, with the name of each one's cluster.

    ``only`` restricts them to these primary keys.
    """
    reader = _reader(run, label_source)
    domains = (
        run.dataset.domains.all() if only is None else run.dataset.domains.filter(pk__in=only)
    )
    named = domains.order_by(by_code_point("name")).values_list("pk", flat=True)
    for keys in chunks(named.iterator(ROWS_PER_CHUNK)):
        items = reader.read(keys)
        yield from (items[pk] for pk in keys)
