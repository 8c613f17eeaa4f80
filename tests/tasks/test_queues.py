"""Queues: what a person waits for never waits behind bulk work."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final
from unittest.mock import patch

import pytest
from pytest_django import Settings

from clustering import tasks
from clustering.models import User
from clustering.services.datasets import intake
from logosite import processes
from logosite.celery import app

ROOT = Path(__file__).resolve().parents[2]
LEAST: Final = 19  # the niceness of the lowest priority
QUEUES = {worker.queue for worker in processes.WORKERS}


def queue_of(name: str) -> str:
    route = app.amqp.router.route({}, f"clustering.tasks.{name}")
    return str(route["queue"].name)


def test_every_task_has_a_worker() -> None:
    names = [name.rpartition(".")[2] for name in app.tasks if name.startswith("clustering.")]

    assert {queue_of(name) for name in names} == QUEUES


@pytest.mark.parametrize(
    "name", ["advance", "sweep", "look_up", "see_classification", "answer_classifications"]
)
def test_tasks_that_people_wait_for_have_a_worker_of_their_own(name: str) -> None:
    assert queue_of(name) == "interactive"


@pytest.mark.django_db
@pytest.mark.parametrize(("n_bytes", "queue"), [(2_000_000, "interactive"), (2_000_001, None)])
def test_small_uploads_are_read_at_once(
    alice: User, settings: Settings, tmp_path: Path, n_bytes: int, queue: str | None
) -> None:
    settings.MEDIA_ROOT = tmp_path
    dataset = intake.receive_upload(
        alice, source_name="a.txt", chunks=[b"a" * n_bytes], embedder="descriptor"
    )

    with patch.object(tasks.read_upload, "apply_async") as send:
        tasks.advance(dataset.pk)

    assert send.call_args.kwargs.get("queue") == queue


def test_compose_runs_the_same_workers() -> None:
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")

    for name in processes.background():
        assert f"command: python -m logosite.processes {name}\n" in compose


@pytest.mark.parametrize(("queue", "niceness"), [("compute", 10), ("io", 10), ("interactive", 0)])
def test_bulk_work_gives_way_to_people(queue: str, niceness: int) -> None:
    script = f"""
import os
from logosite import celery
celery.give_way("{queue}@host")
print(os.nice(0))
"""
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    assert int(done.stdout) == min(LEAST, os.nice(0) + niceness)
