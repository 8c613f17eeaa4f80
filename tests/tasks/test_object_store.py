"""Logos and uploads in a bucket: all stages, access, backup, and a service that is down."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from clustering.models import Dataset, Embedding, User
from clustering.services import embedding, readiness
from clustering.services.backup import files
from clustering.services.datasets import lifecycle
from clustering.services.fetching import worker
from clustering.services.file_store import Folder, store
from clustering.services.runs import request
from clustering.services.work import leases, process_resources
from tests.factories import make_dataset, make_domain, make_logo
from tests.object_store import keys, object_store
from tests.pictures import brand_zip
from tests.services.fetching.finding import site
from tests.tasks.digesting import run_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture(scope="module")
def service() -> Iterator[tuple[dict[str, str], Any]]:
    with object_store() as made:
        yield made


@pytest.fixture
def bucket(service: tuple[dict[str, str], Any], settings: Settings) -> Any:
    """The client of an empty bucket that holds the files of the test."""
    values, client = service
    for name, value in values.items():
        setattr(settings, name, value)
    for key in keys(client):
        client.delete_object(Bucket=values["S3_BUCKET"], Key=key)
    return client


@pytest.fixture
def no_bucket(settings: Settings) -> None:
    """A bucket of a service that does not answer."""
    settings.S3_BUCKET, settings.S3_ENDPOINT_URL = "gone", "http://127.0.0.1:1"
    settings.S3_REGION, settings.AWS_ACCESS_KEY_ID = "us-east-1", "key"
    settings.AWS_SECRET_ACCESS_KEY = "secret"


def test_folder_and_bucket_hold_files_alike(bucket: Any, tmp_path: Path) -> None:
    for held in (Folder(tmp_path / "folder"), store()):
        source = tmp_path / "received"
        source.write_bytes(b"list")

        held.write("logos/ab/a.png", b"picture")
        held.take("uploads/b", source)

        assert not source.exists()
        assert held.read("logos/ab/a.png") == b"picture"
        with held.local("uploads/b") as path:
            assert path.read_bytes() == b"list"
        held.delete("uploads/b")
        held.delete("uploads/b")
        assert (held.has("logos/ab/a.png"), held.has("uploads/b")) == (True, False)
        with held.local("uploads/b") as path:
            assert not path.exists()
        with pytest.raises(FileNotFoundError):
            held.read("uploads/b")


def test_all_stages_with_a_bucket(
    bucket: Any, settings: Settings, alice: User, bob_client: Client, tmp_path: Path
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "spool"
    run = run_of(alice, brand_zip(tmp_path / "brands.zip"))

    dataset = run.dataset
    assert (run.status, run.clusters.count()) == ("succeeded", 2)
    cluster = run.clusters.first()
    assert cluster is not None
    member = cluster.assignments.select_related("logo").first()
    assert member is not None
    picture = reverse("cluster_montage", args=[dataset.slug, cluster.uid])
    logo = reverse("logo_thumbnail", args=[member.logo.sha256, 96])
    client = Client()
    client.force_login(alice)
    assert client.get(picture).content[8:12] == b"WEBP"
    assert client.get(logo).content[8:12] == b"WEBP"
    assert {bob_client.get(one).status_code for one in (picture, logo)} == {404}
    stored = keys(bucket)
    assert f"brands/uploads/{dataset.source_sha256}" in stored
    assert f"brands/logos/{member.logo.sha256[:2]}/{member.logo.sha256}-96.webp" in stored
    assert not Path(settings.MEDIA_ROOT).exists()
    assert list((tmp_path / "spool").iterdir()) == []

    call_command("verify_dataset", verbosity=0)
    call_command("backup", tmp_path / "copy", verbosity=0)
    copied = {file.name for file in (tmp_path / "copy" / "files").rglob("*") if file.is_file()}
    assert dataset.source_sha256 in copied

    lifecycle.request_deletion(dataset)
    dataset.refresh_from_db()
    assert lifecycle.delete_rows(dataset, seconds=60)
    assert f"brands/uploads/{dataset.source_sha256}" not in keys(bucket)


def test_a_backup_moves_from_a_folder_to_a_bucket_and_back(
    bucket: Any, settings: Settings, alice: User, tmp_path: Path
) -> None:
    at_bucket, settings.S3_BUCKET = settings.S3_BUCKET, ""
    dataset = run_of(alice, brand_zip(tmp_path / "brands.zip")).dataset
    call_command("backup", tmp_path / "from-folder", verbosity=0)
    n_files = sum(1 for _ in files.of_dataset(dataset))

    for storage, to_folder in ((at_bucket, "second"), ("", "third")):
        call_command("flush", interactive=False, verbosity=0)
        settings.S3_BUCKET, settings.MEDIA_ROOT = storage, tmp_path / to_folder
        call_command("restore", tmp_path / "from-folder", verbosity=0)
        call_command("verify_dataset", verbosity=0)
        copy = tmp_path / f"of-{to_folder}"
        call_command("backup", copy, verbosity=0)
        assert manifest(copy)["sha256"] == manifest(tmp_path / "from-folder")["sha256"]

    assert len(keys(bucket)) == n_files
    assert not (tmp_path / "second").exists()


def manifest(copy: Path) -> dict[str, Any]:
    values: dict[str, Any] = json.loads((copy / "manifest.json").read_text())
    return values


def test_without_the_service_pages_answer_503(no_bucket: None, alice_client: Client) -> None:
    alice_client.raise_request_exception = False
    upload = {"text": "a.de", "embedder": "descriptor"}

    answer = alice_client.post(reverse("upload"), upload)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "The storage does not answer" in answer.content.decode()
    assert not Dataset.objects.exists()
    assert "storage: cannot be written" in alice_client.get("/readyz").content.decode()
    readiness._paused_because.cache_clear()
    assert "Background work is paused" in alice_client.get("/").content.decode()
    readiness._paused_because.cache_clear()


def test_without_the_service_sites_wait(no_bucket: None, alice: User) -> None:
    dataset = make_dataset(alice)
    domain = make_domain(dataset, "x.de")

    assert worker.fetch_batch(dataset, find=lambda _: site("a"), limit=1, threads=1) == 1

    domain.refresh_from_db()
    assert (domain.status, domain.error_code, domain.attempts) == ("pending", "storage", 0)


def test_without_the_service_a_run_waits(no_bucket: None, alice: User) -> None:
    dataset = make_dataset(alice)
    make_domain(dataset, "x.de", logo=make_logo("x"))
    run = leases.claim(request.request_first_run(dataset))
    assert run is not None

    embedding.embed_for(run, make=process_resources.embedder, limit=9)

    run.refresh_from_db()
    assert (run.status, run.error_code, run.attempts) == ("queued", "storage", 0)
    assert not Embedding.objects.exists()
