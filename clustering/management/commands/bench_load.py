"""Users at work while runs are computed: ``bench_load --n 100000 --users 20 --seconds 600``."""

import json
import subprocess
import sys
from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from clustering.lab import ROOT
from clustering.lab.bench import isolated
from clustering.lab.bench.load import Waited, together
from clustering.lab.bench.upload.product import HOST, free_port, started

DRIVER: Final = "clustering.lab.bench.load.driver"
GALLERY_P95: Final = 0.3  # seconds
DECISION_P95: Final = 0.15
LOCKED: Final = "database is locked"


@dataclass
class Found:
    """What the users saw, and what the product printed."""

    answers: dict[str, Waited]
    n_runs: int
    running: float
    """Seconds during which a run was computed."""
    log: list[str]


class Command(BaseCommand):
    requires_system_checks = ()
    help = (
        "Start the product in a temporary folder, plant a data set, and let users look at it "
        "and decide while runs are computed on another of the same size. Fails if the gallery's "
        "p95 is over 300 ms, a decision's over 150 ms, the server fails once, or runs were "
        "computed for less than half of the time. "
        "Example: bench_load --n 100000 --users 20 --seconds 600 "
        "--database postgresql://postgres@127.0.0.1/bench"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--n", type=int, default=3416, help="domains of each data set")
        parser.add_argument("--users", type=int, default=5)
        parser.add_argument("--seconds", type=int, default=60)
        parser.add_argument(
            "--database",
            default="",
            help="URL of an empty PostgreSQL database; SQLite in a temporary folder otherwise",
        )
        parser.add_argument("--log", type=Path, help="file for the output of the product")

    def handle(
        self,
        *_: object,
        n: int,
        users: int,
        seconds: int,
        database: str,
        log: Path | None,
        **__: object,
    ) -> None:
        try:
            found = measured(n, users, seconds, database)
        except (subprocess.CalledProcessError, TimeoutError) as error:
            raise CommandError(str(error)) from error
        if log:
            log.write_text("\n".join(found.log), encoding="utf-8")
        self.stdout.write(f"{'':<24}{'n':>7}{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}  answers")
        for name, waited in sorted(found.answers.items()):
            self.stdout.write(_line(name, waited))
        gallery, decisions = _of(found, "gallery"), _of(found, "decision")
        everything = _of(found, "")
        for name, waited in (("gallery", gallery), ("decisions", decisions), ("all", everything)):
            self.stdout.write(_line(name.upper(), waited))
        n_locked = sum(LOCKED in line for line in found.log)
        self.stdout.write(
            f"{everything.n_faults} failures of the server, {n_locked} times {LOCKED!r}; "
            f"a run was computed for {found.running:.0f} of {seconds} s, {found.n_runs} ended"
        )
        missed = [
            text
            for text, is_missed in (
                ("gallery", gallery.p(0.95) > GALLERY_P95),
                ("decisions", decisions.p(0.95) > DECISION_P95),
                ("failures", everything.n_faults > 0),
                ("locks", n_locked > 0),
                ("time of the runs", 2 * found.running < seconds),
            )
            if is_missed
        ]
        if missed:
            raise CommandError(f"over the limit: {', '.join(missed)}")


def measured(n_domains: int, n_users: int, seconds: int, database: str) -> Found:
    """Start a separate installation and return what its simulated users measured."""
    port = free_port()
    url = f"http://{HOST}:{port}"
    with TemporaryDirectory(prefix="bench-load-") as folder:
        environment = isolated.environment(folder, site_url=url)
        if database:
            environment["DATABASE_URL"] = database
        printed = Path(folder) / "product.log"
        with printed.open("wb") as log, started(port, environment, log=log):
            done = subprocess.run(  # noqa: S603 - our own interpreter, our own code
                [sys.executable, "-m", DRIVER, url, *map(str, (n_domains, n_users, seconds))],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.PIPE,
                check=True,
            )
        lines = printed.read_text(encoding="utf-8", errors="replace").splitlines()
    read: dict[str, Any] = json.loads(done.stdout)
    answers = {name: Waited(**values) for name, values in read["answers"].items()}
    return Found(answers, read["n_runs"], read["running"], lines)


def _of(found: Found, beginning: str) -> Waited:
    """Return all answers whose name begins like this as one."""
    return together(one for name, one in found.answers.items() if name.startswith(beginning))


def _line(name: str, waited: Waited) -> str:
    p50, p95, most = (1000 * waited.p(share) for share in (0.5, 0.95, 1.0))
    statuses = ", ".join(f"{n} x {status}" for status, n in sorted(waited.statuses.items()))
    return f"{name:<24}{len(waited.seconds):>7}{p50:>9.1f}{p95:>9.1f}{most:>9.1f}  {statuses}"
