"""What clustering costs: ``bench_clustering --n 3400 30000 100000 [300000 1000000]``."""

import json
import subprocess
from argparse import ArgumentParser
from dataclasses import asdict

from django.core.management.base import BaseCommand, CommandError

from clustering.lab.bench.clustering import StageCost
from clustering.lab.bench.clustering.running import Size, growth, measure_size


class Command(BaseCommand):
    """Prints CPU seconds and memory per stage, growth, and agreement with the truth.

    One thread. The logos are planted (lab/bench/clustering/planted.py says how), so that
    one knows who belongs together; plain hdbscan and umap run beside until their time is up.
    """

    requires_system_checks = ()
    help = "Measure deduplication, neighbours, clusterers and map on synthetic logos."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--n",
            type=int,
            nargs="+",
            default=[3_400, 30_000, 100_000],
            help="numbers of logos, e.g. --n 3400 30000 (default: 3400 30000 100000)",
        )
        parser.add_argument(
            "--plain-seconds",
            type=int,
            default=120,
            help="CPU seconds after which plain hdbscan and umap are stopped, e.g. 600; 0 skips "
            "them (default: %(default)s)",
        )
        parser.add_argument(
            "--json", action="store_true", dest="as_json", help="print the figures as JSON"
        )

    def handle(
        self, *_: object, n: list[int], plain_seconds: int, as_json: bool, **__: object
    ) -> None:
        sizes = []
        if not as_json:
            self.stdout.write(HEAD)
        for n_rows in sorted(n):
            try:
                size = measure_size(
                    n_rows,
                    plain_seconds=plain_seconds,
                    report=lambda cost: None if as_json else self.stdout.write(_line(cost)),
                )
            except subprocess.CalledProcessError as error:
                raise CommandError(f"a stage ended with status {error.returncode}") from error
            sizes.append(size)
            if not as_json:
                self.stdout.write(_summary(size))
        if as_json:
            self.stdout.write(json.dumps([asdict(size) for size in sizes]))
        elif len(sizes) > 1:
            exponent = growth(sizes[0], sizes[-1])
            self.stdout.write(
                f"growth from {sizes[0].n_rows:,} to {sizes[-1].n_rows:,}: N^{exponent:.2f}"
            )


HEAD = f"{'logos':>9}  {'stage':<20}{'CPU s':>9}{'MB above the vectors':>22}"


def _line(cost: StageCost) -> str:
    figures = ", ".join(f"{name} {value:,.4g}" for name, value in cost.figures.items())
    return (
        f"{cost.n_rows:>9,}  {cost.stage:<20}{cost.cpu_seconds:>9.2f}"
        f"{cost.extra_bytes / 1e6:>22,.0f}  {figures}"
    )


def _summary(size: Size) -> str:
    agreement = ", ".join(f"{name} {value:.4f}" for name, value in size.agreement.items())
    lines = [
        f"{size.n_rows:>9,}  vectors to labels   {size.clustering_seconds:>9.2f}",
        f"{'':>9}  agreement with the truth (ARI): {agreement}",
    ]
    if size.exactness is not None:
        lines.append(f"{'':>9}  hdbscan with the exact one (ARI): {size.exactness:.4f}")
    return "\n".join([*lines, ""])
