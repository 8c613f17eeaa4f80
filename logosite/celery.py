"""The queue: JSON only, late acknowledgement, one task at a time per process."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "logosite.settings")
# After the line above, because Celery reads Django's settings when it is configured.
from django.conf import settings  # noqa: TID251

SWEEP_SECONDS = 5.0
LONGEST_TASK_SECONDS = 3600

app = Celery("logosite")
app.conf.update(
    broker_url=settings.REDIS_URL,
    task_serializer="json",
    result_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    # A message is acknowledged after its work: a killed worker's message comes back. The rows
    # make a second delivery harmless (docs/architecture.md, "Resume and idempotency").
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    broker_transport_options={"visibility_timeout": 3 * LONGEST_TASK_SECONDS + 60},
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    worker_hijack_root_logger=False,
    timezone="UTC",
    task_default_queue="io",
    task_routes={
        "clustering.tasks.read_upload": {"queue": "compute"},
        "clustering.tasks.embed_logos": {"queue": "compute"},
        "clustering.tasks.compute_run": {"queue": "compute"},
    },
    beat_schedule={
        "sweep": {
            "task": "clustering.tasks.sweep",
            "schedule": SWEEP_SECONDS,
            "options": {"expires": SWEEP_SECONDS},
        },
    },
)
app.autodiscover_tasks(["clustering"])
