"""Deletion of data sets: in parts, with all that refers to them and their files."""

from pathlib import Path
from unittest.mock import patch
from uuid import uuid4

import pytest
from pytest_django import Settings

from clustering import tasks
from clustering.models import (
    Assignment,
    Capture,
    Cluster,
    Correction,
    Dataset,
    Domain,
    User,
)
from clustering.models.lookups import delete_cascading
from clustering.services import workflow
from clustering.services.curation import edits, undo
from clustering.services.datasets import intake, lifecycle
from clustering.services.work import due
from tests.factories import make_dataset, make_run

pytestmark = pytest.mark.django_db


def delete(dataset: Dataset) -> None:
    lifecycle.request_deletion(dataset)
    assert lifecycle.delete_rows(dataset, seconds=60)


def test_an_upload_is_deleted_with_its_last_data_set(
    alice: User, tmp_path: Path, settings: Settings
) -> None:
    settings.MEDIA_ROOT, settings.FILE_UPLOAD_TEMP_DIR = tmp_path, tmp_path / "spool"
    first, second = (intake.receive_text(alice, "a.de", embedder="descriptor") for _ in range(2))
    kept = tmp_path / "uploads" / first.source_sha256

    delete(first)
    assert kept.exists()

    delete(second)
    assert not kept.exists()


def test_a_data_set_with_corrections_and_undos_is_deleted_completely(alice: User) -> None:
    run = make_run(make_dataset(alice), {"acme": ["acme.de"], "-": ["x.de"]})
    moved = list(run.assignments.outliers().values_list("domain_id", flat=True))
    acme = run.clusters.get()
    edits.assign(run, alice, domain_ids=moved, cluster=acme, client_id=uuid4())
    undo.undo_last(run, alice, client_id=uuid4())
    undo.redo_last(run, alice, client_id=uuid4())

    delete(run.dataset)

    assert not Dataset.objects.exists()
    assert not Correction.objects.exists()


def test_a_deletion_follows_every_reference(alice: User) -> None:
    one, other = make_dataset(alice), make_dataset(alice)
    make_run(one, {"A": ["a.de"], "-": ["x.de"]})
    run = make_run(other, {"B": ["b.de", "c.de"], "-": ["y.de"]})
    kept, merged = run.clusters.get(), run.clusters.create(uid=uuid4(), number=7, name="C")
    run.clusters.filter(pk=kept.pk).update(merged_into=merged)

    delete_cascading(Cluster, [merged.pk])
    delete_cascading(Domain, list(one.domains.values_list("pk", flat=True)))

    kept.refresh_from_db()
    assert (kept.merged_into, one.domains.count(), Assignment.objects.count()) == (None, 0, 3)
    assert set(Capture.objects.values_list("domain__dataset", flat=True)) == {other.pk}


def test_a_large_data_set_is_deleted_in_parts_that_survive_an_end(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = make_run(make_dataset(alice), {"acme": ["acme.de"]})
    dataset = make_dataset(alice)
    make_run(dataset, {"A": [f"a{number}.de" for number in range(7)], "-": ["x.de"]})
    lifecycle.request_deletion(dataset)
    monkeypatch.setattr(lifecycle, "ROWS_PER_DELETE", 3)
    real, parts = lifecycle._delete_part, []

    def delete_part(dataset: Dataset) -> bool:
        parts.append(dataset.domains.count())
        if len(parts) == 3:
            raise MemoryError("killed")
        return real(dataset)

    monkeypatch.setattr(lifecycle, "_delete_part", delete_part)
    with pytest.raises(MemoryError):
        lifecycle.delete_rows(dataset, seconds=60)
    dataset.refresh_from_db()
    assert workflow.next_stage(dataset) is workflow.Work.DELETE
    assert lifecycle.delete_rows(dataset, seconds=0.0) is False
    assert lifecycle.delete_rows(dataset, seconds=60)

    assert parts[:4] == [8, 5, 2, 2]
    assert list(Dataset.objects.all()) == [kept.dataset]
    assert kept.assignments.count() == 1


def test_a_deleted_data_set_is_swept_until_it_is_gone(alice: User) -> None:
    dataset = make_dataset(alice)
    make_run(dataset, {"A": ["a.de", "b.de"]})
    lifecycle.request_deletion(dataset)

    assert [found.pk for found in due.marked()] == [dataset.pk]
    with patch("clustering.tasks.delete_dataset.apply_async") as delete_task:
        tasks.sweep()
    delete_task.assert_called_once()
    tasks.delete_dataset(dataset.pk)

    assert not Dataset.objects.exists()
