"""Quotas of users: data sets, bytes, rows; also under parallel requests."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from pytest_django import Settings

from clustering import conf
from clustering.models import Dataset, User
from clustering.pipeline.errors import InputError, QuotaExceeded
from clustering.services.datasets import intake, lifecycle
from clustering.services.placement import add_domains
from tests.factories import make_dataset


def upload(user: User, content: bytes = b"a.de\n") -> Dataset:
    return intake.receive_upload(
        user, source_name="list.csv", chunks=[content], embedder="descriptor"
    )


def stored_files() -> list[Path]:
    return list((conf.places().files / "uploads").glob("*"))


@pytest.mark.django_db(transaction=True)
def test_the_number_of_data_sets_holds_under_parallel_uploads(
    alice: User, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT, settings.QUOTA_DATASETS = tmp_path, 3

    def attempt(number: int) -> bool:
        try:
            upload(alice, f"site{number}.de\n".encode())
        except QuotaExceeded:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(10) as pool:
        taken = list(pool.map(attempt, range(10)))

    assert taken.count(True) == Dataset.objects.count() == 3
    assert len(stored_files()) == 3


@pytest.mark.django_db
def test_bytes_are_counted_and_freed_by_deletion(
    alice: User, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT, settings.QUOTA_BYTES = tmp_path, 10
    first = upload(alice, b"abc.de\n")

    with pytest.raises(QuotaExceeded, match="you may have 10 bytes of uploads; you have 7, and"):
        upload(alice, b"def.de\n")
    lifecycle.request_deletion(first)

    upload(alice, b"def.de\n")


@pytest.mark.django_db
def test_rows_are_counted_at_the_start_and_when_domains_are_added(
    alice: User, settings: Settings
) -> None:
    settings.QUOTA_ROWS = 5
    ready: dict[str, object] = {"intake": Dataset.Intake.READY, "preview": {"n_rows": 3}}
    first, second = make_dataset(alice, "One", **ready), make_dataset(alice, "Two", **ready)
    imported = make_dataset(alice)

    intake.confirm(first, embedder="descriptor")

    with pytest.raises(QuotaExceeded):
        intake.confirm(second, embedder="descriptor")
    with pytest.raises(InputError, match="QUOTA_ROWS"):
        add_domains.add_pasted(imported, "a.de\nb.de\nc.de")
    assert add_domains.add_pasted(imported, "a.de\nb.de").n_new == 2


@pytest.mark.django_db
def test_the_page_says_which_limit_and_what_to_do(
    alice: User, alice_client: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT, settings.QUOTA_DATASETS = tmp_path, 1
    make_dataset(alice)

    answer = alice_client.post("/upload/", {"file": SimpleUploadedFile("list.csv", b"a.de\n")})

    assert answer.status_code == 422
    assert "raise QUOTA_DATASETS" in answer.content.decode()
    assert "1 of 1" in " ".join(alice_client.get("/account/").content.decode().split())
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    again = alice_client.post("/upload/", {"file": SimpleUploadedFile("list.csv", b"a.de\n")})
    assert again.status_code == 302
