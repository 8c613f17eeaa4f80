"""Uploaded labels of a data set: brand and look of each domain."""

from collections.abc import Mapping

from django.core.files import File
from django.db import transaction

from clustering.models import BrandLabel, Dataset, LabelSet, User
from clustering.pipeline.errors import InputError
from clustering.pipeline.evaluation import LabelTruth
from clustering.pipeline.evaluation.label_files import MAX_BYTES, for_names, read_labels

ROWS_PER_INSERT = 2_000


def replace_from_file(dataset: Dataset, user: User, file: "File[bytes]") -> LabelSet:
    """Replace the labels of ``dataset`` with those of an uploaded file.

    Raises:
        InputError: if the file cannot be read, or labels none of the domains.
    """
    name = str(file.name)
    truth = read_labels(file.read(MAX_BYTES + 1), name)
    return replace(dataset, user, source_name=name, truth=truth)


@transaction.atomic
def replace(
    dataset: Dataset, user: User, *, source_name: str, truth: Mapping[str, LabelTruth]
) -> LabelSet:
    """Replace the labels of ``dataset``; labels of other domains are dropped.

    Raises:
        InputError: if none of the labelled domains is in the data set.
    """
    known = for_names(truth, dataset.domains.values_list("name", flat=True))
    if not known:
        raise InputError(f"{source_name} labels none of the domains of {dataset.name}")
    LabelSet.objects.filter(dataset=dataset).delete()
    label_set = LabelSet.objects.create(
        dataset=dataset, source_name=source_name[:255], uploaded_by=user
    )
    rows = (
        BrandLabel(
            label_set=label_set, name=name, brand=one.brand, look=one.look, kind=one.kind[:20]
        )
        for name, one in known.items()
    )
    BrandLabel.objects.bulk_create(rows, batch_size=ROWS_PER_INSERT)
    return label_set


def truth(label_set: LabelSet) -> dict[str, LabelTruth]:
    """Return the labels by domain. One query."""
    rows = label_set.labels.values_list("name", "brand", "look", "kind")
    return {name: LabelTruth(brand, look, kind) for name, brand, look, kind in rows}


def remove(dataset: Dataset) -> bool:
    """Delete the labels; false if there were none."""
    n_removed, _ = LabelSet.objects.filter(dataset=dataset).delete()
    return n_removed > 0
