"""Renaming and deleting data sets."""

from functools import partial

from django.db import transaction

from clustering import conf
from clustering.models import Dataset, Lookup
from clustering.services.datasets.intake import upload_file


def rename_dataset(dataset: Dataset, name: str) -> None:
    """Give the data set another name; its address stays."""
    dataset.name = " ".join(name.split())
    dataset.save(update_fields=["name"])


@transaction.atomic
def delete_dataset(dataset: Dataset) -> None:
    """Delete a data set with its upload and all that is only its own; logos are shared and stay.

    Work in progress is taken from its workers first, or PostgreSQL would find a capture that
    arrived meanwhile and points to a domain that is gone.
    """
    dataset.domains.pending().update(lease_token=None)
    dataset.runs.unfinished().update(status="cancelled", lease_token=None)
    lookups = Lookup.objects.filter(domain__dataset=dataset)
    lookups.unfinished().update(status="cancelled", lease_token=None)
    sha256 = dataset.source_sha256
    dataset.delete()
    if sha256 and not Dataset.objects.filter(source_sha256=sha256).exists():
        transaction.on_commit(partial(_forget_upload, sha256), robust=True)


def _forget_upload(sha256: str) -> None:
    upload_file(conf.places().uploads, sha256).unlink(missing_ok=True)
