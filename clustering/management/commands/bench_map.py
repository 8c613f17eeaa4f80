"""Benchmark of the map page in headless Chromium, on loopback.

Needs Playwright, which the tests bring along (tests/requirements.txt), and a Chromium.
"""

import json
import os
import socket
import statistics
import subprocess
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict, fields

from django.core.management.base import BaseCommand, CommandError

from clustering.lab.bench.map import Opening
from clustering.lab.bench.map.browser import drawn, opened
from clustering.lab.bench.map.serving import served
from clustering.pipeline.rendering.installation import installed, problem


class Command(BaseCommand):
    """Prints the timings of each page load and the medians.

    The product's web server serves a temporary database. Each page load uses a new browser with
    an empty cache. The map counts as drawn when its pixels can be read back, an action bar or a
    logo when the frame that shows it is painted.
    """

    requires_system_checks = ()
    help = (
        "Measure the map page in headless Chromium with generated points. "
        "Example: manage.py bench_map --n 20000 --openings 3"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--n", type=int, default=100_000, help="number of points (default 100000)"
        )
        parser.add_argument("--openings", type=int, default=7, help="page loads (default 7)")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON")

    def handle(self, *_: object, n: int, openings: int, as_json: bool, **__: object) -> None:
        found: list[Opening] = []
        if not as_json:
            self.stdout.write(HEAD)
        for opening in _openings(n, openings):
            found.append(opening)
            if not as_json:
                self.stdout.write(_line(str(len(found)), opening))
        if as_json:
            self.stdout.write(json.dumps([asdict(one) for one in found]))
            return
        median = _median(found)
        self.stdout.write(_line("median", median))
        self.stdout.write(
            f"{median.points_bytes:,.0f} bytes of points, {median.names_bytes:,.0f} of names; "
            f"{median.n_pixels:,.0f} pixels drawn; {median.n_lassoed:,.0f} logos in a lasso; "
            f"{median.n_logos:,.0f} logos shown"
        )


def _openings(n_points: int, n_openings: int) -> Iterator[Opening]:
    named = os.environ.get("CHROMIUM", "")
    if missing := problem(named):
        raise CommandError(missing)
    from playwright.sync_api import sync_playwright

    chromium = installed(named)
    try:
        with served(n_points, port=_free_port()) as site, sync_playwright() as playwright:
            # Web server and disk have seen the page before, the browser has not.
            with drawn(playwright, chromium, site):
                pass
            for number in range(n_openings):
                # Each opening zooms into another place, whose thumbnails are not made yet.
                yield opened(playwright, chromium, site, (number + 1) / (n_openings + 1))
    except subprocess.CalledProcessError as error:
        raise CommandError(f"planting ended with status {error.returncode}") from error
    except TimeoutError as error:
        raise CommandError(str(error)) from error


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _median(found: list[Opening]) -> Opening:
    columns = {
        one.name: statistics.median(getattr(opening, one.name) for opening in found)
        for one in fields(Opening)
    }
    return Opening(**columns)


COLUMNS = {
    "page": "page_seconds",
    "server": "server_seconds",
    "data": "arrived_seconds",
    "drawing": "drawing_seconds",
    "drawn": "drawn_seconds",
    "named": "named_seconds",
    "hover": "hover_seconds",
    "zoom": "zoom_seconds",
    "lasso": "lasso_seconds",
    "landmark": "landmarks_seconds",
    "logos": "logos_seconds",
}
HEAD = f"{'':<8}" + "".join(f"{name:>9}" for name in COLUMNS) + "  seconds"


def _line(name: str, opening: Opening) -> str:
    return f"{name:<8}" + "".join(f"{getattr(opening, one):>9.3f}" for one in COLUMNS.values())
