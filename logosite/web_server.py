"""Hooks of gunicorn's master process: ``gunicorn --config=python:logosite.web_server``."""

import os
import shutil
import socket
from pathlib import Path

from django.conf import settings  # noqa: TID251 - configures the server itself

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "logosite.settings")


def on_starting(_server: object) -> None:
    """Give the workers an empty folder in which they add up their metrics."""
    folder = Path(settings.VAR_DIR) / "metrics" / socket.gethostname()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
