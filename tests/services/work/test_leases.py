"""Leases: one worker at a time, expiry, and a limit of attempts."""

import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import time_machine
from django.db import OperationalError
from django.utils import timezone
from numpy.typing import NDArray
from PIL import Image

from clustering.models import Dataset, Run
from clustering.models.domain import LEASE
from clustering.pipeline.errors import InputError
from clustering.services import embedding, workflow
from clustering.services.runs import request
from clustering.services.work import draining, leases
from tests.factories import make_dataset, make_domain, make_logo, make_user

pytestmark = pytest.mark.django_db(transaction=True)


class Vectors:
    """An embedder of the worker's machine."""

    key = "descriptor:of the worker"
    dim = 2

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        return np.tile(np.array([1.0, 0.0], np.float32), (len(images), 1))


@pytest.fixture
def dataset() -> Dataset:
    dataset = make_dataset(make_user())
    make_domain(dataset, "x.de", logo=make_logo("x"))
    return dataset


@pytest.fixture
def run(dataset: Dataset) -> Run:
    return request.request_first_run(dataset)


def taken(run: Run) -> Run:
    held = leases.claim(run)
    assert held is not None
    return held


def test_a_run_that_one_worker_embeds_for_is_no_other_workers(run: Run) -> None:
    taken(run)

    assert leases.claim(run) is None


def test_a_run_is_handed_back_after_a_batch(run: Run, tmp_path: Path) -> None:
    embedding.embed_for(taken(run), make=lambda _: Vectors(), limit=9)

    run.refresh_from_db()
    assert (run.status, run.attempts, run.lease_token) == ("queued", 0, None)


def test_a_run_takes_the_key_of_the_embedder_that_there_is(run: Run, tmp_path: Path) -> None:
    assert run.embedder_key != Vectors.key

    embedding.embed_for(taken(run), make=lambda _: Vectors(), limit=9)

    run.refresh_from_db()
    assert run.embedder_key == Vectors.key
    assert workflow.next_stage(run.dataset) == workflow.Work.RUN


def test_an_embedder_that_cannot_be_made_ends_the_run(run: Run, tmp_path: Path) -> None:
    def make(name: str) -> Vectors:
        raise InputError(f"{name} does not fit the architecture")

    embedding.embed_for(taken(run), make=make, limit=9)

    run.refresh_from_db()
    assert (run.status, run.error_code) == ("failed", "bad_input")
    assert run.error_detail == "descriptor does not fit the architecture"


def test_an_embedder_that_breaks_three_times_ends_the_run(run: Run, tmp_path: Path) -> None:
    def make(name: str) -> Vectors:
        raise MemoryError("no room for weights")

    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(3):
            with pytest.raises(MemoryError):
                embedding.embed_for(taken(run), make=make, limit=9)
            clock.shift(LEASE + timedelta(seconds=1))
        embedding.embed_for(taken(run), make=make, limit=9)

    run.refresh_from_db()
    assert (run.status, run.error_code) == ("failed", "crashed")
    assert run.error_detail == "the work failed 3 times: MemoryError('no room for weights')"


def test_a_failed_heartbeat_is_recovered_by_the_next(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process may hold SQLite's lock for longer than a writer waits."""
    held = taken(run)
    Run.objects.filter(pk=run.pk).update(next_try_at=timezone.now())
    real, tries = timezone.now, []

    def now() -> datetime:
        if threading.current_thread().name == "lease":
            tries.append(1)
            if len(tries) == 1:
                raise OperationalError("database is locked")
        return real()

    monkeypatch.setattr(leases, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(timezone, "now", now)
    with leases.heartbeat(held):
        deadline = time.monotonic() + 60
        while len(tries) < 3:
            assert time.monotonic() < deadline, "the beats ended"
            time.sleep(0.01)

    assert Run.objects.get(pk=run.pk).next_try_at > real() + LEASE / 2


def test_a_stopping_worker_hands_its_run_back(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    held = taken(run)
    monkeypatch.setattr(leases, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(draining, "GRACE_SECONDS", 0.0)
    try:
        with leases.heartbeat(held):
            draining.begin()
            deadline = time.monotonic() + 60
            while Run.objects.get(pk=run.pk).lease_token is not None:
                assert time.monotonic() < deadline, "the lease was kept"
                time.sleep(0.01)
    finally:
        draining.forget()

    run.refresh_from_db()
    assert (run.status, run.attempts) == ("queued", 0)
    assert leases.claim(run) is not None
