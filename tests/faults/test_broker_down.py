"""Requests while the broker cannot be reached."""

import logging
import socket

import pytest
from django.test import Client
from django.urls import reverse

from clustering.models import User
from logosite.celery import app
from tests.factories import make_dataset, make_run


@pytest.fixture
def broker_down(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    monkeypatch.setattr(app.conf, "broker_write_url", f"redis://127.0.0.1:{port}/0")
    monkeypatch.setattr(app, "_pool", None)
    monkeypatch.setattr(app.amqp, "_producer_pool", None)


@pytest.mark.usefixtures("broker_down")
@pytest.mark.django_db(transaction=True)
def test_a_run_is_saved_once_and_the_request_succeeds(
    alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    dataset = make_dataset(alice)
    make_run(dataset, {"A": ["a.de", "b.de"]})
    client = Client()
    client.force_login(alice)

    with caplog.at_level(logging.WARNING, logger="clustering.tasks"):
        response = client.post(reverse("recluster", args=[dataset.slug]))

    assert response.status_code == 302
    assert dataset.runs.queued().count() == 1
    assert "clustering.tasks.advance" in caplog.text


@pytest.mark.usefixtures("broker_down")
@pytest.mark.django_db(transaction=True)
def test_a_data_set_is_deleted_without_waiting_for_the_broker(
    alice: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    dataset = make_dataset(alice)
    client = Client()
    client.force_login(alice)
    waited: list[float] = []
    monkeypatch.setattr("kombu.utils.functional.sleep", waited.append)

    with caplog.at_level(logging.WARNING, logger="clustering.tasks"):
        response = client.post(reverse("delete", args=[dataset.slug]))

    assert response.status_code == 302
    assert "clustering.tasks.delete_dataset" in caplog.text
    assert sum(waited) == 0
