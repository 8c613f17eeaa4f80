"""Marks of data sets that may have work; the sweep reads only these."""

from django.utils import timezone

from clustering.models import Dataset


def mark(dataset_id: int) -> None:
    """Note that work was added; to be used in the transaction that adds it. One write."""
    Dataset.objects.filter(pk=dataset_id).update(due_at=timezone.now())


def marked() -> list[Dataset]:
    """Return the data sets that may have work. One query, by an index of these alone."""
    return list(Dataset.objects.filter(due_at__isnull=False).order_by("due_at"))


def unmark(dataset: Dataset) -> None:
    """Remove the mark unless work was added since ``dataset`` was read. One write."""
    Dataset.objects.filter(pk=dataset.pk, due_at=dataset.due_at).update(due_at=None)
