"""The fetch stage: lease due domains, find their logos, record those that are done together."""

import errno
import logging
import math
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta

from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from clustering.models import Dataset, Domain, Logo, Lookup
from clustering.models.domain import (
    ALONE_FROM_CRASHES,
    BACKOFF,
    HEARTBEAT_SECONDS,
    MAX_ATTEMPTS,
    MAX_CRASHES,
)
from clustering.pipeline.domains.names import as_shown
from clustering.pipeline.errors import FetchError, PipelineError, StorageDown
from clustering.pipeline.finders import SiteLogo
from clustering.selectors.streaming import chunks
from clustering.services import counts
from clustering.services.logos import captures
from clustering.services.runs import request
from clustering.services.storage import record_logo, store_image
from clustering.services.work import draining, due

FindLogo = Callable[[Domain], SiteLogo]
MAX_TIMEOUTS = 2  # a slow site is retried once, with a longer timeout
RETRY_SHARE = 4  # share of the threads that may fetch retried sites: one in this many
MAX_DETAIL_CHARS = 500
MAX_BATCH_SECONDS = 600.0  # seconds until other data sets get their turn
POLL_SECONDS = 1.0
SAVED_TOGETHER = 16  # sites of one transaction
DISK_FULL = (errno.ENOSPC, errno.EDQUOT)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class FetchOutcome:
    """Result of fetching one domain: a site's logo, or an error."""

    domain: Domain
    site: SiteLogo | None = None
    error: FetchError | None = None


def retry_threads(threads: int) -> int:
    """Return how many of ``threads`` may fetch retried sites."""
    return max(1, threads // RETRY_SHARE)


def suspect_threads(threads: int) -> int:
    """Return how many domains may share a process after their worker died."""
    return math.isqrt(threads)


def fetch_batch(dataset: Dataset, *, find: FindLogo, limit: int, threads: int) -> int:
    """Fetch up to ``limit`` due domains, ``threads`` at a time; return how many were claimed.

    Domains are claimed as threads become free, so that a slow site delays no other; each is
    saved as soon as it is done, and the leases of the others are renewed meanwhile. Sites that
    are tried again get few of the threads, as they are given more time; slow ones get them
    beside the others, or a large data set would end with a long wait for them. Database work
    stays in the calling thread. A cancelled data set is left within one claim.

    Domains whose worker died are fetched after the others: first in a small group, then
    each alone in this process, so that only a site that kills a worker alone is blamed. When
    the worker is asked to stop, domains not done in time are handed back.
    """
    n_claimed, started = 0, time.monotonic()
    next_beat = started + HEARTBEAT_SECONDS
    running: dict[Future[FetchOutcome], Domain] = {}
    slow = deque[int]()
    pool = ThreadPoolExecutor(max_workers=threads)
    try:
        dataset.domains.note_crashes()
        while not draining.is_over():
            if time.monotonic() < started + MAX_BATCH_SECONDS and not draining.has_begun():
                room = min(threads, limit - n_claimed + len(running))
                claimed = _claim(dataset, list(running.values()), room, slow)
                n_claimed += len(claimed)
                running |= {pool.submit(_fetch, domain, find): domain for domain in claimed}
            if not running:
                return n_claimed
            finished, _ = wait(running, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
            timed_out = [running[one].pk for one in finished if _is_tried_again_at_once(one)]
            _save_results(running, finished)
            slow.extend(timed_out)
            if time.monotonic() > next_beat:
                dataset.domains.renew({domain.lease_token for domain in running.values()})
                next_beat = time.monotonic() + HEARTBEAT_SECONDS
        dataset.domains.hand_back(running.values())
        return n_claimed
    finally:
        pool.shutdown(wait=not draining.is_over(), cancel_futures=True)


def _claim(
    dataset: Dataset, running: Sequence[Domain], threads: int, slow: deque[int]
) -> list[Domain]:
    """Claim domains, unless the data set was cancelled, that may run beside ``running``."""
    if len(running) >= threads or _is_stopped(dataset):
        return []
    if not any(domain.crashes for domain in running):
        claimed = _claim_unsuspected(dataset, running, threads, slow)
        if claimed or running:
            return claimed
    if all(domain.crashes < ALONE_FROM_CRASHES for domain in running):
        room = suspect_threads(threads) - len(running)
        claimed = dataset.domains.suspects().claim(room) if room > 0 else []
        if claimed or running:
            return claimed
    return [] if running else _claim_alone(dataset)


def _is_stopped(dataset: Dataset) -> bool:
    return Dataset.objects.filter(pk=dataset.pk, cancelled_at__isnull=False).exists()


def _claim_unsuspected(
    dataset: Dataset, running: Sequence[Domain], threads: int, slow: deque[int]
) -> list[Domain]:
    """Claim slow sites of this batch, then those not tried yet, then all others that are due.

    ``slow`` spares the first claim a search through all domains that wait.
    """
    room = threads - len(running)
    n_again = sum(domain.attempts > 1 for domain in running)
    beside = min(room, retry_threads(threads) - n_again, threads - 1 - n_again)
    first = [slow.popleft() for _ in range(min(beside, len(slow)))]
    claimed = dataset.domains.tried().filter(pk__in=first).claim(len(first)) if first else []
    n_again += len(claimed)
    claimed += dataset.domains.untried().claim(room - len(claimed))
    room_again = min(room - len(claimed), retry_threads(threads) - n_again)
    if room_again > 0:
        claimed += dataset.domains.tried().claim(room_again)
    return claimed


def _claim_alone(dataset: Dataset) -> list[Domain]:
    """Claim one domain that lost workers before; end those that killed them alone."""
    while claimed := dataset.domains.suspects_alone().claim(1):
        if claimed[0].crashes < MAX_CRASHES:
            break
        _finish_failed(claimed[0], FetchError("crashed", "the worker died on this site"))
    return claimed


def _fetch(domain: Domain, find: FindLogo) -> FetchOutcome:
    try:
        site = find(domain)
        for captured in site.captures:
            store_image(captured.image)
    except StorageDown:
        raise
    except FetchError as error:
        return FetchOutcome(domain, error=error)
    except PipelineError as error:
        return FetchOutcome(domain, error=FetchError(error.code, str(error)))
    return FetchOutcome(domain, site=site)


def _save_results(
    running: dict[Future[FetchOutcome], Domain], finished: Collection[Future[FetchOutcome]]
) -> None:
    """Save what is done; none after the grace period of a stop, when what is left is handed back.

    On a busy machine, a hundred results take longer to save than the supervisor waits.
    """
    for part in chunks(finished, SAVED_TOGETHER):
        if draining.is_over():
            return
        ended = {running.pop(future): future for future in part}
        found = {domain: site for domain, one in ended.items() if (site := _found_by(one))}
        saved = _saved_together(found) if len(found) > 1 else ()
        for domain, future in ended.items():
            if domain not in saved:
                _save_result(domain, future)


def _is_tried_again_at_once(future: Future[FetchOutcome]) -> bool:
    if future.exception():
        return False
    outcome = future.result()
    error = outcome.error
    return error is not None and error.code == "timeout" and _may_retry(outcome.domain, error)


def _found_by(future: Future[FetchOutcome]) -> SiteLogo | None:
    return None if future.exception() else future.result().site


def _saved_together(found: Mapping[Domain, SiteLogo]) -> Collection[Domain]:
    """Save sites in one transaction, or none if one of them can't be."""
    try:
        _finish_found(found)
    except DatabaseError as error:  # such as a deadlock
        logger.warning("%d sites are saved one by one: %s", len(found), error)
        return ()
    return found


def _save_result(domain: Domain, future: Future[FetchOutcome]) -> None:
    """Save the result of a domain; an unexpected error fails this domain only."""
    error = future.exception()
    if error is None:
        save_outcome(future.result())
    elif isinstance(error, OSError) and error.errno in DISK_FULL:
        _postpone(domain, "disk_full", error)
    elif isinstance(error, StorageDown):
        _postpone(domain, error.code, error)
    else:
        logger.error("looking at %s failed", domain.name, exc_info=error)
        save_outcome(
            FetchOutcome(domain, error=FetchError("crashed", repr(error), is_transient=True))
        )


def _postpone(domain: Domain, code: str, error: BaseException) -> None:
    """Retry later without counting the attempt: it is not the site's fault."""
    logger.error("%s waits: %s", domain.name, error)
    _leased(domain).update(
        next_try_at=timezone.now() + BACKOFF,
        lease_token=None,
        attempts=domain.attempts - 1,
        error_code=code,
        error_detail=as_shown(str(error), MAX_DETAIL_CHARS),
    )


def save_outcome(outcome: FetchOutcome) -> None:
    """Save a result unless the lease was lost."""
    if outcome.site is not None:
        _finish_found({outcome.domain: outcome.site})
    elif outcome.error is not None and _may_retry(outcome.domain, outcome.error):
        _schedule_retry(outcome.domain, outcome.error)
    elif outcome.error is not None:
        _finish_failed(outcome.domain, outcome.error)


def _may_retry(domain: Domain, error: FetchError) -> bool:
    return error.is_transient and domain.attempts < tries_of(error)


def tries_of(error: FetchError) -> int:
    """Return the number of attempts for a transient error."""
    return MAX_TIMEOUTS if error.code == "timeout" else MAX_ATTEMPTS


def _leased(domain: Domain) -> QuerySet[Domain]:
    return Domain.objects.filter(
        pk=domain.pk, status=Domain.Status.PENDING, lease_token=domain.lease_token
    )


def _schedule_retry(domain: Domain, error: FetchError) -> None:
    _leased(domain).update(
        next_try_at=timezone.now() + _delay(domain, error),
        lease_token=None,
        error_code=error.code,
        error_detail=as_shown(str(error), MAX_DETAIL_CHARS),
    )


def _delay(domain: Domain, error: FetchError) -> timedelta:
    """Return the delay before a retry; none after a timeout: the next attempt waits longer."""
    is_slow = error.code == "timeout"
    return timedelta() if is_slow else BACKOFF * 2 ** (domain.attempts - 1)


@transaction.atomic
def _finish_failed(domain: Domain, error: FetchError) -> None:
    with counts.domains_kept(domain.dataset_id, [domain.pk]):
        _leased(domain).update(
            status=Domain.Status.FAILED,
            lease_token=None,
            finished_at=timezone.now(),
            error_code=error.code,
            error_detail=as_shown(str(error), MAX_DETAIL_CHARS),
        )


def _finish_found(found: Mapping[Domain, SiteLogo]) -> None:
    """Record the logos first, each in its own transaction.

    In one transaction two workers whose sites share two logos could deadlock.
    """
    images = {one.image.sha256: one.image for site in found.values() for one in site.captures}
    _save_found(found, {sha256: record_logo(image) for sha256, image in images.items()})


@transaction.atomic
def _save_found(found: Mapping[Domain, SiteLogo], logos: Mapping[str, Logo]) -> None:
    dataset_id = next(iter(found)).dataset_id
    with counts.domains_kept(dataset_id, [domain.pk for domain in found]):
        for domain, site in found.items():
            values = captures.found_values(site)
            if _leased(domain).update(status=Domain.Status.FOUND, lease_token=None, **values):
                captures.replace_offered(domain, site, logos)


def retry_failed(dataset: Dataset, code: str | None = None) -> int:
    """Make failed domains due again; return how many.

    ``code`` restricts them to one error code, or to several with commas.
    """
    failed = dataset.domains.failed()
    return retry(dataset, failed.filter(error_code__in=code.split(",")) if code else failed)


@transaction.atomic
def retry(dataset: Dataset, ended: QuerySet[Domain]) -> int:
    """Make some domains of ``dataset`` that ended due again; return how many.

    Another run is queued for the results, unless one waits already.
    """
    drawn = Lookup.objects.filter(domain__in=ended, kind=Lookup.Kind.RENDERED)
    drawn.exclude(pk__in=Lookup.objects.unfinished()).delete()  # they may be drawn again
    n_retried = ended.update(
        status=Domain.Status.PENDING,
        attempts=0,
        crashes=0,
        next_try_at=timezone.now(),
        finished_at=None,
        error_code="",
        error_detail="",
    )
    if n_retried:
        due.mark(dataset.pk)
        counts.recount_domains(dataset)
        request.request_again(dataset)
    return n_retried
