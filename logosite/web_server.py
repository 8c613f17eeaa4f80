"""Hooks of gunicorn: ``gunicorn --config=python:logosite.web_server``."""

import gc
import os
import shutil
import sys
import tempfile
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Final

from django.conf import settings  # noqa: TID251 - configures the server itself

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "logosite.settings")

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder below it gets a random name and mode 700
METRICS = "PROMETHEUS_MULTIPROC_DIR"
# A tenth of Python's default. While a page is computed, a decision waits that long for the
# interpreter after each of its fifty queries.
SWITCH_SECONDS: Final = 0.0005


def on_starting(_server: object) -> None:
    """Give the workers an empty folder in which they add up their metrics.

    In memory: the files are mapped, and a write to a map on a full disk kills the process.
    """
    place = MEMORY if os.access(MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    prefix = f"logosite-metrics-{sha256(os.fsencode(settings.VAR_DIR)).hexdigest()[:12]}-"
    for left in place.glob(f"{prefix}*"):  # by a server that was killed
        shutil.rmtree(left, ignore_errors=True)
    os.environ[METRICS] = tempfile.mkdtemp(prefix=prefix, dir=place)


def on_exit(_server: object) -> None:
    """Remove the folder of the metrics."""
    shutil.rmtree(os.environ[METRICS], ignore_errors=True)


def post_worker_init(_worker: object) -> None:
    """Load all pages, then exclude what is loaded from garbage collection.

    It stays loaded. Otherwise a full collection, once in some hundred requests, visits 200,000
    objects and stops all threads of the process for 150 ms.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    import_module(settings.ROOT_URLCONF)
    gc.collect()
    gc.freeze()
