"""Intake: store an upload, save its preview, import its domains."""

import base64
import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path
from uuid import uuid4

from django.db import DatabaseError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.text import slugify
from PIL import Image

from clustering import conf
from clustering.models import Dataset, Domain, Membership, RejectedRow, User
from clustering.models.domain import HEARTBEAT_SECONDS, LEASE
from clustering.models.lookups import insert_new
from clustering.pipeline.domains import NamedDomain, UploadReading, joined, other_columns
from clustering.pipeline.domains.packings import read_member
from clustering.pipeline.domains.reading import dump, load
from clustering.pipeline.errors import ChildDied, InputError, PipelineError, UnreadableUpload
from clustering.pipeline.imaging.decoder import Decoder
from clustering.selectors.streaming import chunks
from clustering.services import counts, file_store, quotas
from clustering.services.file_store import store
from clustering.services.runs import request
from clustering.services.storage import reading_name, upload_name

ROWS_PER_INSERT = 5_000
DOMAIN_FIELDS = ("name", "as_given", "row_numbers", "other_cells", "archive_member")
REJECTED_FIELDS = ("row_number", "raw", "reason", "other_cells")
REJECTED_IN_PREVIEW = 50
N_THUMBNAILS = 12
THUMBNAIL_PX = 96
MakeDecoder = Callable[[], Decoder]
ReadUpload = Callable[[Path, str | None], UploadReading]


def receive_upload(
    user: User,
    *,
    source_name: str,
    chunks: Iterable[bytes],
    embedder: str,
    name: str = "",
) -> Dataset:
    """Store an uploaded file and create its data set; a worker reads it later.

    Raises:
        UnreadableUpload: if the file is empty or too large; nothing is stored.
        QuotaExceeded: if the user may not store as much; nothing is stored.
    """
    title = name.strip() or Path(source_name).stem.split(".")[0] or "Pasted list"
    with _received(chunks, conf.upload_max_bytes()) as upload:
        return _create_dataset(
            user, upload, name=title, source_name=source_name[:255], embedder=embedder
        )


def receive_text(user: User, text: str, *, embedder: str, name: str = "") -> Dataset:
    """Store a pasted list as an upload."""
    return receive_upload(
        user,
        source_name="pasted.txt",
        chunks=[text.encode()],
        embedder=embedder,
        name=name or "Pasted list",
    )


@dataclass(frozen=True)
class Received:
    """A file that has arrived under a temporary name."""

    path: Path
    sha256: str
    size: int


@contextmanager
def _received(chunks: Iterable[bytes], max_bytes: int) -> Iterator[Received]:
    """Write the chunks to a temporary file, which is removed at the end unless it was stored."""
    digest, size = hashlib.sha256(), 0
    with file_store.scratch_file() as temporary:
        with temporary.open("wb") as handle:
            for chunk in chunks:
                size += len(chunk)
                if size > max_bytes:
                    raise UnreadableUpload(f"the file is larger than {max_bytes >> 20} MB")
                digest.update(chunk)
                handle.write(chunk)
        if size == 0:
            raise UnreadableUpload(
                "the file is empty; give one domain per line, or a ZIP of images"
            )
        yield Received(temporary, digest.hexdigest(), size)


@transaction.atomic
def _create_dataset(
    user: User, upload: Received, *, name: str, source_name: str, embedder: str
) -> Dataset:
    quotas.refuse_beyond(user.pk, n_datasets=1, n_bytes=upload.size)
    store().take(upload_name(upload.sha256), upload.path)
    slug = f"{slugify(name)[:60] or 'data-set'}-{uuid4().hex[:6]}"
    dataset = Dataset.objects.create(
        slug=slug,
        name=name[:120],
        owner=user,
        source_name=source_name,
        source_sha256=upload.sha256,
        source_bytes=upload.size,
        embedder=embedder,
    )
    Membership.objects.create(dataset=dataset, user=user, role=Membership.Role.OWNER)
    return dataset


def choose_column(dataset: Dataset, column: str) -> None:
    """Request another preview with ``column`` as the domain column."""
    Dataset.objects.filter(pk=dataset.pk, intake=Dataset.Intake.READY).update(
        column=column, intake=Dataset.Intake.RECEIVED, due_at=timezone.now()
    )


def confirm(dataset: Dataset, *, embedder: str) -> bool:
    """Accept the preview: request the import and the first run; False if already accepted.

    Raises:
        QuotaExceeded: if the owner may not have as many rows.
    """
    with transaction.atomic():
        n_rows = int(dataset.preview.get("n_rows", 0))
        if dataset.intake == Dataset.Intake.READY:
            quotas.refuse_beyond(dataset.owner_id, n_rows=n_rows)
        waiting = Dataset.objects.filter(pk=dataset.pk, intake=Dataset.Intake.READY)
        if not waiting.update(intake=Dataset.Intake.IMPORTING, embedder=embedder):
            return False
        dataset.refresh_from_db()
        request.request_first_run(dataset)
    return True


def read_upload(
    dataset: Dataset,
    *,
    read: ReadUpload,
    decoder: MakeDecoder | None = None,
    on_first_rows: Callable[[], object] = lambda: None,
) -> None:
    """Read the upload for its preview or its import, depending on the intake state.

    Idempotent: each write is conditional on the state that it leaves. If the worker dies, its
    lease expires and another one continues. With ``decoder``, the preview of a ZIP has
    thumbnails. ``on_first_rows`` is called when the first domains of an import are stored.
    """
    if dataset.intake not in {Dataset.Intake.RECEIVED, Dataset.Intake.IMPORTING}:
        return
    unread = Dataset.objects.filter(pk=dataset.pk, intake=dataset.intake)
    at = timezone.now()
    is_free = Q(read_until__isnull=True) | Q(read_until__lt=at)
    if not unread.filter(is_free).update(read_until=at + LEASE):
        return
    try:
        with _lease_renewed(dataset):
            _read_claimed(dataset, read, decoder, on_first_rows)
    finally:
        Dataset.objects.filter(pk=dataset.pk).update(read_until=None)


@contextmanager
def _lease_renewed(dataset: Dataset) -> Iterator[None]:
    """Renew the lease on an upload from a thread with its own database connection."""
    stop = threading.Event()

    def renew() -> None:
        try:
            while not stop.wait(HEARTBEAT_SECONDS):
                with suppress(DatabaseError):  # the next beat tries again
                    held = Dataset.objects.filter(pk=dataset.pk)
                    held.update(read_until=timezone.now() + LEASE)
        finally:
            connection.close()

    thread = threading.Thread(target=renew, name="read lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _read_claimed(
    dataset: Dataset,
    read: ReadUpload,
    decoder: MakeDecoder | None,
    on_first_rows: Callable[[], object],
) -> None:
    is_preview = dataset.intake == Dataset.Intake.RECEIVED
    kept = reading_name(dataset.slug)
    reading = None if is_preview else _kept_reading(dataset)
    shown: list[dict[str, str]] = []
    try:
        if reading is None:
            with store().local(upload_name(dataset.source_sha256)) as path:
                reading = read(path, dataset.column or None)
                shown = _thumbnails(path, reading, decoder) if decoder and is_preview else []
    except (InputError, ChildDied) as error:
        _refuse(dataset, error)
        return
    if is_preview:
        with file_store.scratch_file() as file:
            dump(reading, file)
            store().take(kept, file)
        _save_preview(dataset, reading, shown)
    elif import_rows(dataset, reading, on_first_rows=on_first_rows):
        store().delete(kept)


def _kept_reading(dataset: Dataset) -> UploadReading | None:
    """Return what the preview read; None after a restore, or if a slow worker wrote another."""
    try:
        with store().local(reading_name(dataset.slug)) as file:
            reading = load(file)
    except FileNotFoundError:
        return None
    return reading if reading.column == dataset.column else None


def _refuse(dataset: Dataset, error: InputError | ChildDied) -> None:
    Dataset.objects.filter(pk=dataset.pk, intake=dataset.intake).update(
        intake=Dataset.Intake.REFUSED, error_code=error.code, error_detail=str(error)[:1000]
    )
    dataset.runs.unfinished().update(status="cancelled", finished_at=timezone.now())


def _thumbnails(
    path: Path, reading: UploadReading, make_decoder: MakeDecoder
) -> list[dict[str, str]]:
    """Return some of the images as data URLs, decoded in the limited child.

    They are spread over the archive: its first files are often all of one brand.
    """
    if reading.kind != "images":
        return []
    step = max(1, len(reading.domains) // N_THUMBNAILS)
    found = []
    with make_decoder() as decoder:
        for domain in islice(reading.domains, 0, step * N_THUMBNAILS, step):
            with suppress(PipelineError):  # an image that can't be decoded fails alone, later
                image = decoder.decode(read_member(path, domain.member))
                url = _data_url(image.png)
                found.append({"name": domain.name, "url": url, "ground": image.ground})
    return found


def _data_url(png: bytes) -> str:
    out = BytesIO()
    with Image.open(BytesIO(png), formats=["PNG"]) as image:
        image.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
        image.save(out, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"


def _save_preview(
    dataset: Dataset, reading: UploadReading, thumbnails: list[dict[str, str]]
) -> None:
    best = max(reading.columns, key=lambda column: column.score, default=None)
    preview = {
        "columns": [
            {"name": column.name, "score": column.score, "is_guess": column is best}
            for column in reading.columns
        ],
        "rows": [list(row) for row in reading.preview],
        "column": reading.column,
        "other_columns": list(reading.other_columns),
        "n_rows": reading.n_rows,
        "n_domains": len(reading.domains),
        "n_duplicates": reading.n_duplicates,
        "n_rejected": len(reading.rejected),
        "warnings": list(reading.warnings),
        "notes": list(reading.notes),
        "thumbnails": thumbnails,
        "together": {"name": joined(reading.together), "columns": list(reading.together)},
        "rejected": [
            [number, raw, reason, other_columns.split(cells)]
            for number, raw, reason, cells in reading.rejected[:REJECTED_IN_PREVIEW]
        ],
    }
    Dataset.objects.filter(pk=dataset.pk, intake=Dataset.Intake.RECEIVED).update(
        kind=reading.kind,
        preview=preview,
        column=reading.column,
        intake=Dataset.Intake.READY,
    )


def import_rows(
    dataset: Dataset, reading: UploadReading, *, on_first_rows: Callable[[], object] = lambda: None
) -> bool:
    """Write the domains and the rejected rows; rows = domains + duplicates + rejected.

    In transactions of ``ROWS_PER_INSERT`` domains, so that fetching starts with the first ones
    and a killed worker's work is kept: the next one goes on behind it.

    Returns:
        Whether all is written; False if the data set is no longer imported.
    """
    n_imported = dataset.n_imported
    for part in chunks(islice(reading.domains, n_imported, None), ROWS_PER_INSERT):
        is_first = n_imported == 0
        n_imported += len(part)
        if not _import_part(dataset, part, reading=reading, n_imported=n_imported):
            return False
        if is_first:
            on_first_rows()
    return _finish_import(dataset, reading)


@transaction.atomic
def _import_part(
    dataset: Dataset, part: Sequence[NamedDomain], *, reading: UploadReading, n_imported: int
) -> bool:
    """Write domains that are not there yet; False if the data set is no longer imported."""
    if not _importing(dataset).update(  # also locks out another importer
        kind=reading.kind,
        other_columns=list(reading.other_columns),
        n_imported=n_imported,
        read_until=timezone.now() + LEASE,
    ):
        return False
    rows = [
        (
            domain.name,
            domain.as_given[:300],
            list(domain.row_numbers),
            other_columns.split(domain.cells),
            domain.member,
        )
        for domain in part
    ]
    shared = {"dataset_id": dataset.pk, "next_try_at": timezone.now()}
    counts.domains_added(dataset.pk, insert_new(Domain, DOMAIN_FIELDS, rows, shared))
    return True


@transaction.atomic
def _finish_import(dataset: Dataset, reading: UploadReading) -> bool:
    if not _importing(dataset).update(
        intake=Dataset.Intake.IMPORTED,
        kind=reading.kind,
        other_columns=list(reading.other_columns),
        n_rows=reading.n_rows,
        n_duplicates=reading.n_duplicates,
        n_rejected=len(reading.rejected),
        due_at=timezone.now(),
    ):
        return False
    for part in chunks(reading.rejected, ROWS_PER_INSERT):
        rows = [
            (one.row_number, one.raw[:1000], one.reason[:200], other_columns.split(one.cells))
            for one in part
        ]
        insert_new(RejectedRow, REJECTED_FIELDS, rows, {"dataset_id": dataset.pk})
    return True


def _importing(dataset: Dataset) -> QuerySet[Dataset]:
    return Dataset.objects.filter(
        pk=dataset.pk, intake=Dataset.Intake.IMPORTING, cancelled_at__isnull=True
    )
