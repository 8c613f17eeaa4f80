"""Error pages, readiness, headers of all responses, and refused characters."""

import logging
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path
from django.utils import timezone

from clustering import tasks
from clustering.models import User
from clustering.pipeline import sandbox
from clustering.services import readiness, storage
from logosite.settings import log_as_info
from tests.brokers import running_broker
from tests.factories import make_dataset


def broken(_request: HttpRequest) -> HttpResponse:
    """A view with a fault."""
    raise KeyError


urlpatterns = [path("broken/", broken), path("", include("logosite.urls"))]
handler500 = "clustering.views.errors.server_error"


def no_database(*_arguments: object) -> None:
    raise OperationalError("connection refused")


@pytest.fixture
def database_down(db: None) -> Iterator[None]:
    with connection.execute_wrapper(no_database):
        yield


def test_a_page_without_the_database_is_a_503(alice_client: Client, database_down: None) -> None:
    alice_client.raise_request_exception = False

    answer = alice_client.get("/")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "The database does not answer" in answer.content.decode()


@pytest.mark.urls(__name__)
def test_another_exception_is_a_500(alice_client: Client) -> None:
    alice_client.raise_request_exception = False

    answer = alice_client.get("/broken/")

    assert answer.status_code == 500
    assert "Retry-After" not in answer.headers
    assert "An error occurred" in answer.content.decode()


def test_readiness_needs_the_database(client: Client, db: None) -> None:
    assert (client.get("/readyz").status_code, client.get("/health/").status_code) == (200, 200)
    with connection.execute_wrapper(no_database):
        assert client.get("/readyz").status_code == 503
        assert client.get("/health/").status_code == 200
    assert connection.is_usable()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    """A broker of its own."""
    with running_broker(tmp_path) as url:
        yield url


def test_readiness_names_what_is_missing(client: Client, db: None, broker: str) -> None:
    def lines() -> list[str]:
        return client.get("/readyz").content.decode().splitlines()

    with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
        assert "broker: does not answer" in lines()
    with override_settings(REDIS_URL=broker):
        assert lines()[-2:] == ["broker: ok", "workers: not seen yet"]
        tasks.sweep()
        assert lines()[-2:] == ["broker: ok", "workers: ok"]
        with time_machine.travel(timezone.now() + timedelta(seconds=90)):
            assert lines()[-1] == "workers: last seen 1\xa0minute ago"


def test_readiness_needs_the_storage(client: Client, db: None, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with override_settings(MEDIA_ROOT=tmp_path / "file" / "media"):
        response = client.get("/readyz")

    assert response.status_code == 503
    assert "storage: cannot be written" in response.content.decode()


@pytest.mark.parametrize("path", ["/", "/login/", "/health/"])
def test_every_response_restricts_browser_features_and_embedding(
    alice_client: Client, path: str
) -> None:
    headers = alice_client.get(path).headers

    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_personal_pages_are_kept_out_of_shared_caches(alice_client: Client) -> None:
    assert alice_client.get("/").headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("path", ["domains/%00/", "domains/?outcome=%00", "failures.csv?code=%00"])
def test_a_nul_in_an_address_is_a_400(alice: User, alice_client: Client, path: str) -> None:
    dataset = make_dataset(alice)

    assert alice_client.get(f"/d/{dataset.slug}/{path}").status_code == 400


@pytest.mark.parametrize("form", [{"username": "a\0b"}, {"\0": "a"}])
def test_a_nul_in_a_form_is_a_400(client: Client, db: None, form: dict[str, str]) -> None:
    assert client.post("/login/", form).status_code == 400


def test_an_unknown_host_is_one_line_at_info(
    client: Client, db: None, caplog: pytest.LogCaptureFixture
) -> None:
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400

    (record,) = [one for one in caplog.records if one.name == "django.security.DisallowedHost"]
    assert (record.levelname, record.exc_info) == ("INFO", None)
    assert log_as_info in logging.getLogger(record.name).filters[0].__dict__.values()


@pytest.mark.parametrize(
    ("is_cut_off", "line"),
    [
        (True, "decoders: ok"),
        (False, "decoders: share the network of the worker: unshare is not allowed"),
    ],
)
def test_readiness_says_whether_decoders_reach_the_network(
    client: Client,
    db: None,
    broker: str,
    monkeypatch: pytest.MonkeyPatch,
    is_cut_off: bool,  # noqa: FBT001
    line: str,
) -> None:
    monkeypatch.setattr(sandbox, "has_own_network", lambda: is_cut_off)
    readiness._sandbox_problem.cache_clear()
    with override_settings(REDIS_URL=broker):
        tasks.sweep()

        assert line in client.get("/readyz").content.decode().splitlines()
    readiness._sandbox_problem.cache_clear()


def test_a_banner_says_that_work_is_paused(alice_client: Client, broker: str) -> None:
    readiness._paused_because.cache_clear()
    with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
        assert "Background work is paused" in alice_client.get("/").content.decode()
    readiness._paused_because.cache_clear()
    with override_settings(REDIS_URL=broker):
        assert "Background work is paused" not in alice_client.get("/").content.decode()


def test_files_of_killed_uploads_are_removed(tmp_path: Path) -> None:
    old, new = tmp_path / "old.upload", tmp_path / "new.upload"
    for file in (old, new):
        file.touch()
    os.utime(old, (0, 0))

    with override_settings(FILE_UPLOAD_TEMP_DIR=tmp_path, MEDIA_ROOT=tmp_path / "media"):
        assert storage.forget_spools() == 1

    assert (old.exists(), new.exists()) == (False, True)
