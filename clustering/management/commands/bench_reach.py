"""Benchmark of reach on loopback sites: cookie gates, scripts, frames, error pages, and others."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clustering import conf
from clustering.lab.bench.reach import KindScore, ReachScores, share_right
from clustering.lab.bench.reach.measure import measure
from clustering.pipeline.rendering.installation import installed
from clustering.services.fetching import rendering


class Command(BaseCommand):
    """Prints how many sites of each kind were reached, and how many answers were right."""

    requires_system_checks = ()
    help = "Fetch sites of the kinds that browsers reach. Example: manage.py bench_reach"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sites", type=int, default=300, help="number of sites (default 300)")
        parser.add_argument(
            "--browser", action="store_true", help="draw pages without a sure logo in Chromium"
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON")

    def handle(self, *_: object, **options: Any) -> None:
        chromium = installed(conf.browser_settings().path) if options["browser"] else ""
        if options["browser"] and not chromium:
            raise CommandError(rendering.problem())
        scores = measure(options["sites"], decoders=conf.decoder_processes(), chromium=chromium)
        lines = [_json(scores)] if options["as_json"] else _table(scores)
        self.stdout.write("\n".join(lines))


def _json(scores: ReachScores) -> str:
    found = {
        "kinds": [asdict(one) for one in scores.kinds],
        "share_right": share_right(scores.kinds),
        "share_right_of_all": share_right(scores.kinds, with_browser=True),
        "share_rendered": scores.share_rendered,
        "cpu_seconds": scores.cpu_seconds,
        "most_bytes": scores.most_bytes,
    }
    return json.dumps(found)


def _table(scores: ReachScores) -> list[str]:
    rows = [_row(one) for one in scores.kinds]
    share = f"{share_right(scores.kinds):.1%} right of the sites that need no browser"
    every = f"{share_right(scores.kinds, with_browser=True):.1%} right of all sites"
    drawn = (
        f"{scores.share_rendered:.1%} of the pages drawn, {scores.cpu_seconds:.2f} s of CPU and "
        f"at most {scores.most_bytes >> 20} MB each"
    )
    head = f"{'kind':<22}{'sites':>6}{'reached':>9}{'right':>7}{'drawn':>7}  other answers"
    return [head, *rows, "", share, every, *([drawn] if scores.share_rendered else [])]


def _row(score: KindScore) -> str:
    others = " ".join(f"{name}:{n}" for name, n in score.answers.items())
    name = f"{score.kind} *" if score.needs_browser else score.kind
    counts = f"{score.n_sites:>6}{score.n_reached:>9}{score.n_right:>7}{score.n_rendered:>7}"
    return f"{name:<22}{counts}  {others}"
