"""The labels that people upload for a data set: which brand and look each domain shows."""

from collections.abc import Mapping

from django.db import transaction

from clustering.models import BrandLabel, Dataset, LabelSet, User
from clustering.pipeline.errors import InputError
from clustering.pipeline.evaluation import LabelTruth

ROWS_PER_INSERT = 2_000


@transaction.atomic
def replace(
    dataset: Dataset, user: User, *, source_name: str, truth: Mapping[str, LabelTruth]
) -> LabelSet:
    """Keep labels for the domains of ``dataset``, in place of those it had; others are dropped.

    Raises:
        InputError: if none of the labelled domains is in the data set.
    """
    names = set(dataset.domains.values_list("name", flat=True))
    known = {name: one for name, one in truth.items() if name in names}
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
    """Return what the labels say of each domain. One query."""
    rows = label_set.labels.values_list("name", "brand", "look", "kind")
    return {name: LabelTruth(brand, look, kind) for name, brand, look, kind in rows}


def remove(dataset: Dataset) -> bool:
    """Forget the labels; false if there were none."""
    n_removed, _ = LabelSet.objects.filter(dataset=dataset).delete()
    return n_removed > 0
