"""Measures what automatic parameters cost or gain against the default."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from clustering.lab import offline
from clustering.lab.evaluation.automatic import compare
from clustering.pipeline.errors import PipelineError
from clustering.pipeline.evaluation.label_files import read_labels
from clustering.services.work import process_resources


class Command(BaseCommand):
    """Prints F and joined singletons of the default and of automatic choices."""

    help = "Compare automatic parameters, with simulated decisions, with the default."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="logos: ZIP or folder")
        parser.add_argument("labels", type=Path, help="CSV: domain,brand[,look,kind]")
        parser.add_argument(
            "--embedders",
            nargs="+",
            default=["logonet", "descriptor"],
            help="registry names, e.g. descriptor (default: logonet descriptor)",
        )

    def handle(self, *_: object, path: Path, labels: Path, **options: list[str]) -> None:
        try:
            truth = read_labels(labels.read_bytes(), str(labels))
            images, shown = offline.collect(path, offline.progress_bar).unique()
            for embedder in options["embedders"]:
                engine = process_resources.embedder(embedder)
                vectors = offline.embed(images, engine, lambda n: None)
                for one in compare(vectors, shown, truth, embedder):
                    self.stdout.write(
                        f"{embedder:<12}{one.decisions:<16}{one.b3_f1:.4f}"
                        f"{one.singletons_clustered:>8.1%}  {one.setting}"
                    )
        except (OSError, PipelineError) as error:
            raise CommandError(str(error)) from error
