"""Time previews beside a run and beside a search: ``bench_preview --logos 30000``."""

import json
import subprocess
import sys
from argparse import ArgumentParser
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from django.core.management.base import BaseCommand, CommandError

from clustering.lab import ROOT
from clustering.lab.bench import isolated
from clustering.lab.bench.upload.product import HOST, free_port, started

DRIVER: Final = "clustering.lab.bench.preview.driver"
MAX_SECONDS_MORE: Final = 2.0


class Command(BaseCommand):
    requires_system_checks = ()
    help = (
        "Start the product in a temporary folder and time the preview of a list of 1,000 domains: "
        "alone, beside a run, and beside a search for parameters. Fails if a preview takes over "
        "2 s more than alone. Example: manage.py bench_preview --logos 30000"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--logos", type=int, default=3_000, help="logos (default 3000)")
        parser.add_argument("--times", type=int, default=3, help="previews of each kind")
        parser.add_argument(
            "--database",
            default="",
            help="URL of an empty PostgreSQL database; SQLite in a temporary folder otherwise",
        )

    def handle(self, *_: object, logos: int, times: int, database: str, **__: object) -> None:
        try:
            seconds = measured(logos, times, database)
        except (subprocess.CalledProcessError, TimeoutError) as error:
            raise CommandError(str(error)) from error
        for kind, found in seconds.items():
            shown = "  ".join(f"{one:.2f}" for one in found) or "ended before the first preview"
            self.stdout.write(f"{kind:<16} seconds: {shown}")
        if not seconds["beside a run"]:
            raise CommandError("the run ended before the first preview; take more logos")
        alone = median(seconds["alone"])
        worst = max(one for found in seconds.values() for one in found)
        if worst > alone + MAX_SECONDS_MORE:
            raise CommandError(f"a preview took {worst - alone:.1f} s more than alone")


def measured(n_logos: int, n_times: int, database: str) -> dict[str, list[float]]:
    """Return the seconds of the previews by what was computed beside them."""
    port = free_port()
    with TemporaryDirectory(prefix="bench-preview-") as folder:
        environment = isolated.environment(folder, site_url=f"http://{HOST}:{port}")
        if database:
            environment["DATABASE_URL"] = database
        with started(port, environment):
            done = subprocess.run(  # noqa: S603 - our own interpreter, our own code
                [sys.executable, "-m", DRIVER, str(n_logos), str(n_times)],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.PIPE,
                check=True,
            )
    seconds: dict[str, list[float]] = json.loads(done.stdout)
    return seconds
