"""Measure cuts that are found without labels: ``evaluate_calibration LOGOS.zip labels.csv``."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from clustering.lab import offline
from clustering.lab.evaluation import calibrated
from clustering.pipeline.errors import PipelineError
from clustering.pipeline.evaluation.label_files import for_names, read_labels
from clustering.services.work import process_resources


class Command(BaseCommand):
    """Prints the table of self-calibrated embedders in docs/quality.md."""

    help = (
        "Compare the cut that an embedder finds on the logos without labels with the best one, "
        "for the built-in embedders, random projections and mixtures of them. "
        "Example: manage.py evaluate_calibration logos.zip labels.csv"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="a ZIP or folder of images named by domain")
        parser.add_argument("labels", type=Path, help="CSV: domain,brand,look,kind")

    def handle(self, *_: object, path: Path, labels: Path, **__: object) -> None:
        try:
            truth = read_labels(labels.read_bytes(), str(labels))
            collection = offline.collect(path, offline.progress_bar)
            truth = for_names(truth, collection.images)
            images, shown = collection.unique()
            engines = [process_resources.embedder(name) for name in ("logonet", "descriptor")]
            with tqdm(total=2 * len(images), desc="Embed") as bar:
                rows = {
                    engine.key: offline.embed(images, engine, bar.update) for engine in engines
                }
            self.stdout.write(
                f"{'embedder':<38}{'cut':>6}{'copies':>8}{'F':>8}{'singles':>9}{'best':>7}{'F':>8}"
            )
            for name, one in calibrated.derived(*engines).items():
                vectors = one.joined([rows[engine.key] for engine, _ in one.parts])
                found = calibrated.score(
                    one, vectors, shown, lambda row: offline.opened(images[row]), truth
                )
                self.stdout.write(
                    f"{name:<38}{found.threshold:>6.3f}{found.copies:>8.4f}{found.f1:>8.4f}"
                    f"{found.singles:>9.3f}{found.best_threshold:>7.3f}{found.best_f1:>8.4f}"
                )
        except (OSError, PipelineError) as error:
            raise CommandError(str(error)) from error
