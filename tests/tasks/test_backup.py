"""Backups: taken while work goes on, restored into an empty place, refused if damaged."""

import json
import threading
import time
import zipfile
from collections.abc import Iterator
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from clustering import conf, tasks
from clustering.models import Correction, Dataset, Domain, User
from clustering.services.backup import files
from clustering.services.curation import edits
from clustering.services.datasets import intake
from clustering.services.runs import compute
from clustering.services.workflow import Work
from tests.factories import make_dataset, make_run
from tests.pictures import as_png, drawn
from tests.tasks.driving import work_off

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _close_connection() -> Iterator[None]:
    yield
    connection.close()


def run(command: str, *arguments: object) -> str:
    out = StringIO()
    call_command(command, *map(str, arguments), stdout=out)
    return out.getvalue()


def move_to_an_empty_place(settings: Settings, tmp_path: Path) -> None:
    call_command("flush", interactive=False, verbosity=0)
    settings.MEDIA_ROOT = tmp_path / "elsewhere"


def images(n: int) -> bytes:
    """Return a ZIP of small pictures."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(n):
            picture = drawn("disc").rotate(number).resize((64 + number, 64))
            archive.writestr(f"site{number}.de.png", as_png(picture))
    return out.getvalue()


def test_a_backup_taken_under_load_restores_whole_and_work_goes_on(
    alice: User, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = intake.receive_upload(
        alice, source_name="logos.zip", chunks=[images(60)], embedder="descriptor"
    )
    work_off(dataset)
    intake.confirm(dataset, embedder="descriptor")

    is_copied, compute_run = threading.Event(), tasks.TASKS[Work.RUN]

    def compute_after_the_copy(dataset_id: int) -> None:
        is_copied.wait(300)
        compute_run(dataset_id)

    def load() -> None:
        try:
            work_off(Dataset.objects.get(pk=dataset.pk), projector="pca")
        finally:
            connection.close()

    monkeypatch.setitem(tasks.TASKS, Work.RUN, compute_after_the_copy)
    worker = threading.Thread(target=load)
    worker.start()
    while dataset.domains.filter(status="found").count() < 5:
        assert worker.is_alive()
        time.sleep(0.05)
    run("backup", tmp_path / "copy")
    is_copied.set()
    worker.join()
    move_to_an_empty_place(settings, tmp_path)

    run("restore", tmp_path / "copy")

    restored = Dataset.objects.get(slug=dataset.slug)
    n_found = restored.domains.filter(status="found").count()
    assert n_found >= 5
    assert "all files are there and unchanged" in run("verify_dataset")
    Domain.objects.pending().update(lease_token=None, attempts=0, next_try_at=restored.created_at)
    work_off(restored, projector="pca")
    assert restored.domains.filter(status="found").count() == 60
    assert restored.runs.get().status == "succeeded"


def test_a_backup_taken_while_a_run_is_written_restores_whole(
    alice: User, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = intake.receive_upload(
        alice, source_name="logos.zip", chunks=[images(30)], embedder="descriptor"
    )
    work_off(dataset)
    intake.confirm(dataset, embedder="descriptor")
    copy, write = tmp_path / "copy", compute._assignments

    def back_up() -> None:
        try:
            run("backup", copy)
        finally:
            connection.close()

    def half_written(*given: Any) -> Iterator[Any]:
        rows = list(write(*given))
        yield from rows[:15]
        thread = threading.Thread(target=back_up)  # a connection of its own sees what is there
        thread.start()
        thread.join()
        yield from rows[15:]

    monkeypatch.setattr(compute, "_assignments", half_written)
    monkeypatch.setattr(compute, "ROWS_PER_INSERT", 5)
    work_off(dataset, projector="pca")
    assert dataset.runs.get().assignments.count() == 30
    move_to_an_empty_place(settings, tmp_path)

    run("restore", copy)

    restored = Dataset.objects.get(slug=dataset.slug)
    interrupted = restored.runs.get()
    assert (interrupted.status, interrupted.assignments.count()) == ("running", 0)
    assert "all files are there and unchanged" in run("verify_dataset")
    restored.runs.update(next_try_at=restored.created_at)  # its lease has ended
    monkeypatch.setattr(compute, "_assignments", write)
    work_off(restored, projector="pca")
    assert restored.runs.get().assignments.count() == 30
    assert "counts agree with the rows" in run("verify_dataset")


def rows_of(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    digests: dict[str, Any] = manifest["sha256"]
    return digests


def test_what_is_restored_is_equal_and_can_be_continued(
    alice: User, settings: Settings, tmp_path: Path
) -> None:
    made = make_run(make_dataset(alice), {"A": ["a.de", "b.de"], "-": ["c.de"]})
    edits.rename(made.clusters.get(), alice, name="Bäckerei", client_id=uuid4())
    Dataset.objects.update(other_columns=["firm", "note"])
    Domain.objects.filter(name="a.de").update(other_cells=["Ä", "none"])
    run("backup", tmp_path / "first")
    move_to_an_empty_place(settings, tmp_path)
    run("restore", tmp_path / "first")

    run("backup", tmp_path / "second")

    assert rows_of(tmp_path / "first") == rows_of(tmp_path / "second")
    assert Correction.objects.get().payload
    assert Dataset.objects.get().other_columns == ["firm", "note"]
    assert Domain.objects.get(other_cells__isnull=False).other_cells == ["Ä", "none"]
    assert Dataset.objects.create(slug="new", name="New", owner=User.objects.get()).pk


def test_a_damaged_backup_and_a_place_in_use_are_refused(
    alice: User, settings: Settings, tmp_path: Path
) -> None:
    dataset = intake.receive_text(alice, "a.de", embedder="descriptor")
    run("backup", tmp_path / "copy")
    with pytest.raises(CommandError, match="not empty"):
        run("restore", tmp_path / "copy")
    with pytest.raises(CommandError, match="exists"):
        run("backup", tmp_path / "copy")
    move_to_an_empty_place(settings, tmp_path)
    upload = tmp_path / "copy" / "files" / "uploads" / dataset.source_sha256
    upload.write_bytes(b"b.de")

    with pytest.raises(CommandError, match=f"uploads/{dataset.source_sha256} of the backup"):
        run("restore", tmp_path / "copy")

    assert not User.objects.exists()
    assert not any(Path(settings.MEDIA_ROOT).rglob("*"))


@pytest.mark.parametrize("name", ["uploads/../../escaped", "../escaped"])
def test_a_changed_index_leads_nowhere_else(
    alice: User, settings: Settings, tmp_path: Path, name: str
) -> None:
    intake.receive_text(alice, "a.de", embedder="descriptor")
    run("backup", tmp_path / "copy")
    move_to_an_empty_place(settings, tmp_path)
    index, manifest = tmp_path / "copy" / "files.jsonl", tmp_path / "copy" / "manifest.json"
    index.write_text(json.dumps({"name": name, "sha256": "../escaped"}) + "\n")
    values = json.loads(manifest.read_text())
    values["sha256"]["files.jsonl"] = files.digest(index)
    manifest.write_text(json.dumps(values))

    with pytest.raises(CommandError, match="no logo or upload"):
        run("restore", tmp_path / "copy")

    assert not any(tmp_path.rglob("escaped"))


def test_a_lost_or_changed_file_is_named(alice: User) -> None:
    dataset = intake.receive_text(alice, "a.de", embedder="descriptor")
    (stored,) = files.of_dataset(dataset)
    path = conf.places().files / stored.name
    path.write_bytes(b"other")
    with pytest.raises(CommandError, match="1 files are missing or damaged"):
        run("verify_dataset")
    path.unlink()
    with pytest.raises(CommandError, match="1 files are missing or damaged"):
        run("verify_dataset")
