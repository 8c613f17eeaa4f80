"""Renaming, setting up and deleting data sets."""

import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from clustering.models import (
    Brand,
    BrandLink,
    Classification,
    Cluster,
    Correction,
    Dataset,
    Domain,
    Lookup,
    Neighbourhood,
    RejectedRow,
    ReviewPair,
    Suggestion,
)
from clustering.models.lookups import delete_cascading
from clustering.models.work import LeasedWork
from clustering.services.file_store import store
from clustering.services.storage import reading_name, upload_name

DRAFTS_KEPT: Final = timedelta(days=1)
ROWS_PER_DELETE: Final = 1_000  # with their rows: a transaction of under a second

logger = logging.getLogger(__name__)


def rename_dataset(dataset: Dataset, name: str) -> None:
    """Rename the data set; its URL stays the same."""
    dataset.name = " ".join(name.split())
    dataset.save(update_fields=["name"])


def set_renders_pages(dataset: Dataset, *, is_on: bool) -> None:
    """Set whether pages without a sure logo are drawn in a browser."""
    dataset.renders_pages = is_on
    dataset.save(update_fields=["renders_pages"])


def set_follows_moves(dataset: Dataset, *, is_on: bool) -> None:
    """Choose whether sites that moved to another brand's domain are followed from now on."""
    dataset.follows_moves = is_on
    dataset.save(update_fields=["follows_moves"])


def request_deletion(dataset: Dataset) -> None:
    """Hide a data set and stop its work; a worker removes it. One write."""
    at = timezone.now()
    Dataset.objects.filter(pk=dataset.pk, deleted_at__isnull=True).update(
        deleted_at=at, cancelled_at=at, due_at=at
    )


def forget_drafts() -> int:
    """Delete uploads that were refused, or not started within a day; return how many."""
    drafts = Dataset.objects.filter(
        intake__in=(Dataset.Intake.READY, Dataset.Intake.REFUSED),
        created_at__lt=timezone.now() - DRAFTS_KEPT,
        deleted_at__isnull=True,
    )
    at = timezone.now()
    return drafts.update(deleted_at=at, cancelled_at=at, due_at=at)


def delete_rows(dataset: Dataset, *, seconds: float) -> bool:
    """Delete a hidden data set and its upload in parts, for about ``seconds``.

    Every part is its own transaction, so that a killed worker's work is kept. Logos are
    shared between data sets and stay.

    Returns:
        Whether all is deleted; also False if another worker is deleting it.
    """
    deadline = time.monotonic() + seconds
    _revoke_leases(dataset)
    while time.monotonic() < deadline:
        with transaction.atomic():
            if not _lock(dataset):
                return False
            if not _delete_part(dataset):
                break
    else:
        logger.info("deleting %s: %s domains left", dataset.slug, dataset.domains.count())
        return False
    others = Dataset.objects.filter(source_sha256=dataset.source_sha256).exclude(pk=dataset.pk)
    if dataset.source_sha256 and not others.exists():
        store().delete(upload_name(dataset.source_sha256))
    store().delete(reading_name(dataset.slug))
    dataset.delete()
    return True


def _revoke_leases(dataset: Dataset) -> None:
    """Revoke the leases of running work, so that it writes nothing more."""
    dataset.domains.pending().filter(lease_token__isnull=False).update(lease_token=None)
    lookups = Lookup.objects.filter(domain__dataset=dataset)
    for works in (dataset.runs.all(), lookups):
        works.unfinished().update(status=LeasedWork.Status.CANCELLED, lease_token=None)


def _lock(dataset: Dataset) -> bool:
    mine = Dataset.objects.filter(pk=dataset.pk, deleted_at__isnull=False)
    return mine.select_for_update(skip_locked=True).first() is not None


def _delete_part(dataset: Dataset) -> bool:
    """Delete some rows of one kind; false if none are left."""
    for rows in _parts(dataset):
        chosen = list(rows.values_list("pk", flat=True)[:ROWS_PER_DELETE])
        if chosen:
            delete_cascading(rows.model, chosen)
            return True
    return False


def _parts(dataset: Dataset) -> Iterator[QuerySet[Any]]:
    """Yield the kinds of rows that grow with a data set, those that refer to others first."""
    yield Correction.objects.filter(dataset=dataset).order_by("-pk")  # reversals first
    yield Domain.objects.filter(dataset=dataset).order_by()
    yield Suggestion.objects.filter(run__dataset=dataset).order_by()
    yield Neighbourhood.objects.filter(run__dataset=dataset).order_by()
    yield ReviewPair.objects.filter(run__dataset=dataset).order_by()
    yield Classification.objects.filter(dataset=dataset).order_by()
    yield BrandLink.objects.filter(run__dataset=dataset).order_by()
    yield Brand.objects.filter(run__dataset=dataset).order_by()
    yield Cluster.objects.filter(run__dataset=dataset).order_by()
    yield RejectedRow.objects.filter(dataset=dataset).order_by()
