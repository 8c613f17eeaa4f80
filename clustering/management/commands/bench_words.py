"""Measure the reading of words in logos: ``bench_words LOGOS.zip --labels labels.csv``."""

import json
import random
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from clustering.lab import offline
from clustering.lab.bench.words import WordScores, scores
from clustering.pipeline.errors import InputError, PipelineError
from clustering.pipeline.evaluation.label_files import read_labels
from clustering.pipeline.evaluation.label_metrics import JUDGED_KINDS
from clustering.pipeline.naming import reading


class Command(BaseCommand):
    """Reads some logos with a brand, and prints how many of the brands were read."""

    requires_system_checks = ()
    help = "Share of logos in which the word of their brand is read, and the time it takes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="images: ZIP or folder")
        parser.add_argument("--labels", type=Path, required=True, help="CSV: domain,brand[,kind]")
        parser.add_argument("--n", type=int, default=200, help="logos drawn (default 200)")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON")

    def handle(
        self, *_: object, path: Path, labels: Path, n: int, as_json: bool, **__: object
    ) -> None:
        if not reading.is_installed():
            raise CommandError("no reader: pip install -r requirements-words.txt")
        try:
            found = _scores(path, labels, n)
        except (OSError, PipelineError) as error:
            raise CommandError(str(error)) from error
        if as_json:
            self.stdout.write(json.dumps(asdict(found)))
            return
        self.stdout.write(
            f"{found.n} logos, {found.n_with_text} with text, {found.n_with_brand} with the word"
            f" of their brand ({found.n_with_brand / found.n:.0%})\n{found.mean_ms:.0f} ms of one"
            f" core a logo: median {found.median_ms:.0f}, 95 % within {found.p95_ms:.0f}, longest"
            f" {found.longest_ms:.0f}"
        )


def _scores(path: Path, labels: Path, n: int) -> WordScores:
    truth = read_labels(labels.read_bytes(), str(labels))
    images = offline.collect(path, offline.progress_bar).images
    judged = {name for name, one in truth.items() if one.kind in JUDGED_KINDS}
    named = sorted(judged & images.keys())
    chosen = random.Random(0).sample(named, min(n, len(named)))  # noqa: S311 # a sample
    if not chosen:
        raise InputError("no image has a label")
    logos = ((offline.opened(images[name]), truth[name].brand) for name in chosen)
    return scores(logos, reading.rapidocr_engine())
