"""The queue; its settings are the CELERY_ ones of settings.py."""

import os
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Final

from celery import Celery
from celery.signals import (
    celeryd_init,
    task_postrun,
    task_prerun,
    worker_init,
    worker_process_init,
    worker_ready,
    worker_shutting_down,
)

from logosite import logs, processes

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "logosite.settings")

BULK_QUEUES: Final = {worker.queue for worker in processes.WORKERS} - {"interactive"}
NICENESS: Final = 10  # on a busy processor a tenth of the share of an ordinary process

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
def give_way(sender: str, **_: object) -> None:
    """Let the web server and the interactive worker have a busy processor first."""
    if sender.partition("@")[0] in BULK_QUEUES:
        os.nice(NICENESS)
        with suppress(OSError):  # Linux may also weigh sessions against each other
            Path("/proc/self/autogroup").write_text(str(NICENESS), encoding="ascii")


@celeryd_init.connect
def warm_up_compute(sender: str, **_: object) -> None:
    """Let the pool processes of a compute worker load and compile while they wait for work."""
    from clustering import conf

    if sender.startswith("compute@") and conf.warms_up():
        worker_process_init.connect(_warm_up, weak=False)


def _warm_up(**_: object) -> None:
    from clustering.services.work import process_resources

    Thread(target=process_resources.warm_up, name="warm-up", daemon=True).start()


@worker_ready.connect
def beat(sender: object = None, **_: object) -> None:
    """Tell the operator's page from now on that this worker is alive."""
    from clustering.services import operations

    name = str(getattr(sender, "hostname", "worker"))
    never = Event()  # the thread ends with its process

    def repeat() -> None:
        while not never.wait(operations.BEAT_SECONDS):
            operations.note_worker(name)

    operations.note_worker(name)
    Thread(target=repeat, name="beat", daemon=True).start()


_named = ExitStack()  # of the task that this pool process does


@task_prerun.connect
def name_task(task_id: str = "", task: object = None, args: object = (), **_: object) -> None:
    """Put the task and its ids into the log lines until it ends."""
    name = str(getattr(task, "name", "")).rpartition(".")[2]
    ids = ",".join(map(str, args)) if isinstance(args, list | tuple) else ""
    _named.enter_context(logs.bound(task=name, task_id=task_id, ids=ids))


@task_postrun.connect
def unname_task(**_: object) -> None:
    """Take them out again."""
    _named.close()
