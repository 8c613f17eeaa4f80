"""Measure how robust an embedder is to alterations: ``bench_altered LOGOS.zip``."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from clustering.lab import offline
from clustering.lab.bench.altered import AlteredScore, scores
from clustering.pipeline.clusterers import calibration
from clustering.pipeline.embedders import DEFAULT
from clustering.pipeline.errors import InputError, PipelineError
from clustering.pipeline.evaluation import JUDGED_KINDS
from clustering.pipeline.evaluation.label_files import read_labels
from clustering.services.work import process_resources


class Command(BaseCommand):
    """Alters 200 logos, searches them among all of the file, and prints a table."""

    requires_system_checks = ()
    help = "Retrieval of altered logos (16 px, JPEG, one colour, disc, ...) by an embedder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="images: ZIP or folder")
        parser.add_argument(
            "--labels",
            type=Path,
            help="CSV: domain,brand[,look,kind]; without it only the original counts as right",
        )
        parser.add_argument(
            "--embedder",
            default=DEFAULT,
            help="registry name, e.g. descriptor (default: %(default)s)",
        )
        parser.add_argument(
            "--json", action="store_true", dest="as_json", help="print the figures as JSON"
        )

    def handle(
        self,
        *_: object,
        path: Path,
        labels: Path | None,
        embedder: str,
        as_json: bool,
        **__: object,
    ) -> None:
        try:
            found = _scores(path, labels, embedder)
        except (OSError, PipelineError) as error:
            raise CommandError(str(error)) from error
        if as_json:
            self.stdout.write(json.dumps({name: asdict(one) for name, one in found.items()}))
            return
        self.stdout.write(f"{'':<16}{'n':>5}{'recall@1':>10}{'wrong in cut':>14}")
        for name, one in found.items():
            self.stdout.write(
                f"{name:<16}{one.n:>5}{one.recall_at_1:>10.3f}{one.wrong_within_cut:>14.3f}"
            )


def _scores(path: Path, labels: Path | None, embedder: str) -> dict[str, AlteredScore]:
    truth = read_labels(labels.read_bytes(), str(labels)) if labels else {}
    images, shown = offline.collect(path, offline.progress_bar).unique()
    logos = [
        (offline.opened(image), one.names)
        for image, one in zip(images, shown, strict=True)
        if not one.is_placeholder
        and all(truth[name].kind in JUDGED_KINDS for name in one.names if name in truth)
    ]
    if not logos:
        raise InputError(f"{path} holds no logos")
    # A logo without a label is a brand of its own.
    brands = [next((truth[n].brand for n in names if n in truth), names[0]) for _, names in logos]
    cut = calibration.default_for(embedder).params["distance_threshold"]
    engine = process_resources.embedder(embedder)
    return scores([image for image, _ in logos], brands, engine, cut=float(cut))
