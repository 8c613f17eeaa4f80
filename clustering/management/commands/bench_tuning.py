"""What tuning costs beside brute force: ``bench_tuning VECTORS.npz|LOGOS.zip [--sample 16]``."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path

import numpy as np
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from clustering.lab.bench.tuning import Comparison, compare
from clustering.management.commands.tune import named_vectors
from clustering.pipeline.embedders import DEFAULT
from clustering.pipeline.errors import PipelineError
from clustering.pipeline.tuning import USUAL_GRID


class Command(BaseCommand):
    """Prints the CPU seconds of both, their ratio, and whether the labels are the same."""

    requires_system_checks = ()
    help = "Compare the cached search over HDBSCAN's grid with fitting each of its settings."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="output of `embed`, or images (ZIP, folder)")
        parser.add_argument(
            "--embedder",
            default=DEFAULT,
            help="for images; registry name, e.g. descriptor (default: %(default)s)",
        )
        parser.add_argument(
            "--sample",
            type=int,
            default=16,
            help="number of settings fitted one by one, e.g. 32 (default: %(default)s)",
        )
        parser.add_argument(
            "--json", action="store_true", dest="as_json", help="print the figures as JSON"
        )

    def handle(
        self, *_: object, path: Path, embedder: str, sample: int, as_json: bool, **__: object
    ) -> None:
        from threadpoolctl import threadpool_limits

        try:
            _names, rows = named_vectors(path, embedder)
        except PipelineError as error:
            raise CommandError(str(error)) from error
        vectors = rows.astype(np.float64)
        with threadpool_limits(1), tqdm(total=sample, desc="Brute force") as bar:
            found = compare(vectors, USUAL_GRID, n_sampled=sample, progress=bar.update)
        if as_json:
            ratios = {"labels_ratio": found.labels_ratio, "ratio": found.ratio}
            self.stdout.write(json.dumps(asdict(found) | ratios))
            return
        self.stdout.write("\n".join(_lines(found)))


def _lines(found: Comparison) -> list[str]:
    grid = f"{found.n_configurations} settings"
    return [
        f"{found.n_rows} vectors of {found.n_columns} dimensions, {grid}, one thread, CPU seconds",
        f"{'':<34}{'labels':>10}{'scores':>10}",
        f"{'by cached trees, measured':<34}"
        f"{found.labels_seconds:>10.2f}{found.score_seconds:>10.2f}",
        f"{'brute force, from ' + str(found.n_sampled) + ' settings':<34}"
        f"{found.brute_labels_seconds:>10.1f}{found.brute_score_seconds:>10.1f}",
        f"labels alone  {found.labels_ratio:7.0f} times faster",
        f"with scores   {found.ratio:7.0f} times faster",
        f"same labels   {found.n_identical} of {found.n_sampled} settings,"
        f" silhouettes within {found.largest_difference:.1e}",
    ]
