"""Digest of a run's result, and a whole run in its own process and database."""

import hashlib
import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

from django.core.management import call_command

from clustering import tasks
from clustering.models import Run, User
from clustering.services.datasets import intake
from tests.factories import make_user
from tests.tasks.driving import work_off

SCRIPT = "import django; django.setup(); from tests.tasks import digesting; digesting.main()"
ROOT = Path(__file__).resolve().parent.parent.parent


def digest(run: Run) -> str:
    """Return a digest of labels, probabilities and places by domain; no key of a row is in it."""
    rows = run.assignments.values_list(
        "domain__name", "logo__sha256", "cluster__number", "cluster__name", "probability", "x", "y"
    )
    return hashlib.sha256(json.dumps(sorted(rows)).encode()).hexdigest()


def run_of(user: User, path: Path, embedder: str = "descriptor") -> Run:
    """Upload ``path`` and work it off; return its run."""
    dataset = intake.receive_upload(
        user, source_name=path.name, chunks=[path.read_bytes()], embedder=embedder
    )
    work_off(dataset)
    intake.confirm(dataset, embedder=embedder)
    work_off(dataset)
    return dataset.runs.get()


def digest_elsewhere(path: Path) -> str:
    """Return the digest of ``path`` as another process with a new SQLite database makes it."""
    dropped = {"TEST_ON_SERVERS", "LOGOSITE_VAR", "DATABASE_URL"}
    environment = {name: value for name, value in os.environ.items() if name not in dropped}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(path)],
        cwd=ROOT,
        env=environment | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
        capture_output=True,
        check=True,
        text=True,
    )
    return done.stdout.split()[-1]


def main() -> None:
    """Print the digest of the archive that is named."""
    call_command("migrate", verbosity=0)
    with ExitStack() as stack:
        for task in (tasks.advance, tasks.embed_ahead, *tasks.TASKS.values()):
            stack.enter_context(patch.object(task, "delay"))
        sys.stdout.write(digest(run_of(make_user("alice"), Path(sys.argv[1]))))
