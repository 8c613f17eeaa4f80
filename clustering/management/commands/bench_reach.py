"""Benchmark of reach on loopback sites: cookie gates, scripts, frames, error pages, and others."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from clustering import conf
from clustering.lab.bench.reach import KindScore, share_right
from clustering.lab.bench.reach.measure import measure


class Command(BaseCommand):
    """Prints how many sites of each kind were reached, and how many answers were right."""

    requires_system_checks = ()
    help = "Fetch sites of the kinds that browsers reach. Example: manage.py bench_reach"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sites", type=int, default=300, help="number of sites (default 300)")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON")

    def handle(self, *_: object, **options: Any) -> None:
        scores = measure(options["sites"], decoders=conf.decoder_processes())
        lines = [_json(scores)] if options["as_json"] else _table(scores)
        self.stdout.write("\n".join(lines))


def _json(scores: list[KindScore]) -> str:
    found = {"kinds": [asdict(one) for one in scores], "share_right": share_right(scores)}
    return json.dumps(found)


def _table(scores: list[KindScore]) -> list[str]:
    rows = [_row(one) for one in scores]
    share = f"{share_right(scores):.1%} right of the sites that need no browser"
    return [f"{'kind':<22}{'sites':>6}{'reached':>9}{'right':>7}  other answers", *rows, "", share]


def _row(score: KindScore) -> str:
    others = " ".join(f"{name}:{n}" for name, n in score.answers.items())
    name = f"{score.kind} *" if score.needs_browser else score.kind
    return f"{name:<22}{score.n_sites:>6}{score.n_reached:>9}{score.n_right:>7}  {others}"
