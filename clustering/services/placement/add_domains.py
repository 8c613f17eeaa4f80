"""Adding domains to a data set after its upload: pasted, or with a classified logo."""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from clustering.models import Capture, Classification, Dataset, Domain, Logo, RejectedRow, User
from clustering.pipeline.domains.names import as_shown, normalise
from clustering.pipeline.errors import InputError
from clustering.services import counts
from clustering.services.logos import captures, choices

MOST_AT_ONCE: Final = 10_000  # lines; larger lists are uploaded as a data set
FINDER: Final = "classify"  # evidence of a capture that was fetched for classification
CHOICES: Final = UUID("0b51f0cf-5d0b-4b5e-a6c5-2f64a7e0b7a4")  # names the choices made here
ROWS_PER_INSERT: Final = 5_000
SEPARATORS: Final = re.compile(r"[\s,;]+")


@dataclass(frozen=True)
class Added:
    """Outcome of the lines: each is new, known, or rejected."""

    n_new: int
    n_known: int
    n_rejected: int


@transaction.atomic
def add_pasted(dataset: Dataset, text: str) -> Added:
    """Add pasted domains; they are then fetched and placed into the last run.

    Rows are counted as if the lines were appended to the uploaded list.

    Raises:
        InputError: if there are none, or too many, or the data set is still being imported.
    """
    entries = [entry for entry in SEPARATORS.split(text) if entry]
    if not entries:
        raise InputError("paste at least one domain, as in example.com")
    if len(entries) > MOST_AT_ONCE:
        raise InputError(f"{len(entries)} domains are too many at once; upload them as a list")
    first_row = _next_row(dataset, len(entries))
    known = set(dataset.domains.values_list("name", flat=True))
    fresh: dict[str, Domain] = {}
    rejected: list[RejectedRow] = []
    for row, entry in enumerate(entries, start=first_row):
        try:
            name = normalise(entry)
        except InputError as error:
            rejected.append(_rejected(dataset, row, entry, str(error)))
            continue
        if name not in known:
            fresh.setdefault(name, _pending(dataset, row, name, entry))
    created = Domain.objects.bulk_create(list(fresh.values()), batch_size=ROWS_PER_INSERT)
    counts.domains_added(dataset.pk, [domain.pk for domain in created])
    RejectedRow.objects.bulk_create(rejected, batch_size=ROWS_PER_INSERT)
    n_known = len(entries) - len(fresh) - len(rejected)
    Dataset.objects.filter(pk=dataset.pk).update(
        n_duplicates=F("n_duplicates") + n_known, n_rejected=F("n_rejected") + len(rejected)
    )
    return Added(len(fresh), n_known, len(rejected))


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
    name = normalise(text)
    row = _next_row(dataset, 1)  # first: it waits for a concurrent insert of the same name
    if dataset.domains.filter(name=name).exists():
        raise InputError(f"{name} is in this data set already; change its logo on its own page")
    domain = _pending(dataset, row, name, text)
    domain.save()
    counts.domains_added(dataset.pk, [domain.pk])
    return domain


def _pending(dataset: Dataset, row: int, name: str, given: str) -> Domain:
    return Domain(dataset=dataset, name=name, as_given=as_shown(given), row_numbers=[row])


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
    locked = Dataset.objects.select_for_update().get(pk=dataset.pk)
    if locked.intake != Dataset.Intake.IMPORTED:
        raise InputError("the list is still being imported; wait for it")
    rows = {"n_rows": locked.n_rows + n_rows, "due_at": timezone.now()}
    Dataset.objects.filter(pk=dataset.pk).update(**rows)
    return locked.n_rows + 1


def _rejected(dataset: Dataset, row: int, raw: str, reason: str) -> RejectedRow:
    return RejectedRow(dataset=dataset, row_number=row, raw=raw[:1000], reason=reason[:200])
