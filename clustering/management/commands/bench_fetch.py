"""Benchmark of the fetcher on loopback sites.

``--hostile N`` mixes in hostile sites, ``--soak N`` measures a worker's memory over time.
"""

import json
import subprocess
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clustering import conf
from clustering.lab.bench.fetching import Ratios, Result, ratios
from clustering.lab.bench.fetching.comparison import compare
from clustering.lab.bench.fetching.hostile import hostile_run
from clustering.lab.bench.fetching.reporting import hostile_lines, soak_lines
from clustering.lab.bench.fetching.soak import soak


class Command(BaseCommand):
    """Prints the figures of the fetcher and of a plain loop, and their ratios."""

    requires_system_checks = ()
    help = (
        "Compare the fetcher with requests + BeautifulSoup on generated sites. "
        "Example: manage.py bench_fetch --sites 200 --threads 16"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sites", type=int, default=600, help="number of sites (default 600)")
        parser.add_argument("--threads", type=int, help="threads (default: FETCH_THREADS)")
        parser.add_argument(
            "--decoders", type=int, help="decoder processes (default: DECODER_PROCESSES)"
        )
        parser.add_argument(
            "--hostile", type=int, metavar="N", help="run over N sites, a tenth of them hostile"
        )
        parser.add_argument(
            "--soak", type=int, metavar="N", help="measure a worker's memory over N sites"
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON")

    def handle(self, *_: object, **options: Any) -> None:
        threads = options["threads"] or conf.fetch_options().threads
        decoders = options["decoders"] or conf.decoder_processes()
        try:
            if options["hostile"]:
                run = hostile_run(options["hostile"], decoders=decoders)
                lines = hostile_lines(run)
            elif options["soak"]:
                lines = soak_lines(soak(options["soak"], decoders=decoders, threads=threads))
            else:
                compared = compare(options["sites"], threads=threads, decoders=decoders)
                lines = _json(*compared) if options["as_json"] else _table(*compared)
        except subprocess.CalledProcessError as error:
            raise CommandError(f"a contender ended with status {error.returncode}") from error
        self.stdout.write("\n".join(lines))


def _json(ours: Result, plain: Result) -> list[str]:
    found = {
        "contenders": [_figures(ours), _figures(plain)],
        "ratios": asdict(ratios(ours, plain)),
    }
    return [json.dumps(found)]


def _table(ours: Result, plain: Result) -> list[str]:
    return [HEAD, _line(ours), _line(plain), "", *_ratio_lines(ratios(ours, plain))]


HEAD = (
    f"{'':<10}{'threads':>8}{'sites/s':>9}{'wall s':>8}{'again':>7}{'tail s':>8}{'found':>7}"
    f"{'CPU s':>8}{'parsing':>9}{'ms/site':>9}{'decoding':>10}{'peak MB':>9}  failures"
)


def _line(result: Result) -> str:
    failures = " ".join(f"{code}:{n}" for code, n in result.failures.items())
    return (
        f"{result.contender:<10}{result.threads:>8}{result.sites_per_second:>9.1f}"
        f"{result.wall_seconds:>8.1f}{result.n_tried_again:>7}{result.tail_seconds:>8.1f}"
        f"{result.n_found:>7}{result.cpu_seconds:>8.1f}{result.parsing_seconds:>9.2f}"
        f"{result.parsing_milliseconds:>9.2f}{result.decoding_seconds:>10.1f}"
        f"{result.peak_bytes / 1e6:>9.0f}  {failures}"
    )


def _ratio_lines(found: Ratios) -> list[str]:
    return [
        f"sites per second  {found.sites_per_second:6.2f} times, until every site had its answer",
        f"                  {found.sites_per_second_with_tail:6.2f} times, second tries included",
        f"parsing per site  {found.parsing_per_site:6.3f} of the CPU",
        f"all work per site {found.cpu_per_site:6.3f} of the CPU",
        f"peak memory       {found.peak_memory:6.2f} times",
    ]


def _figures(result: Result) -> dict[str, object]:
    return asdict(result) | {
        "sites_per_second": result.sites_per_second,
        "sites_per_second_with_tail": result.sites_per_second_with_tail,
        "parsing_milliseconds": result.parsing_milliseconds,
    }
