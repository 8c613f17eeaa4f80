"""Uploads: stored atomically, previewed, and imported once."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from unittest.mock import patch

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from clustering import tasks
from clustering.models import (
    Dataset,
    Membership,
    User,
)
from clustering.models.domain import LEASE
from clustering.pipeline.domains import (
    MAX_FILE_BYTES,
    Column,
    NamedDomain,
    Rejected,
    UploadReading,
)
from clustering.pipeline.domains.reading import read_upload as reading_upload
from clustering.pipeline.errors import UnreadableUpload
from clustering.selectors.progress import stages
from clustering.services import counts, workflow
from clustering.services.datasets import intake, lifecycle
from clustering.services.placement import add_domains
from logosite.settings import UPLOAD_MAX_BYTES
from tests.factories import make_dataset

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_files(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT, settings.FILE_UPLOAD_TEMP_DIR = tmp_path, tmp_path / "spool"
    settings.UPLOAD_MAX_BYTES = 1 << 20


def reading() -> UploadReading:
    return UploadReading(
        kind="domains",
        file_type="csv",
        columns=(Column("id", 0.0), Column("site", 0.9)),
        column="site",
        has_header=True,
        preview=(("1", "a.de"), ("2", "b.de")),
        n_rows=5,
        domains=(NamedDomain("a.de", "A.de", (2, 4)), NamedDomain("b.de", "b.de", (3,))),
        n_duplicates=1,
        rejected=(Rejected(5, "???", "no domain"), Rejected(6, "10.0.0.1", "an address")),
    )


def received(alice: User, text: str = "a.de\nb.de\n") -> Dataset:
    return intake.receive_text(alice, text, embedder="descriptor")


def read(dataset: Dataset, found: UploadReading | None = None) -> None:
    dataset.refresh_from_db()
    intake.read_upload(dataset, read=lambda path, column: found or reading())
    dataset.refresh_from_db()


def test_an_upload_is_stored_by_content_hash_and_belongs_to_its_owner(
    alice: User, tmp_path: Path
) -> None:
    dataset = received(alice)

    kept = tmp_path / "uploads" / dataset.source_sha256
    assert kept.read_bytes() == b"a.de\nb.de\n"
    assert dataset.memberships.get().role == Membership.Role.OWNER
    assert list(Dataset.objects.for_user(alice)) == [dataset]


@pytest.mark.parametrize("text", ["", "x" * ((1 << 20) + 1)])
def test_an_empty_or_oversized_upload_leaves_nothing_behind(
    alice: User, tmp_path: Path, text: str
) -> None:
    with pytest.raises(UnreadableUpload):
        received(alice, text)

    assert not Dataset.objects.exists()
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]


def test_an_upload_at_the_limit_is_taken(alice: User) -> None:
    assert received(alice, "x" * (1 << 20)).pk


def test_the_preview_adds_up(alice: User) -> None:
    dataset = received(alice)
    read(dataset)

    assert dataset.intake == "ready"
    shown = dataset.preview
    assert shown["n_rows"] == shown["n_domains"] + shown["n_duplicates"] + shown["n_rejected"]
    assert [column["is_guess"] for column in shown["columns"]] == [False, True]


def test_confirming_imports_once(alice: User) -> None:
    dataset = received(alice)
    read(dataset)

    assert intake.confirm(dataset, embedder="descriptor")
    assert not intake.confirm(dataset, embedder="descriptor")
    read(dataset)
    read(dataset)

    assert (dataset.intake, dataset.n_rows) == ("imported", 5)
    rows = dataset.domains.order_by("name").values_list("name", "as_given", "row_numbers")
    assert list(rows) == [("a.de", "A.de", [2, 4]), ("b.de", "b.de", [3])]
    assert [row.reason for row in dataset.rejected_rows.all()] == ["no domain", "an address"]
    assert dataset.runs.count() == 1


def test_other_columns_are_kept_with_the_domains(alice: User) -> None:
    dataset = received(alice, "firm,site,country\nAcme,a.de,DE\nB,b.de,\n,c.de,\nD,a.de,AT\n")
    for _ in range(2):
        dataset.refresh_from_db()
        intake.read_upload(dataset, read=reading_upload)
        dataset.refresh_from_db()
        intake.confirm(dataset, embedder="descriptor")

    assert dataset.preview["other_columns"] == dataset.other_columns == ["firm", "country"]
    cells = {"a.de": ["Acme", "DE"], "b.de": ["B"], "c.de": None}
    assert dict(dataset.domains.values_list("name", "other_cells")) == cells


def test_lists_without_other_columns_store_no_cells(alice: User) -> None:
    dataset = confirmed(alice)
    read(dataset)

    assert dataset.other_columns == []
    assert dataset.domains.filter(other_cells__isnull=True).count() == 2


def test_added_domains_take_the_columns_of_the_data_set_by_name(alice: User) -> None:
    dataset = make_dataset(alice, other_columns=["firm", "country"])
    plain = add_domains.add_pasted(dataset, "x.de")
    added = add_domains.add_pasted(dataset, "country,site,rank\nFR,b.fr,1\n,c.fr,2\nIT,x.de,3\n")

    assert plain.notes == ()
    assert added.notes == ("Columns that the data set lacks are not kept: rank",)
    cells = {"x.de": None, "b.fr": ["", "FR"], "c.fr": None}
    assert dict(dataset.domains.values_list("name", "other_cells")) == cells


def many(n: int) -> UploadReading:
    names = tuple(NamedDomain(f"d{number}.de", "", (number,)) for number in range(n))
    return replace(reading(), domains=names, n_rows=n, n_duplicates=0, rejected=())


class WorkerDied(BaseException):
    """What a test raises where a worker is killed."""


def refuse(path: Path, column: str | None) -> UploadReading:
    raise AssertionError("the preview has read the file")


def confirmed(alice: User, found: UploadReading | None = None) -> Dataset:
    dataset = received(alice)
    read(dataset, found)
    intake.confirm(dataset, embedder="descriptor")
    return dataset


def test_domains_can_be_fetched_while_others_are_imported(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "ROWS_PER_INSERT", 3)
    dataset = confirmed(alice, many(10))
    seen = []

    def look() -> None:
        dataset.refresh_from_db()
        (stage, *_) = stages(dataset)
        seen.append((workflow.next_stage(dataset), stage.done, stage.total, stage.state))

    intake.read_upload(dataset, read=refuse, on_first_rows=look)

    assert seen == [(workflow.Work.FETCH, 3, 10, "working")]
    dataset.refresh_from_db()
    assert (dataset.intake, dataset.n_imported, dataset.domains.count()) == ("imported", 10, 10)
    assert counts.differences(dataset) == []


def test_another_worker_finishes_the_import_of_a_dead_one(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "ROWS_PER_INSERT", 3)
    dataset = confirmed(alice, many(10))

    def die() -> None:
        raise WorkerDied

    with pytest.raises(WorkerDied):
        intake.read_upload(dataset, read=refuse, on_first_rows=die)
    assert dataset.domains.count() == 3
    dataset.refresh_from_db()
    assert workflow.next_stage(dataset) is workflow.Work.READ

    intake.read_upload(dataset, read=refuse)

    dataset.refresh_from_db()
    assert (dataset.intake, dataset.domains.count()) == ("imported", 10)
    assert counts.differences(dataset) == []


def test_an_upload_is_read_by_one_worker_until_its_lease_expires(alice: User) -> None:
    dataset = received(alice)
    Dataset.objects.update(read_until=timezone.now() + LEASE)
    read(dataset)
    assert (dataset.intake, workflow.next_stage(dataset)) == ("received", None)

    with time_machine.travel(timezone.now() + LEASE + timedelta(seconds=1)):
        assert workflow.next_stage(dataset) is workflow.Work.READ
        read(dataset)

    assert dataset.intake == "ready"


def test_a_stopped_import_continues_after_resume(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "ROWS_PER_INSERT", 3)
    dataset = confirmed(alice, many(10))
    stop = partial(workflow.cancel, dataset)

    intake.read_upload(dataset, read=refuse, on_first_rows=stop)

    dataset.refresh_from_db()
    assert (dataset.intake, dataset.domains.count()) == ("importing", 3)
    assert stages(dataset)[0].state == "stopped"
    workflow.resume(dataset)
    intake.read_upload(dataset, read=refuse)
    assert dataset.domains.count() == 10


def test_a_file_is_read_again_if_its_rows_are_not_kept(alice: User, tmp_path: Path) -> None:
    dataset = confirmed(alice)
    (tmp_path / "readings" / dataset.slug).unlink()

    read(dataset, many(3))

    assert (dataset.intake, dataset.domains.count()) == ("imported", 3)


def test_a_file_is_read_again_if_the_rows_are_of_another_column(alice: User) -> None:
    dataset = confirmed(alice)
    Dataset.objects.update(column="id")

    read(dataset, replace(many(3), column="id"))

    assert dataset.domains.count() == 3


def test_the_rows_of_the_preview_are_kept_until_the_end_of_the_import(
    alice: User, tmp_path: Path
) -> None:
    imported, refused = confirmed(alice), confirmed(alice)
    assert len(list((tmp_path / "readings").iterdir())) == 2

    read(imported)
    lifecycle.request_deletion(refused)
    lifecycle.delete_rows(refused, seconds=60)

    assert not list((tmp_path / "readings").iterdir())


def test_another_column_is_another_preview(alice: User) -> None:
    dataset = received(alice)
    read(dataset)

    intake.choose_column(dataset, "id")

    dataset.refresh_from_db()
    assert (dataset.intake, dataset.column) == ("received", "id")


def test_a_file_that_cannot_be_read_is_refused_with_its_reason(alice: User) -> None:
    dataset = received(alice)

    def fail(path: Path, column: str | None) -> UploadReading:
        raise UnreadableUpload("the file is cut off")

    intake.read_upload(dataset, read=fail)

    dataset.refresh_from_db()
    assert (dataset.intake, dataset.error_detail) == ("refused", "the file is cut off")


def test_the_upload_limit_is_within_the_parser_limit() -> None:
    assert UPLOAD_MAX_BYTES <= MAX_FILE_BYTES


@pytest.mark.parametrize(("limit", "state"), [(2, "refused"), (3, "ready")])
def test_lists_with_more_rows_than_the_setting_are_refused(
    alice: User, settings: Settings, limit: int, state: str
) -> None:
    settings.UPLOAD_MAX_ROWS = limit
    dataset = received(alice, "a.de\nb.de\nc.de\n")

    with patch("clustering.tasks.advance.delay"):
        tasks.read_upload(dataset.pk)

    dataset.refresh_from_db()
    assert dataset.intake == state
    assert ("more than 2 rows; split it" in dataset.error_detail) is (state == "refused")
