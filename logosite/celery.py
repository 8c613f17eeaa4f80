"""The queue; its settings are the CELERY_ ones of settings.py."""

import os

from celery import Celery
from celery.signals import worker_init, worker_shutting_down

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
