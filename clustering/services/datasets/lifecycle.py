"""Renaming and deleting data sets."""

from functools import partial

from django.db import transaction

from clustering import conf
from clustering.models import Dataset, Lookup
from clustering.services.datasets.intake import upload_file


def rename_dataset(dataset: Dataset, name: str) -> None:
    """Rename the data set; its URL stays the same."""
    dataset.name = " ".join(name.split())
    dataset.save(update_fields=["name"])


@transaction.atomic
def delete_dataset(dataset: Dataset) -> None:
    """Delete a data set and its upload; logos are shared between data sets and stay.

    Leases are revoked first: on PostgreSQL a capture saved meanwhile would violate its
    foreign key.
    """
    dataset.domains.pending().update(lease_token=None)
    dataset.runs.unfinished().update(status="cancelled", lease_token=None)
    lookups = Lookup.objects.filter(domain__dataset=dataset)
    lookups.unfinished().update(status="cancelled", lease_token=None)
    sha256 = dataset.source_sha256
    dataset.delete()
    if sha256 and not Dataset.objects.filter(source_sha256=sha256).exists():
        transaction.on_commit(partial(_delete_upload, sha256), robust=True)


def _delete_upload(sha256: str) -> None:
    upload_file(conf.places().uploads, sha256).unlink(missing_ok=True)
