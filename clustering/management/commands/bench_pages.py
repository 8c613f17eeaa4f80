"""Measure the pages on planted data sets: ``bench_pages --n 3416 100000``."""

import json
import math
import subprocess
import sys
from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from tempfile import TemporaryDirectory

from django.core.management.base import BaseCommand, CommandError

from clustering.lab import ROOT
from clustering.lab.bench.isolated import with_database
from clustering.lab.bench.pages import PageCost

HEAD = f"{'':<42}{'domains':>10}{'p50 ms':>9}{'p95 ms':>9}{'queries':>9}{'rows':>12}{'bytes':>11}"


class Command(BaseCommand):
    requires_system_checks = ()
    help = (
        "Plant data sets of several sizes in one new database, ask every page of each, make 1,000 "
        "decisions and measure undo, history and carry-over; print times, queries, rows read and "
        "growth exponents. "
        "Example: bench_pages --n 3416 100000 --database postgresql://postgres@127.0.0.1/bench"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--n", type=int, nargs="+", default=[3416, 100_000], help="domains of each data set"
        )
        parser.add_argument("--times", type=int, default=5, help="timed requests per page")
        parser.add_argument(
            "--database",
            default="",
            help="URL of an empty PostgreSQL database; SQLite in a temporary folder otherwise",
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON lines")

    def handle(
        self, *_: object, n: list[int], times: int, database: str, as_json: bool, **__: object
    ) -> None:
        costs = measured(n, times, database)
        if as_json:
            for cost in costs:
                self.stdout.write(json.dumps(asdict(cost)))
            return
        self.stdout.write(HEAD)
        for cost in costs:
            self.stdout.write(_line(cost))
        for line in _growth(costs):
            self.stdout.write(line)


def measured(sizes: Sequence[int], times: int, database: str) -> list[PageCost]:
    """Measure in a new process with its own database."""
    with TemporaryDirectory(prefix="bench-pages-") as folder:
        environment = with_database(folder, database)
        done = subprocess.run(  # noqa: S603 # our own interpreter, our own code
            [sys.executable, "-m", "clustering.lab.bench.pages.child", str(times)]
            + [str(size) for size in sizes],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            check=False,
        )
    if done.returncode:
        raise CommandError(f"the measuring process ended with status {done.returncode}")
    return [PageCost(**json.loads(line)) for line in done.stdout.splitlines()]


def _line(cost: PageCost) -> str:
    note = "" if cost.status == 200 else f"  status {cost.status}"
    return (
        f"{cost.page:<42}{cost.n_domains:>10,}{1000 * cost.p50_seconds:>9.1f}"
        f"{1000 * cost.p95_seconds:>9.1f}{cost.n_queries:>9}{cost.rows_read:>12,}"
        f"{cost.n_bytes:>11,}{note}"
    )


def _growth(costs: Iterable[PageCost]) -> list[str]:
    """Return the exponents of each page from its smallest to its largest data set.

    Bytes tell where a page takes longer because it shows more.
    """
    by_page: dict[str, list[PageCost]] = defaultdict(list)
    for cost in costs:
        by_page[cost.page].append(cost)
    lines = ["", f"{'growth':<42}{'time':>9}{'rows':>9}{'bytes':>9}"]
    for page, found in by_page.items():
        low, high = min(found, key=_size), max(found, key=_size)
        if low is not high:
            factor = math.log(high.n_domains / low.n_domains)
            time = math.log(high.p50_seconds / low.p50_seconds) / factor
            rows = math.log(max(1, high.rows_read) / max(1, low.rows_read)) / factor
            shown = math.log(max(1, high.n_bytes) / max(1, low.n_bytes)) / factor
            lines.append(f"{page:<42}{time:>9.2f}{rows:>9.2f}{shown:>9.2f}")
    return lines


def _size(cost: PageCost) -> int:
    return cost.n_domains
