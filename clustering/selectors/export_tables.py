"""Exports of a run for analysis: JSON Lines, XLSX, Parquet, vectors, Label Studio."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from clustering.models import LabelSource, Logo, Run
from clustering.pipeline import export, export_files
from clustering.pipeline.export import ExportItem
from clustering.selectors import export_rows
from clustering.selectors.export_rows import Parts
from clustering.selectors.similarity import stacked, vectors_of
from clustering.selectors.streaming import ROWS_PER_CHUNK, by_code_point, chunks, snapshot

ID_COLUMNS: Final = ("row", "domain", "logo_sha256")
VECTOR: Final = "embedding"


def domains_jsonl(
    run: Run,
    label_source: LabelSource = LabelSource.CORRECTED,
    only: Collection[int] | None = None,
) -> Parts:
    """Yield one JSON object a line for each domain, or for ``only`` these, by name."""
    with snapshot(), closing(export_rows.items(run, label_source, only)) as items:
        names = _other_names(run)
        yield from export.json_lines(record(*one, names) for one in items)


def domains_jsonl_beginning(run: Run, label_source: LabelSource = LabelSource.CORRECTED) -> Parts:
    """Yield the first lines of ``domains_jsonl``."""
    items = export_rows.items_beginning(run, label_source)
    names = _other_names(run)
    yield from export.json_lines(record(*one, names) for one in items)


def domains_xlsx(run: Run, label_source: LabelSource = LabelSource.CORRECTED) -> Parts:
    """Yield the rows of ``domains.csv`` as a workbook."""
    with snapshot():
        rows = (export.csv_row(*row) for row in export_rows.csv_rows(run, label_source))
        yield from export_files.xlsx(export.csv_header(run.dataset.other_columns), rows)


def domains_parquet(
    run: Run,
    label_source: LabelSource = LabelSource.CORRECTED,
    only: Collection[int] | None = None,
) -> Parts:
    """Yield each domain, or ``only`` these, with map position, fingerprints and vector."""
    with snapshot(), closing(export_rows.items(run, label_source, only)) as items:
        names = _other_names(run)
        schema = _domain_schema(_dim(run), names)
        batches = (_domain_batch(run, schema, some, names) for some in chunks(items))
        yield from export_files.parquet(schema, batches)


def embeddings_npy(run: Run, label_source: LabelSource = LabelSource.CORRECTED) -> Parts:
    """Yield the unit vectors of the run's domains, shape (n, d); rows as in the list of ids."""
    with snapshot():
        dim = _dim(run)
        shown = run.assignments.filter(logo__in=vectors_of(run).order_by().values("logo_id"))
        blocks = (rows for _, rows in _vectors(run)) if dim else iter(())
        yield from export_files.npy(shown.count() if dim else 0, dim, blocks)


def embedding_ids_csv(run: Run, label_source: LabelSource = LabelSource.CORRECTED) -> Parts:
    """Yield the domain and the logo of each row of ``embeddings.npy``."""
    with snapshot():
        named = chain.from_iterable(names for names, _ in _vectors(run))
        rows = ((row, domain, sha256) for row, (domain, sha256) in enumerate(named))
        yield from export.csv_table(ID_COLUMNS, rows)


def label_studio_json(run: Run, label_source: LabelSource = LabelSource.CORRECTED) -> Parts:
    """Yield Label Studio tasks; pictures are the files of ``clusters.zip`` as local files."""
    with snapshot(), closing(export_rows.items(run, label_source)) as items:
        tasks = (_task(run, *one) for one in items if one[0].image)
        yield b"[\n"
        yield from export.json_list(tasks)
        yield b"\n]\n"


def picture_path(item: ExportItem, cluster_name: str) -> str:
    """Return the path of a domain's picture in ``clusters.zip``."""
    return f"{folder_of(item, cluster_name)}/{export_files.file_name(item.domain, 200)}.png"


def folder_of(item: ExportItem, cluster_name: str) -> str:
    """Return ``0007_dhl`` for a cluster, ``_outliers``, ``_placeholders`` or ``_ignored``."""
    if item.status in ("ignored", "placeholder"):
        return "_ignored" if item.status == "ignored" else "_placeholders"
    if item.cluster_number is None or item.cluster_number == export.OUTLIER:
        return "_outliers"
    return f"{item.cluster_number:04}_{export_files.file_name(cluster_name, 60)}"


def record(item: ExportItem, cluster_name: str, names: Sequence[str] = ()) -> dict[str, object]:
    """Return a domain as one flat row; ``names`` are those of the columns of the upload."""
    image, xy = item.image, item.xy
    return {
        "domain": item.domain,
        "as_given": item.as_given,
        "row_numbers": list(item.row_numbers),
        "status": item.status,
        "error": item.error,
        "cluster_id": item.cluster_id,
        "cluster_number": item.cluster_number,
        "cluster_name": cluster_name,
        "brand_id": item.brand_id,
        "brand": item.brand,
        "label_source": item.label_source,
        "decided_by": item.decided_by,
        "edited_by": item.edited_by,
        "edited_at": item.edited_at,
        "confidence": item.confidence,
        "outlier_score": item.outlier_score,
        "x": xy[0] if xy else None,
        "y": xy[1] if xy else None,
        "logo_sha256": image.sha256 if image else None,
        "logo_phash": image.phash if image else None,
        "logo_width": image.width if image else None,
        "logo_height": image.height if image else None,
        "source": image.source if image else None,
        "source_url": image.source_url if image else None,
        "fetched_at": image.fetched_at if image else None,
        "file_mmh3": image.file_mmh3 if image else None,
        "file_md5": image.file_md5 if image else None,
        "file_sha256": image.file_sha256 if image else None,
        "logo_words": image.words if image else None,
        **dict(zip(names, item.columns.values(), strict=True)),
    }


def _other_names(run: Run) -> list[str]:
    return export.free_names(run.dataset.other_columns, [*record(_NO_ITEM, ""), VECTOR])


def _domain_schema(dim: int, other_names: Sequence[str]) -> Any:
    """Return the columns of ``record`` and the vector; widths of one where no run has any."""
    import pyarrow as pa

    whole, real, text = pa.int64(), pa.float64(), pa.string()
    kinds = {
        "row_numbers": pa.list_(whole),
        "cluster_number": whole,
        "confidence": real,
        "outlier_score": real,
        "x": real,
        "y": real,
        "logo_width": whole,
        "logo_height": whole,
        "file_mmh3": whole,
    }
    names = [*record(_NO_ITEM, ""), *other_names]
    columns = [(name, kinds.get(name, text)) for name in names]
    return pa.schema([*columns, (VECTOR, pa.list_(pa.float32(), max(1, dim)))])


_NO_ITEM: Final = ExportItem(
    "", "", (), "", "", None, None, "", "", "", None, None, None, None, ""
)


def _domain_batch(
    run: Run, schema: Any, items: list[tuple[ExportItem, str]], other_names: Sequence[str]
) -> Any:
    dim = schema.field(VECTOR).type.list_size
    hashes = [item.image.sha256 if item.image else "" for item, _ in items]
    logos = dict(Logo.objects.filter(sha256__in=set(hashes)).values_list("sha256", "pk"))
    ids, found = stacked(run, set(logos.values()))
    places = {logo_id: place for place, logo_id in enumerate(ids)}
    rows = np.zeros((len(items), dim), np.float32)
    is_missing = np.ones(len(items), bool)
    for number, sha256 in enumerate(hashes):
        place = places.get(logos.get(sha256, -1))
        if place is not None:
            rows[number], is_missing[number] = found[place], False
    vectors = export_files.Vectors(VECTOR, rows, is_missing)
    records = [record(*one, other_names) for one in items]
    return export_files.record_batch(schema, records, vectors)


def _dim(run: Run) -> int:
    return vectors_of(run).values_list("dim", flat=True).first() or 0


def _vectors(run: Run) -> Iterator[tuple[list[tuple[str, str]], NDArray[np.float32]]]:
    """Yield domains with the hashes of their logos, and their vectors, by name of the domain."""
    shown = run.assignments.order_by(by_code_point("domain__name"))
    columns = shown.values_list("domain__name", "logo__sha256", "logo_id")
    for some in chunks(columns.iterator(ROWS_PER_CHUNK)):
        ids, found = stacked(run, {logo_id for *_, logo_id in some})
        places = {logo_id: place for place, logo_id in enumerate(ids)}
        held = [one for one in some if one[2] in places]
        if held:
            names = [(domain, sha256) for domain, sha256, _ in held]
            yield names, found[[places[logo_id] for *_, logo_id in held]]


def _task(run: Run, item: ExportItem, cluster_name: str) -> dict[str, object]:
    task: dict[str, object] = {
        "data": {
            "image": f"/data/local-files/?d=clusters/{picture_path(item, cluster_name)}",
            "domain": item.domain,
        }
    }
    if cluster_name:
        choice = {
            "from_name": "cluster",
            "to_name": "image",
            "type": "choices",
            "value": {"choices": [cluster_name]},
        }
        task["predictions"] = [
            {"model_version": run.slug, "score": item.confidence, "result": [choice]}
        ]
    return task
