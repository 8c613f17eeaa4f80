"""The operator's page, metrics, request ids, logs, and the pages of the audit log."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from clustering.models import Run, User
from clustering.services import audit, operations
from clustering.services.work import due
from logosite import logs
from tests.brokers import running_broker
from tests.factories import make_dataset, make_domain, make_run, make_user, update_domains


@pytest.fixture
def operator(db: None) -> Client:
    """A member of staff, signed in."""
    user = make_user("operator")
    User.objects.filter(pk=user.pk).update(is_staff=True)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[None]:
    """A broker of its own, in use."""
    with running_broker(tmp_path) as url, override_settings(REDIS_URL=url):
        yield


def failed_run(user: User) -> Run:
    dataset = make_dataset(user)
    return Run.objects.create(
        dataset=dataset,
        slug="run-1",
        status=Run.Status.FAILED,
        error_code="crashed",
        error_detail="the worker was killed",
        attempts=4,
        finished_at=timezone.now(),
        embedder="descriptor",
        clusterer="agglomerative",
        projector="umap",
    )


def test_the_page_lists_workers_queues_and_failures(
    operator: Client, alice: User, broker: None
) -> None:
    dataset = make_dataset(alice)
    update_domains(
        type(make_domain(dataset, "a.de")).objects.all(), status="failed", error_code="dns"
    )
    operations.note_worker("io@host")

    page = operator.get(reverse("operations")).content.decode()

    assert "io@host" in page
    assert "Queue compute" in page
    assert dataset.slug in page
    assert "The domain does not resolve" in page


def test_failed_work_is_tried_again(operator: Client, alice: User) -> None:
    run = failed_run(alice)
    assert "the worker was killed" in operator.get(reverse("operations")).content.decode()

    answer = operator.post(reverse("operations_retry", args=["run", run.pk]))

    assert answer.status_code == 302
    run.refresh_from_db()
    assert (run.status, run.attempts, run.error_code) == ("queued", 0, "")
    assert run.dataset in due.marked()
    assert operator.post(reverse("operations_retry", args=["run", run.pk])).status_code == 404


def test_queries_do_not_grow_with_data_sets(
    operator: Client, alice: User, django_assert_max_num_queries: object
) -> None:
    for _ in range(3):
        make_domain(failed_run(alice).dataset, "a.de")

    with django_assert_max_num_queries(36):  # type: ignore[operator]
        assert operator.get(reverse("operations")).status_code == 200


def test_metrics_need_the_token(client: Client, db: None, settings: Settings) -> None:
    assert client.get("/metrics").status_code == 404
    settings.METRICS_TOKEN = "secret"
    assert client.get("/metrics").status_code == 401

    assert client.get("/metrics", headers={"Authorization": "Bearer secret"}).status_code == 200


def test_metrics_tell_domains_runs_workers_and_latency(
    client: Client, alice: User, settings: Settings, broker: None
) -> None:
    settings.METRICS_TOKEN = "secret"
    make_run(make_dataset(alice), {"A": ["a.de", "b.de"]})
    operations.note_worker("io@host")
    client.get("/health/")

    text = client.get("/metrics", headers={"Authorization": "Bearer secret"}).content.decode()

    lines = set(text.splitlines())
    assert 'logosite_domains{error_code="",status="found"} 2.0' in lines
    assert 'logosite_runs{status="succeeded"} 1.0' in lines
    assert 'logosite_queue_messages{queue="io"} 0.0' in lines
    assert 'logosite_due_seconds{kind="domain"} 0.0' in lines
    assert any(line.startswith('logosite_worker_seconds{worker="io@host"}') for line in lines)
    assert any('_count{method="GET",route="health",status="200"}' in line for line in lines)


def test_every_answer_has_a_request_id(client: Client, settings: Settings) -> None:
    first, second = (client.get("/health/").headers["X-Request-ID"] for _ in range(2))
    assert first != second
    given = {"X-Request-ID": "of-the-proxy"}
    assert client.get("/health/", headers=given).headers["X-Request-ID"] != "of-the-proxy"

    settings.TRUSTED_PROXY_COUNT = 1

    assert client.get("/health/", headers=given).headers["X-Request-ID"] == "of-the-proxy"


def test_json_lines_carry_what_is_bound() -> None:
    record = logging.LogRecord("clustering", logging.WARNING, "", 1, "late: %s", ("a.de",), None)

    with logs.bound(request="r1"), logs.bound(run="run-2"):
        line = json.loads(logs.JsonFormatter().format(record))
        text = logs.TextFormatter("%(message)s").format(record)

    assert line | {"time": ""} == {
        "time": "",
        "level": "WARNING",
        "logger": "clustering",
        "message": "late: a.de",
        "request": "r1",
        "run": "run-2",
    }
    assert text == "late: a.de [request=r1 run=run-2]"


def test_the_audit_log_has_pages_for_owners_and_for_staff(
    operator: Client, alice: User, alice_client: Client
) -> None:
    dataset = make_dataset(alice)
    audit.record(audit.Action.INVITED, actor=alice, dataset=dataset, detail="for Bob")
    audit.record(audit.Action.SIGNED_IN, actor=alice)

    mine = alice_client.get(reverse("dataset_audit", args=[dataset.slug])).content.decode()
    site = operator.get(reverse("site_audit")).content.decode()

    assert "for Bob" in mine
    assert "Signed in</td>" not in mine
    assert "for Bob" in site
    assert "Signed in</td>" in site
