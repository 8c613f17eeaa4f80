"""Celery tasks: take an id, call one service, send the next task.

Any task may be delivered twice, late or never: the rows are the work list, and the sweep
resends lost tasks.
"""

import logging
from functools import partial
from typing import Any

from celery import Task, shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from clustering import conf
from clustering.models import Dataset
from clustering.pipeline.domains import reading
from clustering.pipeline.imaging.decoder import Decoder
from clustering.pipeline.naming.reading import rapidocr_engine
from clustering.services import (
    audit,
    embedding,
    operations,
    readiness,
    sessions,
    storage,
    words,
    workflow,
)
from clustering.services.classification import request, worker
from clustering.services.datasets import intake, lifecycle, sharing
from clustering.services.fetching import rendering, site_access
from clustering.services.fetching.worker import fetch_batch
from clustering.services.logos import lookups
from clustering.services.placement import incremental
from clustering.services.quality import measure
from clustering.services.runs import compute
from clustering.services.tuning import search
from clustering.services.webhooks import events, sending
from clustering.services.work import due, leases, process_resources

FETCH_BATCH = 500  # domains a message; between messages other data sets get their turn
EMBED_BATCH = 128  # logos a message; about a second with the built-in embedder
SMALL_UPLOAD_BYTES = 2_000_000  # a list of 100,000 domains
PLACE_BATCH = 512  # logos a message; each message reads the vectors of the run once
DELETE_SECONDS = 20.0  # a message; then others get their turn
SWEEP_EXPIRES_SECONDS = 5.0  # as often as the sweep runs, so that a busy queue does not fill up


logger = logging.getLogger(__name__)


def send_on_commit(task: "Task[Any, Any]", *ids: int) -> None:
    """Send a task once the transaction commits; if the broker is down, the sweep sends it."""

    def send() -> None:
        try:
            task.delay(*ids)
        except OperationalError as error:
            logger.warning("%s%s could not be sent: %s", task.name, ids, error)

    transaction.on_commit(send, robust=True)


def _send(work: workflow.Work, dataset: Dataset, **options: Any) -> None:
    """Send the task of a stage; a small upload does not wait behind runs."""
    if work is workflow.Work.READ and dataset.source_bytes <= SMALL_UPLOAD_BYTES:
        options["queue"] = "interactive"
    TASKS[work].apply_async((dataset.pk,), **options)


@shared_task(ignore_result=True)
def advance(dataset_id: int) -> None:
    """Send the task that the rows ask for; none, if all waits or has ended."""
    dataset = Dataset.objects.filter(pk=dataset_id).first()
    work = workflow.next_stage(dataset) if dataset else None
    if dataset is not None and work is not None:
        _send(work, dataset)


@shared_task(ignore_result=True)
def read_upload(dataset_id: int) -> None:
    """Read an upload for its preview or its import; a second delivery finds it done."""
    dataset = Dataset.objects.filter(pk=dataset_id).first()
    if dataset is None:
        return
    intake.read_upload(
        dataset,
        read=partial(reading.read_upload, max_rows=conf.upload_max_rows()),
        decoder=partial(Decoder, 1),
        on_first_rows=partial(advance.delay, dataset_id),
    )
    advance.delay(dataset_id)


@shared_task(ignore_result=True)
def fetch_logos(dataset_id: int) -> None:
    """Fetch one batch of logos, and come back while domains are due.

    The work list is the Domain table, not this message: delivered twice, lost or late, the
    outcome is the same. A deleted data set is not an error.
    """
    dataset = Dataset.objects.filter(pk=dataset_id).first()
    if dataset is None:
        return
    with site_access.finder_for(dataset) as find:
        fetch_batch(dataset, find=find, limit=FETCH_BATCH, threads=conf.fetch_options().threads)
    if rendering.ask(dataset):
        render_pages.delay()
    embed_ahead.delay(dataset_id)
    advance.delay(dataset_id)


@shared_task(ignore_result=True)
def embed_ahead(dataset_id: int) -> None:
    """Embed a full batch while other domains are fetched, and come back for the next one."""
    dataset = Dataset.objects.filter(pk=dataset_id, cancelled_at=None, deleted_at=None).first()
    waiting = workflow.due_run(dataset) if dataset else None
    if dataset is None or waiting is None or not embedding.has_batch(waiting, EMBED_BATCH):
        return
    run = leases.claim(waiting)
    if run is None:
        return
    make = process_resources.embedder
    embedding.embed_for(run, make=make, limit=EMBED_BATCH, counts_total=False)
    # The last fetch may have ended meanwhile and found the run leased.
    again = embed_ahead if dataset.domains.pending().exists() else advance
    again.delay(dataset_id)


@shared_task(ignore_result=True)
def render_pages() -> None:
    """Draw pages that wait for a browser, and come back while some do."""
    if rendering.render_due(site_access.rendering_thread, site_access.rendered_site):
        render_pages.delay()


@shared_task(ignore_result=True)
def embed_logos(dataset_id: int) -> None:
    """Embed one batch of logos for the oldest waiting run; one that is held is left alone."""
    dataset = Dataset.objects.filter(pk=dataset_id).first()
    waiting = workflow.due_run(dataset) if dataset else None
    run = leases.claim(waiting) if waiting else None
    if run is None:
        return
    embedding.embed_for(run, make=process_resources.embedder, limit=EMBED_BATCH)
    advance.delay(dataset_id)


@shared_task(ignore_result=True)
def compute_run(dataset_id: int) -> None:
    """Compute the oldest waiting run, unless another worker holds it."""
    dataset = Dataset.objects.filter(pk=dataset_id).first()
    waiting = workflow.due_run(dataset) if dataset else None
    run = compute.claim(waiting) if waiting else None
    if run is None:
        return
    compute.compute(run)
    advance.delay(dataset_id)


@shared_task(ignore_result=True)
def place_logos(dataset_id: int) -> None:
    """Place a batch of new logos into the finished run, unless another worker holds it."""
    dataset = Dataset.objects.filter(pk=dataset_id).first()
    late = incremental.due_run(dataset) if dataset else None
    run = leases.claim_finished(late) if late else None
    if run is None:
        return
    incremental.place_for(run, make=process_resources.embedder, limit=PLACE_BATCH)
    advance.delay(dataset_id)


@shared_task(ignore_result=True)
def read_words(dataset_id: int) -> None:
    """Read the words in some logos, unless another worker does, and come back for the next."""
    dataset = Dataset.objects.filter(pk=dataset_id, cancelled_at=None, deleted_at=None).first()
    asked = words.claim(dataset) if dataset else None
    if asked is None:
        return
    words.read_next(asked, rapidocr_engine())
    advance.delay(dataset_id)


@shared_task(ignore_result=True)
def delete_dataset(dataset_id: int) -> None:
    """Delete a part of a data set, and come back while rows are left."""
    dataset = Dataset.objects.filter(pk=dataset_id, deleted_at__isnull=False).first()
    if dataset is not None and not lifecycle.delete_rows(dataset, seconds=DELETE_SECONDS):
        advance.delay(dataset_id)


@shared_task(ignore_result=True)
def tune(tuning_id: int) -> None:
    """Run a parameter search, unless it is held, finished or deleted."""
    claimed = search.claim(tuning_id)
    if claimed is not None:
        search.compute(claimed)


@shared_task(ignore_result=True)
def report_quality(report_id: int) -> None:
    """Compute a quality report, unless it is held, finished or deleted."""
    report = measure.claim(report_id)
    if report is not None:
        measure.compute(report)


@shared_task(ignore_result=True)
def look_up(lookup_id: int) -> None:
    """Run a lookup, unless it is held or finished."""
    lookup = lookups.claim(lookup_id)
    if lookup is None:
        return
    dataset = lookup.domain.dataset
    lookups.serve(lookup, site_access.lookup_tools(dataset))
    advance.delay(dataset.pk)


@shared_task(ignore_result=True)
def see_classification(classification_id: int) -> None:
    """Fetch the image of a classification request, unless it is held or finished."""
    asked = worker.claim(classification_id)
    if asked is None:
        return
    worker.fetch(asked, site_access.lookup_tools(asked.dataset))
    answer_classifications.delay()


@shared_task(ignore_result=True)
def answer_classifications() -> None:
    """Classify one batch of fetched images; repeat while some are due."""
    asked = worker.claim_to_answer(EMBED_BATCH)
    if not asked:
        return
    worker.answer(asked, make=process_resources.embedder)
    answer_classifications.delay()


@shared_task(ignore_result=True)
def sweep() -> None:
    """Resend lost tasks: the next stage of every data set with work and no worker.

    One query while no data set has work.
    """
    readiness.note_sweep()
    datasets = due.marked()
    if not datasets:
        return
    _send_due()
    for dataset in datasets:
        work = workflow.next_stage(dataset)
        if work is not None:
            _send(work, dataset, expires=SWEEP_EXPIRES_SECONDS)
        elif workflow.is_done(dataset):
            due.unmark(dataset)


def _send_due() -> None:
    """Send the tasks of all work that is not a stage of a data set."""
    for task, ids in (
        (look_up, lookups.due_ids()),
        (tune, search.due_ids()),
        (report_quality, measure.due_ids()),
        (see_classification, worker.due_ids()),
    ):
        for pk in ids:
            task.apply_async((pk,), expires=SWEEP_EXPIRES_SECONDS)
    if worker.has_answers_due():
        answer_classifications.apply_async(expires=SWEEP_EXPIRES_SECONDS)
    wanted = rendering.n_wanted()
    if wanted and operations.queue_depths().get("browser"):
        return  # no worker takes them, where there is no browser
    for _ in range(wanted):
        render_pages.apply_async(expires=SWEEP_EXPIRES_SECONDS)


@shared_task(ignore_result=True)
def call_webhooks() -> None:
    """Queue what webhooks are to be told, and send what is due; a lost message is no loss."""
    events.collect()
    sending.send_due()


@shared_task(ignore_result=True)
def forget_old() -> None:
    """Delete what is kept for a time only."""
    request.forget_old()
    sharing.forget_expired()
    sessions.forget_old()
    audit.forget_old()
    lifecycle.forget_drafts()
    storage.forget_spools()
    sending.forget_old()


TASKS = {
    workflow.Work.READ: read_upload,
    workflow.Work.FETCH: fetch_logos,
    workflow.Work.EMBED: embed_logos,
    workflow.Work.RUN: compute_run,
    workflow.Work.PLACE: place_logos,
    workflow.Work.WORDS: read_words,
    workflow.Work.DELETE: delete_dataset,
}
