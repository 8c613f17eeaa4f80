"""Leases on work: a running worker renews its lease; that of a dead worker expires."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar
from uuid import uuid4

from django.db import DatabaseError, connection
from django.db.models import F
from django.utils import timezone

from clustering.models.domain import HEARTBEAT_SECONDS, LEASE, MAX_ATTEMPTS
from clustering.models.work import LeasedWork, WorkQuerySet
from clustering.pipeline.domains.names import as_shown
from clustering.pipeline.errors import PipelineError, StorageDown
from clustering.services.work import draining
from logosite import logs

logger = logging.getLogger(__name__)
MAX_DETAIL_CHARS = 1000
POLL_SECONDS = 1.0
STORAGE_RECHECK = timedelta(seconds=20)
Work = TypeVar("Work", bound=LeasedWork)


def due_ids(model: type[Work]) -> list[int]:
    """Return the due work of one kind, oldest first. One query."""
    return list(WorkQuerySet(model).due().values_list("pk", flat=True))


def claim_to_run(model: type[Work], pk: int) -> Work | None:
    """Lease work and set it running; None if deleted, ended, or leased by another worker."""
    rows: WorkQuerySet[Work] = WorkQuerySet(model)
    work = rows.filter(pk=pk).first()
    if work is None:
        return None
    return claim(work, status=LeasedWork.Status.RUNNING, started_at=timezone.now(), error_code="")


def run_claimed(work: LeasedWork, do: Callable[[], object]) -> None:
    """Do leased work, renewing the lease meanwhile; a ``PipelineError`` ends it with its code.

    Without its storage, the work waits.
    """
    if work.lease_token is None or not fail_spent(work):
        return
    with heartbeat(work):
        try:
            do()
        except StorageDown as error:
            postpone(work, error, STORAGE_RECHECK)
        except PipelineError as error:
            fail(work, error.code, str(error))


def claim(work: Work, **also: object) -> Work | None:
    """Lease unfinished work and set the fields ``also``; None if it is leased or ended."""
    return _lease(_rows(work).filter(pk=work.pk).unfinished(), work, also)


def claim_finished(work: Work) -> Work | None:
    """Lease work that has succeeded, to add to its result; None if it is leased."""
    return _lease(_rows(work).filter(pk=work.pk).succeeded(), work, {})


def _lease(rows: WorkQuerySet[Work], work: Work, also: Mapping[str, object]) -> Work | None:
    at = timezone.now()
    lease = {"next_try_at": at + LEASE, "lease_token": uuid4(), "attempts": F("attempts") + 1}
    taken = rows.filter(next_try_at__lte=at).update(**lease | dict(also))
    return _rows(work).get(pk=work.pk) if taken else None


@contextmanager
def heartbeat(*works: LeasedWork) -> Iterator[None]:
    """Renew the leases from a thread with its own database connection.

    If the worker is asked to stop and the work takes longer than the grace period, the leases
    are handed back: its result is not saved, and another worker starts it again. An unexpected
    error is stored before it propagates; the leases then expire.
    """
    stop = threading.Event()

    def beat() -> None:
        try:
            next_beat = time.monotonic() + HEARTBEAT_SECONDS
            while not stop.wait(min(HEARTBEAT_SECONDS, POLL_SECONDS)):
                if draining.is_over():
                    _hand_back(works)
                    return
                if time.monotonic() >= next_beat:
                    _renew_leases(works)
                    next_beat = time.monotonic() + HEARTBEAT_SECONDS
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name="lease", daemon=True)
    thread.start()
    try:
        with logs.bound(**{_kind(work): str(work) for work in works}):
            yield
    except BaseException as error:
        for work in works:
            _own(work).update(error_detail=as_shown(repr(error), MAX_DETAIL_CHARS))
        raise
    finally:
        stop.set()
        thread.join()


def _renew_leases(works: Iterable[LeasedWork]) -> None:
    """Renew the leases; without a database, the next beat tries again."""
    try:
        for work in works:
            _own(work).update(next_try_at=timezone.now() + LEASE)
    except DatabaseError:
        logger.warning("a lease could not be renewed", exc_info=True)
        connection.close()


def _hand_back(works: Iterable[LeasedWork]) -> None:
    """End the leases without an attempt: the work itself did not fail."""
    for work in works:
        _own(work).update(next_try_at=timezone.now(), lease_token=None, attempts=F("attempts") - 1)


def set_step(work: LeasedWork, step: str) -> None:
    _own(work).update(step=step)


def release(work: LeasedWork) -> None:
    """End the lease after a successful part of the work."""
    _own(work).update(
        next_try_at=timezone.now(),
        lease_token=None,
        attempts=0,
        error_code="",
        error_detail="",
    )


def postpone(work: LeasedWork, error: PipelineError, delay: timedelta) -> None:
    """End the lease, store ``error``, and make the work due after ``delay``."""
    _own(work).update(
        next_try_at=timezone.now() + delay,
        lease_token=None,
        attempts=0,
        error_code=error.code,
        error_detail=as_shown(str(error), MAX_DETAIL_CHARS),
    )


def finish(work: LeasedWork, **result: object) -> bool:
    """End work with its result; false, and nothing written, if the lease was lost."""
    return bool(
        _own(work)
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
    _own(work).update(
        status=LeasedWork.Status.FAILED,
        error_code=code,
        error_detail=as_shown(detail, MAX_DETAIL_CHARS),
        lease_token=None,
        finished_at=timezone.now(),
    )


def fail_spent(*works: Work) -> list[Work]:
    """End the works that failed ``MAX_ATTEMPTS`` times; return the others."""
    for work in works:
        if work.attempts > MAX_ATTEMPTS:
            noted = work.error_detail or "the worker was killed; check its memory"
            fail(work, "crashed", f"the work failed {MAX_ATTEMPTS} times: {noted}")
    return [work for work in works if work.attempts <= MAX_ATTEMPTS]


def _kind(work: LeasedWork) -> str:
    return work._meta.model_name or "work"


def _rows(work: Work) -> WorkQuerySet[Work]:
    return WorkQuerySet(type(work))


def _own(work: Work) -> WorkQuerySet[Work]:
    return _rows(work).filter(pk=work.pk, lease_token=work.lease_token)
