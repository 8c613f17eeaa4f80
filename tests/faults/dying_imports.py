"""Imports and deletes a list in processes that are killed; for ``manage.py shell``."""

import json
import os
import signal
import time
from collections.abc import Callable
from functools import partial

from django.core.management import call_command
from django.db import connections

from clustering.models import Dataset, Domain, DomainCount, RejectedRow
from clustering.pipeline.domains import reading
from clustering.services import counts
from clustering.services.datasets import intake, lifecycle
from tests.factories import make_user
from tests.faults.dying_workers import forked

ROWS_AT_ONCE = 50
SECONDS_AT_ONCE = 0.03  # so that the kills come in the middle


def main(n_rows: int, n_kills: int) -> None:
    """Import ``n_rows`` rows and delete them, each with as many kills; print what was left."""
    call_command("migrate", verbosity=0)
    lines = [f"site{number}.de" for number in range(n_rows - 1)]
    dataset = intake.receive_text(make_user(), "\n".join([*lines, "no domain"]), embedder="a")
    read = partial(reading.read_upload, max_rows=n_rows)
    intake.read_upload(dataset, read=read)
    dataset.refresh_from_db()
    intake.confirm(dataset, embedder="descriptor")
    for module, name in ((intake, "ROWS_PER_INSERT"), (lifecycle, "ROWS_PER_DELETE")):
        setattr(module, name, ROWS_AT_ONCE)
    slow_down(intake, "_import_part")
    slow_down(lifecycle, "_delete_part")
    marks = [n_rows * kill // (n_kills + 1) for kill in range(1, n_kills + 1)]

    n_killed = killed(
        lambda: intake.read_upload(fresh(dataset), read=read),
        lambda: fresh(dataset).intake == Dataset.Intake.IMPORTED,
        lambda: fresh(dataset).n_imported,
        marks,
    )
    dataset = fresh(dataset)
    result = {
        "kills": n_killed,
        "imported": dataset.domains.count(),
        "rows": dataset.n_rows,
        "rejected": dataset.rejected_rows.count(),
        "differences": counts.differences(dataset),
    }
    lifecycle.request_deletion(dataset)
    result["kills of the deletion"] = killed(
        lambda: lifecycle.delete_rows(fresh(dataset), seconds=60.0),
        lambda: not Dataset.objects.exists(),
        lambda: n_rows - Domain.objects.count(),
        marks,
    )
    rows = (Domain, DomainCount, RejectedRow)
    result["left"] = sum(model._default_manager.count() for model in rows)
    print(json.dumps(result))  # noqa: T201


def fresh(dataset: Dataset) -> Dataset:
    """Return the data set as it is stored."""
    return Dataset.objects.get(pk=dataset.pk)


def slow_down(module: object, name: str) -> None:
    """Let each call of a function take ``SECONDS_AT_ONCE`` longer."""
    function = getattr(module, name)

    def slow(*args: object, **kwargs: object) -> object:
        time.sleep(SECONDS_AT_ONCE)
        return function(*args, **kwargs)

    setattr(module, name, slow)


def killed(
    work: Callable[[], object],
    is_done: Callable[[], bool],
    progress: Callable[[], int],
    marks: list[int],
) -> int:
    """Do ``work`` in a process after the other; kill one at each mark of the progress.

    A process that is started while the lease of a killed one holds does nothing.
    """
    pid, n_killed = 0, 0
    while not is_done():
        if not pid:
            connections.close_all()
            pid = forked(work)
        if n_killed < len(marks) and progress() >= marks[n_killed]:
            os.kill(pid, signal.SIGKILL)
            n_killed += 1
        if os.waitpid(pid, os.WNOHANG) != (0, 0):
            pid = 0
        time.sleep(0.01)
    if pid:
        os.waitpid(pid, 0)
    return n_killed
