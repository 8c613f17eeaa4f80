"""Adding domains to a data set after its upload: pasted, or with a classified logo."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from clustering.models import Capture, Classification, Dataset, Domain, Logo, RejectedRow, User
from clustering.pipeline.domains import NamedDomain, UploadReading, other_columns
from clustering.pipeline.domains.cells import extract
from clustering.pipeline.domains.names import MAX_ADDRESS_CHARS, as_shown
from clustering.pipeline.domains.reading import read_pasted
from clustering.pipeline.errors import InputError, UnreadableUpload
from clustering.services import counts, quotas
from clustering.services.logos import captures, choices

MOST_AT_ONCE: Final = 10_000  # rows; larger lists are uploaded as a data set
FINDER: Final = "classify"  # evidence of a capture that was fetched for classification
CHOICES: Final = UUID("0b51f0cf-5d0b-4b5e-a6c5-2f64a7e0b7a4")  # names the choices made here
ROWS_PER_INSERT: Final = 5_000


@dataclass(frozen=True)
class Added:
    """Outcome of the rows: each is new, known, or rejected."""

    n_new: int
    n_known: int
    n_rejected: int
    notes: tuple[str, ...] = ()
    """What was changed to find the domains, as the preview of an upload says it."""


def add_pasted(dataset: Dataset, text: str) -> Added:
    """Add pasted domains; they are then fetched and placed into the last run.

    The text is read as an uploaded list is, and its rows are counted as if they were appended to
    the list of the data set. Of its other columns, those of the data set are kept, by name.

    Raises:
        InputError: if there are none, or too many, or the data set is still being imported.
    """
    if not text.strip():
        raise InputError("paste at least one domain, as in example.com")
    try:
        reading = read_pasted(text, max_rows=MOST_AT_ONCE)
    except UnreadableUpload as error:
        raise InputError(str(error).replace("The file", "the list", 1)) from error
    return _add_rows(dataset, reading)


@transaction.atomic
def _add_rows(dataset: Dataset, reading: UploadReading) -> Added:
    before = _next_row(dataset, reading.n_rows) - 1
    known = set(dataset.domains.values_list("name", flat=True))
    columns = reading.other_columns, dataset.other_columns
    fresh = [
        _pending(dataset, [before + row for row in domain.row_numbers], domain, columns)
        for domain in reading.domains
        if domain.name not in known
    ]
    rejected = [
        RejectedRow(
            dataset=dataset,
            row_number=before + one.row_number,
            raw=one.raw[:1000],
            reason=one.reason[:200],
            other_cells=other_columns.arranged(one.cells, *columns),
        )
        for one in reading.rejected
    ]
    created = Domain.objects.bulk_create(fresh, batch_size=ROWS_PER_INSERT)
    counts.domains_added(dataset.pk, [domain.pk for domain in created])
    RejectedRow.objects.bulk_create(rejected, batch_size=ROWS_PER_INSERT)
    n_known = reading.n_rows - len(fresh) - len(rejected)
    Dataset.objects.filter(pk=dataset.pk).update(
        n_duplicates=F("n_duplicates") + n_known, n_rejected=F("n_rejected") + len(rejected)
    )
    return Added(len(fresh), n_known, len(rejected), (*reading.notes, *_note_on(*columns)))


def _note_on(given: Sequence[str], kept: Sequence[str]) -> tuple[str, ...]:
    unknown = [name for name in given if name not in kept]
    return (f"Columns that the data set lacks are not kept: {', '.join(unknown)}",) * bool(unknown)


@transaction.atomic
def add_classified(asked: Classification, user: User, name: str) -> Domain:
    """Add the domain ``name`` with the classified logo. Idempotent.

    An uploaded image counts as a choice of the user, which later fetches never replace.

    Raises:
        InputError: if the name is no domain, or is in the data set already.
    """
    asked = Classification.objects.select_for_update(of=("self",)).get(pk=asked.pk)
    if asked.added_as is not None:
        return asked.added_as
    if asked.logo is None:
        raise InputError("there is no image to add; its request failed or is unfinished")
    domain = _new_domain(asked.dataset, name)
    if asked.kind == Classification.Kind.SITE:
        _capture(domain, asked, asked.logo)
    else:
        is_file = asked.kind == Classification.Kind.FILE
        given = (
            choices.uploaded(asked.logo) if is_file else choices.linked(asked.logo, asked.given)
        )
        choices.give(domain, user, given, client_id=uuid5(CHOICES, str(asked.pk)))
    asked.added_as = domain
    asked.save(update_fields=["added_as"])
    return domain


def _new_domain(dataset: Dataset, text: str) -> Domain:
    given = _only_domain(text)
    name = given.name
    row = _next_row(dataset, 1)  # first: it waits for a concurrent insert of the same name
    if dataset.domains.filter(name=name).exists():
        raise InputError(f"{name} is in this data set already; change its logo on its own page")
    domain = _pending(dataset, [row], given)
    domain.save()
    counts.domains_added(dataset.pk, [domain.pk])
    return domain


def _only_domain(text: str) -> NamedDomain:
    entries = extract(text[:MAX_ADDRESS_CHARS]).entries
    names = {entry.name for entry in entries if entry.name}
    if len(names) > 1:
        raise InputError("give one domain; it is the one that shows this logo")
    if not names:
        raise InputError(next((one.reason for one in entries), "The cell is empty"))
    return NamedDomain(names.pop(), as_shown(text), ())


def _pending(
    dataset: Dataset,
    rows: list[int],
    given: NamedDomain,
    columns: tuple[Sequence[str], Sequence[str]] = ((), ()),
) -> Domain:
    return Domain(
        dataset=dataset,
        name=given.name,
        as_given=given.as_given,
        row_numbers=rows,
        other_cells=other_columns.arranged(given.cells, *columns),
    )


def _capture(domain: Domain, asked: Classification, logo: Logo) -> None:
    """Record the fetched logo as the fetch stage would."""
    capture = Capture.objects.create(
        domain=domain,
        logo=logo,
        finder=FINDER,
        source_url=asked.source_url,
        rank=0,
        score=0.0,
        fetched_at=asked.created_at,
        is_primary=True,
    )
    with counts.domains_kept(domain.dataset_id, [domain.pk]):
        Domain.objects.filter(pk=domain.pk).update(
            status=Domain.Status.FOUND,
            kind="logo",
            finished_at=timezone.now(),
            **captures.shown_values(capture),
        )


def _next_row(dataset: Dataset, n_rows: int) -> int:
    """Lengthen the data set by ``n_rows``, and mark it as due; return the first row's number."""
    quotas.refuse_beyond(dataset.owner_id, n_rows=n_rows)
    locked = Dataset.objects.select_for_update().get(pk=dataset.pk)
    if locked.intake != Dataset.Intake.IMPORTED:
        raise InputError("the list is still being imported; wait for it")
    rows = {"n_rows": locked.n_rows + n_rows, "due_at": timezone.now()}
    Dataset.objects.filter(pk=dataset.pk).update(**rows)
    return locked.n_rows + 1
