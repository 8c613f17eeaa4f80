"""What fetching costs: ``bench_fetch [--sites 600] [--threads N] [--json]``; loopback only."""

import json
import subprocess
from argparse import ArgumentParser
from dataclasses import asdict

from django.core.management.base import BaseCommand, CommandError

from clustering import conf
from clustering.management.bench import Ratios, Result, ratios
from clustering.management.bench.comparing import compare


class Command(BaseCommand):
    """Prints the figures of this project's fetcher and of a plain loop, and their ratios."""

    requires_system_checks = ()
    help = "Measure the fetcher beside requests + BeautifulSoup on generated sites."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--sites", type=int, default=600)
        parser.add_argument("--threads", type=int, help="FETCH_THREADS if absent")
        parser.add_argument("--decoders", type=int, help="DECODER_PROCESSES if absent")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(
        self,
        *_: object,
        sites: int,
        threads: int | None,
        decoders: int | None,
        as_json: bool,
        **__: object,
    ) -> None:
        """Run both, print both."""
        try:
            ours, plain = compare(
                sites,
                threads=threads or conf.fetch_options().threads,
                decoders=decoders or conf.decoder_processes(),
            )
        except subprocess.CalledProcessError as error:
            raise CommandError(f"a contender ended with status {error.returncode}") from error
        found = ratios(ours, plain)
        if as_json:
            everything = {"contenders": [_figures(ours), _figures(plain)], "ratios": asdict(found)}
            self.stdout.write(json.dumps(everything))
            return
        self.stdout.write("\n".join([HEAD, _line(ours), _line(plain), "", *_ratio_lines(found)]))


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
