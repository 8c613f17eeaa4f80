"""Hooks of gunicorn: ``gunicorn --config=python:logosite.web_server``."""

import gc
import os
import shutil
import socket
from importlib import import_module
from pathlib import Path

from django.conf import settings  # noqa: TID251 - configures the server itself

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "logosite.settings")


def on_starting(_server: object) -> None:
    """Give the workers an empty folder in which they add up their metrics."""
    folder = Path(settings.VAR_DIR) / "metrics" / socket.gethostname()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def post_worker_init(_worker: object) -> None:
    """Load all pages, then exclude what is loaded from garbage collection.

    It stays loaded. Otherwise a full collection, once in some hundred requests, visits 200,000
    objects and stops all threads of the process for 150 ms.
    """
    import_module(settings.ROOT_URLCONF)
    gc.collect()
    gc.freeze()
