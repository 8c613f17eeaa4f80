"""Bulk mode: ``bulk run FOLDER``, ``bulk resume FOLDER``, ``bulk status FOLDER``."""

import os
import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from clustering.pipeline.bulk import running
from clustering.pipeline.bulk.engines import Engine, Processes
from clustering.pipeline.bulk.on_ray import OnRay
from clustering.pipeline.bulk.running import StageProgress
from clustering.pipeline.errors import PipelineError

ENGINES: Final[dict[str, Callable[[int], Engine]]] = {"processes": Processes, "ray": OnRay}


class Command(BaseCommand):
    """Runs the tasks of a bulk run whose files are missing, and prints progress."""

    requires_system_checks = ()
    help = (
        "Fetch and cluster very long lists in shards. "
        "Example: manage.py bulk run s3://bucket/run --workers 8"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        for name, text in (
            ("run", "compute what is missing"),
            ("resume", "the same, after an interruption"),
        ):
            action = actions.add_parser(name, help=text)
            _add_folder(action)
            action.add_argument(
                "--workers",
                type=int,
                default=os.cpu_count(),
                help="processes, e.g. 4 (default: one for each core)",
            )
            action.add_argument(
                "--engine",
                choices=list(ENGINES),
                default="processes",
                help="processes of this machine, or ray: the cluster of RAY_ADDRESS, "
                "else Ray on this machine (default: %(default)s)",
            )
        _add_folder(actions.add_parser("status", help="print shards done, failing, rate and ETA"))

    def handle(self, *_: object, action: str, folder: str, **options: Any) -> None:
        try:
            if action == "status":
                for progress in running.progress(folder):
                    self.stdout.write(_line(progress))
            else:
                self._run(folder, ENGINES[options["engine"]](options["workers"]))
        except PipelineError as error:
            raise CommandError(str(error)) from error

    def _run(self, folder: str, engine: Engine) -> None:
        clock = _Clock()
        with engine:
            running.run(
                folder,
                engine,
                lambda progress: self.stdout.write(f"{_line(progress)}  {clock.tell(progress)}"),
            )
        self.stdout.write(f"labels of all images: {folder}/labels")


def _add_folder(parser: ArgumentParser) -> None:
    parser.add_argument("folder", help="folder of the run, or an address such as s3://bucket/run")


def _line(progress: StageProgress) -> str:
    n_tasks = "?" if progress.n_tasks is None else f"{progress.n_tasks:,}"
    size = f"  {progress.n_bytes / 1e6:,.1f} MB" if progress.n_bytes else ""
    return f"{progress.stage:<12}{progress.n_done:>9,} of {n_tasks}{size}"


class _Clock:
    """Tells the rate of a stage, and when it will be done."""

    def __init__(self) -> None:
        self._stage, self._n_before, self._started = "", 0, time.monotonic()

    def tell(self, progress: StageProgress) -> str:
        if progress.stage != self._stage:
            self._stage, self._n_before = progress.stage, progress.n_done
            self._started = time.monotonic()
            return ""
        seconds = time.monotonic() - self._started
        rate = (progress.n_done - self._n_before) / max(seconds, 1e-3)
        left = ((progress.n_tasks or 0) - progress.n_done) / rate
        return f"{rate * 60:,.1f} a minute, {left / 60:,.0f} minutes left"
