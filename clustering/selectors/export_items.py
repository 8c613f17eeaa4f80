"""Domains of a run as exported items, read chunk by chunk."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from django.db.models import F, FilteredRelation, Q

from clustering.models import Brand, Cluster, Domain, LabelSource, Run
from clustering.models.brand import SHOWN_NAME
from clustering.pipeline import export
from clustering.pipeline.export import ExportImage, ExportItem


class _Row(NamedTuple):
    """A domain with its assignment, logo and primary capture, if any."""

    pk: int
    domain: str
    as_given: str
    row_numbers: list[int]
    other_cells: list[str] | None
    status: str
    error: str
    decided_at: datetime | None
    assignment_id: int | None
    cluster_id: int | None
    reviewed_at: datetime | None
    is_ignored: bool | None
    reviewed_by: str | None
    probability: float
    outlier_score: float
    x: float | None
    y: float | None
    bound_cluster_id: int | None
    placed_at: datetime | None
    logo_id: int
    sha256: str
    phash: str
    width: int
    height: int
    is_placeholder: bool
    lines: list[tuple[str, float]] | None
    brand_id: int | None
    capture_logo_id: int | None
    finder: str
    source_url: str
    fetched_at: datetime
    file_mmh3: int | None
    file_md5: str
    file_sha256: str


COLUMNS = (
    "pk",
    "name",
    "as_given",
    "row_numbers",
    "other_cells",
    "status",
    "error_code",
    "decided_at",
    "row__pk",
    "held",
    "row__reviewed_at",
    "row__is_ignored",
    "row__reviewed_by__username",
    "row__probability",
    "row__outlier_score",
    "row__x",
    "row__y",
    "row__bound_cluster_id",
    "row__placed_at",
    "row__logo_id",
    "row__logo__sha256",
    "row__logo__phash",
    "row__logo__width",
    "row__logo__height",
    "row__logo__is_placeholder",
    "row__logo__words__lines",
    "row__brand_id",
    "shown__logo_id",
    "shown__finder",
    "shown__source_url",
    "shown__fetched_at",
    "shown__file_mmh3",
    "shown__file_md5",
    "shown__file_sha256",
)


Numbers = Callable[[Collection[int]], Mapping[int | None, int]]
"""Returns the exported numbers of clusters by primary key, at least of those asked for."""


class ItemReader:
    """Reads chunks of domains as items with the names of their clusters; three queries each."""

    def __init__(self, run: Run, label_source: LabelSource, numbers: Numbers) -> None:
        self._is_corrected = label_source is LabelSource.CORRECTED
        self._numbers_of = numbers
        self._columns = run.dataset.other_columns
        self._no_cells = dict.fromkeys(self._columns, "")
        held = "corrected_cluster_id" if self._is_corrected else "cluster_id"
        self._rows = Domain.objects.annotate(
            row=FilteredRelation("assignments", condition=Q(assignments__run=run)),
            shown=FilteredRelation("captures", condition=Q(captures__is_primary=True)),
            held=F(f"row__{held}"),
        ).values_list(*COLUMNS)

    def read(self, keys: Collection[int]) -> dict[int, tuple[ExportItem, str]]:
        rows = [_Row._make(row) for row in self._rows.filter(pk__among=list(keys))]
        shown = {row.cluster_id for row in rows if row.cluster_id is not None}
        found = Cluster.objects.filter(pk__among=list(shown))
        numbers = self._numbers_of(shown)
        clusters: dict[int | None, tuple[str | None, str]] = {None: (None, "")}
        brand_of: dict[int | None, int | None] = {}
        for pk, uid, name, of_cluster in found.values_list("pk", "uid", "name", "brand_id"):
            clusters[pk], brand_of[pk] = (str(uid), name), of_cluster
        ids = {row.brand_id or 0 for row in rows} | {pk or 0 for pk in brand_of.values()}
        brands: dict[int | None, tuple[str | None, str]] = {None: (None, "")}
        named = Brand.objects.filter(pk__among=list(ids)).annotate(shown=SHOWN_NAME)
        for pk, uid, name in named.values_list("pk", "uid", "shown"):
            brands[pk] = str(uid), name
        items = {}
        for row in rows:
            cluster_uid, cluster_name = clusters[row.cluster_id]
            held = brands[brand_of.get(row.cluster_id, row.brand_id)]
            number = numbers.get(row.cluster_id, export.OUTLIER)
            items[row.pk] = self._item(row, cluster_uid, number, held), cluster_name
        return items

    def _item(
        self, row: _Row, cluster_uid: str | None, number: int, brand: tuple[str | None, str]
    ) -> ExportItem:
        if row.assignment_id is None:
            return _bare_item(row, self._cells(row))
        is_human = self._is_corrected and row.reviewed_at is not None
        return ExportItem(
            domain=row.domain,
            as_given=row.as_given,
            row_numbers=row.row_numbers,
            status="ignored" if self._is_corrected and row.is_ignored else _status(row),
            error="",
            cluster_id=cluster_uid,
            cluster_number=number,
            label_source="human" if is_human else "auto",
            edited_by=(row.reviewed_by or "") if is_human else "",
            edited_at=row.reviewed_at.isoformat() if is_human and row.reviewed_at else "",
            confidence=round(row.probability, 6),
            outlier_score=round(row.outlier_score, 6),
            xy=None if row.x is None or row.y is None else (row.x, row.y),
            image=_image(row),
            decided_by=self._decided_by(row),
            brand_id=brand[0],
            brand=brand[1],
            columns=self._cells(row),
        )

    def _cells(self, row: _Row) -> dict[str, str]:
        if not row.other_cells:
            return self._no_cells
        return self._no_cells | dict(zip(self._columns, row.other_cells or (), strict=False))

    def _decided_by(self, row: _Row) -> str:
        if self._is_corrected and row.reviewed_at is not None:
            return "person"
        if self._is_corrected and row.bound_cluster_id is not None:
            return "merge"
        return "machine" if row.placed_at is None else "placement"


def _bare_item(row: _Row, columns: dict[str, str]) -> ExportItem:
    """Return a domain that is not in the run: it failed, or came later."""
    return ExportItem(
        domain=row.domain,
        as_given=row.as_given,
        row_numbers=row.row_numbers,
        status=row.status,
        error=row.error,
        cluster_id=None,
        cluster_number=None,
        label_source="",
        edited_by="",
        edited_at="",
        confidence=None,
        outlier_score=None,
        xy=None,
        image=None,
        decided_by="",
        brand_id=None,
        brand="",
        columns=columns,
    )


def _status(row: _Row) -> str:
    """Return the status of a domain of the run; one ignored since then is ``ignored``.

    A logo that a person chose is no placeholder.
    """
    if row.status == Domain.Status.IGNORED:
        return "ignored"
    return "placeholder" if row.is_placeholder and row.decided_at is None else "ok"


def _image(row: _Row) -> ExportImage:
    is_shown = row.capture_logo_id == row.logo_id  # else the logo was replaced after the run
    return ExportImage(
        sha256=row.sha256,
        phash=row.phash,
        width=row.width,
        height=row.height,
        source=row.finder if is_shown else "",
        source_url=row.source_url if is_shown else "",
        fetched_at=row.fetched_at.isoformat() if is_shown else "",
        file_mmh3=row.file_mmh3 if is_shown else None,
        file_md5=row.file_md5 if is_shown else "",
        file_sha256=row.file_sha256 if is_shown else "",
        words=" ".join(text for text, _ in row.lines or ()),
    )
