"""Leased work, start to end: a living worker renews its lease, a dead one lets it end."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar
from uuid import uuid4

from django.db import DatabaseError, connection
from django.db.models import F
from django.utils import timezone

from clustering.models.dataset import HEARTBEAT_SECONDS, LEASE, MAX_ATTEMPTS
from clustering.models.work import LeasedWork, WorkQuerySet
from clustering.pipeline.domains.names import as_shown
from clustering.pipeline.errors import PipelineError

logger = logging.getLogger(__name__)
MAX_DETAIL_CHARS = 1000
Work = TypeVar("Work", bound=LeasedWork)


def due_ids(model: type[Work]) -> list[int]:
    """Return the work of one kind that no worker holds, the oldest first. One query."""
    return list(WorkQuerySet(model).due().values_list("pk", flat=True))


def start(model: type[Work], pk: int) -> Work | None:
    """Lease work and set it running; None if it is gone, has ended, or another worker holds it."""
    rows: WorkQuerySet[Work] = WorkQuerySet(model)
    work = rows.filter(pk=pk).first()
    if work is None:
        return None
    return take(work, status=LeasedWork.Status.RUNNING, started_at=timezone.now(), error_code="")


def carry_out(work: LeasedWork, do: Callable[[], object]) -> None:
    """Do work that this worker holds, renewing its lease meanwhile.

    A foreseen error ends it with its code; three dead workers do so too.
    """
    if work.lease_token is None or is_spent(work):
        return
    with kept(work):
        try:
            do()
        except PipelineError as error:
            fail(work, error.code, str(error))


def take(work: Work, **also: object) -> Work | None:
    """Lease unfinished work; None if another worker holds it or it has ended.

    ``also`` is written with the lease.
    """
    return _lease(_rows(work).filter(pk=work.pk).unfinished(), work, also)


def take_finished(work: Work) -> Work | None:
    """Lease work that has succeeded, to add to its result; None if another worker does so."""
    return _lease(_rows(work).filter(pk=work.pk).succeeded(), work, {})


def _lease(rows: WorkQuerySet[Work], work: Work, also: Mapping[str, object]) -> Work | None:
    at = timezone.now()
    lease = {"next_try_at": at + LEASE, "lease_token": uuid4(), "attempts": F("attempts") + 1}
    taken = rows.filter(next_try_at__lte=at).update(**lease | dict(also))
    return _rows(work).get(pk=work.pk) if taken else None


@contextmanager
def kept(*works: LeasedWork) -> Iterator[None]:
    """Renew the leases while the works go on, from a thread with a connection of its own.

    An error that nobody foresaw is noted before it ends the task; the leases then run out.
    """
    stop = threading.Event()

    def beat() -> None:
        try:
            while not stop.wait(HEARTBEAT_SECONDS):
                _renew(works)
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name="lease", daemon=True)
    thread.start()
    try:
        yield
    except BaseException as error:
        for work in works:
            _mine(work).update(error_detail=as_shown(repr(error), MAX_DETAIL_CHARS))
        raise
    finally:
        stop.set()
        thread.join()


def _renew(works: Iterable[LeasedWork]) -> None:
    """Renew the leases; where the database cannot be had just now, the next beat does it."""
    try:
        for work in works:
            _mine(work).update(next_try_at=timezone.now() + LEASE)
    except DatabaseError:
        logger.warning("a lease could not be renewed", exc_info=True)
        connection.close()


def tell(work: LeasedWork, step: str) -> None:
    """Write down what the work is at."""
    _mine(work).update(step=step)


def release(work: LeasedWork) -> None:
    """Hand work back after a piece of work that went well."""
    _mine(work).update(
        next_try_at=timezone.now(),
        lease_token=None,
        attempts=0,
        error_code="",
        error_detail="",
    )


def wait(work: LeasedWork, error: PipelineError, delay: timedelta) -> None:
    """Hand work back, say what it waits for, and have it looked at again after ``delay``."""
    _mine(work).update(
        next_try_at=timezone.now() + delay,
        lease_token=None,
        attempts=0,
        error_code=error.code,
        error_detail=as_shown(str(error), MAX_DETAIL_CHARS),
    )


def finish(work: LeasedWork, **result: object) -> bool:
    """End work with its result; false, and nothing written, if the lease is no longer ours."""
    return bool(
        _mine(work)
        .unfinished()
        .update(
            status=LeasedWork.Status.SUCCEEDED,
            step="",
            error_code="",
            error_detail="",
            lease_token=None,
            finished_at=timezone.now(),
            **result,
        )
    )


def fail(work: LeasedWork, code: str, detail: str) -> None:
    """End work without a result."""
    _mine(work).update(
        status=LeasedWork.Status.FAILED,
        error_code=code,
        error_detail=as_shown(detail, MAX_DETAIL_CHARS),
        lease_token=None,
        finished_at=timezone.now(),
    )


def is_spent(work: LeasedWork) -> bool:
    """End work that three workers could not do, and say so; the fourth does not try."""
    if work.attempts <= MAX_ATTEMPTS:
        return False
    noted = work.error_detail or "the worker was killed; look at its memory"
    fail(work, "crashed", f"the work failed {MAX_ATTEMPTS} times: {noted}")
    return True


def _rows(work: Work) -> WorkQuerySet[Work]:
    return WorkQuerySet(type(work))


def _mine(work: Work) -> WorkQuerySet[Work]:
    return _rows(work).filter(pk=work.pk, lease_token=work.lease_token)
