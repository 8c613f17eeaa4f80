"""Who works on a run: a lease that a living worker renews and a dead one lets run out."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

from django.db import connection
from django.db.models import F
from django.utils import timezone

from clustering.models import Run
from clustering.models.dataset import HEARTBEAT_SECONDS, LEASE, MAX_ATTEMPTS
from clustering.models.run import RunQuerySet
from clustering.pipeline.domains.names import as_shown
from clustering.pipeline.errors import PipelineError

MAX_DETAIL_CHARS = 1000


def take(run: Run, **also: object) -> Run | None:
    """Lease an unfinished run; None if another worker holds it or it has ended.

    ``also`` is written with the lease.
    """
    at, token = timezone.now(), uuid4()
    due = Run.objects.filter(pk=run.pk, next_try_at__lte=at).unfinished()
    lease = {"next_try_at": at + LEASE, "lease_token": token, "attempts": F("attempts") + 1}
    taken = due.update(**lease | also)
    return Run.objects.select_related("dataset").get(pk=run.pk) if taken else None


@contextmanager
def kept(run: Run) -> Iterator[None]:
    """Renew the lease while work goes on, from a thread with a connection of its own.

    An error that nobody foresaw is noted before it ends the task; the lease then runs out.
    """
    stop = threading.Event()

    def beat() -> None:
        try:
            while not stop.wait(HEARTBEAT_SECONDS):
                _mine(run).update(next_try_at=timezone.now() + LEASE)
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name="run-lease", daemon=True)
    thread.start()
    try:
        yield
    except BaseException as error:
        _mine(run).update(error_detail=as_shown(repr(error), MAX_DETAIL_CHARS))
        raise
    finally:
        stop.set()
        thread.join()


def release(run: Run) -> None:
    """Hand a run back after a piece of work that went well."""
    _mine(run).update(
        next_try_at=timezone.now(),
        lease_token=None,
        attempts=0,
        error_code="",
        error_detail="",
    )


def wait(run: Run, error: PipelineError, delay: timedelta) -> None:
    """Hand a run back, say what it waits for, and have it looked at again after ``delay``."""
    _mine(run).update(
        next_try_at=timezone.now() + delay,
        lease_token=None,
        attempts=0,
        error_code=error.code,
        error_detail=as_shown(str(error), MAX_DETAIL_CHARS),
    )


def fail(run: Run, code: str, detail: str) -> None:
    """End a run without a result."""
    _mine(run).update(
        status=Run.Status.FAILED,
        error_code=code,
        error_detail=as_shown(detail, MAX_DETAIL_CHARS),
        lease_token=None,
        finished_at=timezone.now(),
    )


def is_spent(run: Run) -> bool:
    """End a run that three workers could not do, and say so; the fourth does not try."""
    if run.attempts <= MAX_ATTEMPTS:
        return False
    noted = run.error_detail or "the worker was killed; look at its memory"
    fail(run, "crashed", f"the work failed {MAX_ATTEMPTS} times: {noted}")
    return True


def _mine(run: Run) -> RunQuerySet:
    return Run.objects.filter(pk=run.pk, lease_token=run.lease_token)
