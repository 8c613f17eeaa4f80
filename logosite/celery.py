"""The queue; its settings are the CELERY_ ones of settings.py."""

import os
from threading import Thread

from celery import Celery
from celery.signals import (
    celeryd_init,
    worker_init,
    worker_process_init,
    worker_shutting_down,
)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "logosite.settings")

app = Celery("logosite")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def watch_for_the_end(**_: object) -> None:
    """Let the tasks know of a warm shutdown; before the pool is forked."""
    from clustering.services.work import draining

    draining.forget()
    worker_shutting_down.connect(lambda **_: draining.begin(), weak=False)


@celeryd_init.connect
def warm_up_compute(sender: str, **_: object) -> None:
    """Let the pool processes of a compute worker load and compile while they wait for work."""
    if sender.startswith("compute@"):
        worker_process_init.connect(_warm_up, weak=False)


def _warm_up(**_: object) -> None:
    from clustering.services.work import process_resources

    Thread(target=process_resources.warm_up, name="warm-up", daemon=True).start()
