"""Measure work on all rows: ``bench_rows --n 1000000 --database postgresql://...``."""

import json
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from tempfile import TemporaryDirectory
from typing import Final

from django.core.management.base import BaseCommand, CommandError

from clustering.lab import ROOT
from clustering.lab.bench.isolated import with_database
from clustering.lab.bench.rows import RowsCost

FILES: Final = ("clusters.json", "clusters.full.json", "domains.csv")
HEAD: Final = (
    f"{'':<24}{'domains':>10}{'first s':>9}{'all s':>8}{'CPU s':>8}{'peak MB':>9}{'gap s':>7}"
    f"{'MB':>7}"
)


class Command(BaseCommand):
    requires_system_checks = ()
    help = (
        "Export, import and delete a planted data set, each in a process of its own; print the "
        "seconds to the first byte and to the end, CPU time, peak memory, and the longest pause "
        "between two steps of a bar. "
        "Example: bench_rows --n 100000 --database postgresql://postgres@127.0.0.1/bench"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--n", type=int, default=100_000, help="domains")
        parser.add_argument(
            "--database",
            default="",
            help="URL of an empty PostgreSQL database; SQLite in a temporary folder otherwise",
        )

    def handle(self, *_: object, n: int, database: str, **__: object) -> None:
        self.stdout.write(HEAD)
        for cost in measured(n, database):
            self.stdout.write(
                f"{cost.work:<24}{cost.n_domains:>10,}{cost.first_seconds:>9.2f}"
                f"{cost.seconds:>8.1f}{cost.cpu_seconds:>8.1f}{cost.peak_bytes / 1e6:>9.0f}"
                f"{cost.longest_gap_seconds:>7.2f}{cost.n_bytes / 1e6:>7.1f}"
            )


def measured(n_domains: int, database: str) -> Iterator[RowsCost]:
    """Do each piece of work in a new process, on a database of its own."""
    with TemporaryDirectory(prefix="bench-rows-") as folder:
        environment = with_database(folder, database)
        for work, argument in (
            ("plant", ""),
            *(("export", file) for file in FILES),
            ("import", ""),
            ("delete", ""),
        ):
            yield from _done(work, argument, n_domains, environment)


def _done(
    work: str, argument: str, n_domains: int, environment: Mapping[str, str]
) -> Iterator[RowsCost]:
    done = subprocess.run(  # noqa: S603 # our own interpreter, our own code
        [sys.executable, "-m", "clustering.lab.bench.rows.child", work, argument, str(n_domains)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise CommandError(f"{work} ended with status {done.returncode}")
    yield from (RowsCost(**json.loads(line)) for line in done.stdout.splitlines())
