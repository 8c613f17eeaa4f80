"""System checks find their faults and accept the defaults."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks

from clustering import checks, conf
from clustering.checks import file_system_of

GOOD_KEY = "k3v9" * 16


def _found() -> list[str | None]:
    messages = run_checks(include_deployment_checks=True)
    return [message.id for message in messages if str(message.id).startswith("clustering.")]


@pytest.fixture(autouse=True)
def _contact(settings: Any) -> None:
    settings.FETCH_USER_AGENT = "Logosite/1.0 (+https://logosite.io/contact)"


def test_the_defaults_pass_every_check_once_there_is_a_contact() -> None:
    assert _found() == []


@pytest.mark.parametrize(
    "user_agent",
    [
        "Logosite/1.0 (+https://example.org/contact)",
        "Logosite/1.0 (+https://www.Example.com/)",
        "Logosite/1.0 (somebody@logosite.example)",
        "Logosite/1.0 (+https://localhost/contact)",
        "Logosite/1.0",
        "",
    ],
)
def test_a_user_agent_without_a_contact_is_a_warning(settings: Any, user_agent: str) -> None:
    settings.FETCH_USER_AGENT = user_agent

    assert _found() == ["clustering.W007"]


def test_a_command_on_ones_own_machine_is_silent_about_the_contact(settings: Any) -> None:
    settings.FETCH_USER_AGENT = ""

    assert not any(message.id == "clustering.W007" for message in run_checks())


@pytest.mark.parametrize(
    "user_agent",
    [
        "Logosite/1.0 (https://myexample.org)",
        "Logosite/1.0 (+mailto:bot@brands.de)",
        "Logosite/1.0 (https://example.org, https://brands.de:8443/bot)",
    ],
)
def test_a_page_or_mailbox_of_ones_own_is_a_contact(settings: Any, user_agent: str) -> None:
    settings.FETCH_USER_AGENT = user_agent

    assert _found() == []


def test_a_domain_that_may_take_as_long_as_a_task_is_an_error(settings: Any) -> None:
    settings.FETCH_DEADLINE_SECONDS = 361

    assert _found() == ["clustering.E001"]


def test_a_domain_that_leaves_room_for_others_passes(settings: Any) -> None:
    settings.FETCH_DEADLINE_SECONDS = 360

    assert _found() == []


def test_a_message_that_comes_back_during_its_task_is_an_error(settings: Any) -> None:
    settings.CELERY_TASK_TIME_LIMIT = 1000
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3000}

    assert _found() == ["clustering.E002"]


@pytest.mark.parametrize(
    "key", ["short", "change-me-" * 10, "django-insecure-" + GOOD_KEY, "YOUR-SECRET-KEY" * 5]
)
def test_a_key_that_others_know_is_an_error(settings: Any, key: str) -> None:
    settings.SECRET_KEY = key

    assert _found() == ["clustering.E003"]


@pytest.mark.parametrize(
    "url",
    ["redis://redis:6379/0", "redis://10.0.0.7/1", "redis://[2001:db8::1]:6379/0", "rediss://r/0"],
)
def test_redis_elsewhere_without_a_password_is_a_warning(settings: Any, url: str) -> None:
    settings.REDIS_URL = url

    assert _found() == ["clustering.W005"]


@pytest.mark.parametrize(
    "url",
    [
        "redis://:secret@redis:6379/0",
        "redis://127.0.0.1:6379/0",
        "redis://localhost/0",
        "redis://[::1]/0",
        "redis+socket:///var/run/valkey.sock",
    ],
)
def test_redis_here_or_with_a_password_passes(settings: Any, url: str) -> None:
    settings.REDIS_URL = url

    assert _found() == []


def test_sqlite_on_a_network_file_system_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = replace(conf.operation(), sqlite_file=Path("/srv/logosite.sqlite3"))
    monkeypatch.setattr(conf, "operation", lambda: elsewhere)
    monkeypatch.setattr(checks, "file_system_of", lambda _file: "nfs4")

    assert _found() == ["clustering.E004"]


def test_the_file_system_is_that_of_the_nearest_mount(tmp_path: Path) -> None:
    share = tmp_path / "my share"
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/sda1 / ext4 rw 0 0\n"
        f"server:/export {tmp_path}/my\\040share nfs4 rw 0 0\n"
        f"tmpfs {tmp_path}/my\\040share/local tmpfs rw 0 0\n"
    )

    assert file_system_of(share / "var" / "logosite.sqlite3", mounts) == "nfs4"
    assert file_system_of(share / "local" / "logosite.sqlite3", mounts) == "tmpfs"
    assert file_system_of(tmp_path / "logosite.sqlite3", mounts) == "ext4"


def test_an_unknown_system_has_an_unknown_file_system(tmp_path: Path) -> None:
    assert file_system_of(tmp_path, tmp_path / "none") == ""


@pytest.mark.parametrize("address", ["http://logos.example.com/{domain}", "https://x.de/logo"])
def test_a_logo_service_that_is_no_address_is_an_error(settings: Any, address: str) -> None:
    settings.LOGO_SERVICE_TEMPLATE = address

    assert _found() == ["clustering.E006"]


def test_a_logo_service_of_ones_own_passes(settings: Any) -> None:
    settings.LOGO_SERVICE_TEMPLATE = "https://logos.example.com/{domain}?token={key}"

    assert _found() == []
