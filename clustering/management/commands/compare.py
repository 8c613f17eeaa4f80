"""Every embedder with every clusterer on labelled logos: ``compare LOGOS.zip labels.csv``."""

import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from django.core.management.base import BaseCommand, CommandError
from numpy.typing import NDArray
from tqdm import tqdm

from clustering import conf
from clustering.lab import offline
from clustering.pipeline import pipeline
from clustering.pipeline.clusterers import CLUSTERERS, calibration
from clustering.pipeline.embedders import catalogue
from clustering.pipeline.errors import InputError, PipelineError
from clustering.pipeline.evaluation import Figure, LabelTruth, with_intervals
from clustering.pipeline.evaluation.label_files import read_labels
from clustering.pipeline.pipeline import Shown
from clustering.pipeline.projectors import PROJECTORS
from clustering.services.work import process_resources

HEAD = (
    "| embedder | clusterer | F (95 %) | precision | recall | singletons | ARI | AMI | seconds |\n"
    "|---|---|---|---|---|---|---|---|---|"
)
MAP = "pca"  # the cheapest: maps are not compared here
MISSING = "| {embedder} | - | {detail} | | | | | | |"


@dataclass(frozen=True)
class Sample:
    """The different images of a path, embedded."""

    vectors: NDArray[np.float32]
    shown: Sequence[Shown]


class Command(BaseCommand):
    """Prints the table of docs/quality.md; each pair runs with its calibrated options."""

    help = "Evaluate embedders x clusterers on labels: F, precision, recall, singletons, ARI."

    def add_arguments(self, parser: ArgumentParser) -> None:
        offered = [offer.name for offer in catalogue.offered()]
        parser.add_argument("path", type=Path, help="a ZIP or folder of images named by domain")
        parser.add_argument("labels", type=Path, help="CSV: domain,brand,look,kind")
        parser.add_argument(
            "--embedders",
            nargs="+",
            default=offered,
            help="e.g. descriptor (default: all)",
        )
        parser.add_argument(
            "--clusterers",
            nargs="+",
            choices=sorted(CLUSTERERS),
            default=sorted(CLUSTERERS),
            help="e.g. agglomerative dbscan (default: all)",
        )

    def handle(self, *_: object, path: Path, labels: Path, **options: list[str]) -> None:
        try:
            truth = read_labels(labels.read_bytes(), str(labels))
            collection = offline.collect(path, offline.progress_bar)
            if not collection.images.keys() & truth.keys():
                raise InputError(f"{labels} labels none of the images of {path}")
            for code, n_failed in Counter(collection.failures.values()).most_common():
                self.stderr.write(f"{n_failed} without a usable image, so outliers: {code}")
            self.stdout.write(HEAD)
            for embedder in options["embedders"]:
                for line in self._lines(collection, truth, embedder, options["clusterers"]):
                    self.stdout.write(line)
        except (OSError, PipelineError) as error:
            raise CommandError(str(error)) from error

    def _lines(
        self,
        collection: offline.Collection,
        truth: dict[str, LabelTruth],
        embedder: str,
        clusterers: Sequence[str],
    ) -> Iterator[str]:
        readiness = catalogue.readiness(embedder, conf.places().weights)
        if not readiness.is_ready:
            yield MISSING.format(embedder=embedder, detail="weights not at hand")
            return
        sample = _embedded(collection, embedder)
        for name in clusterers:
            yield _line(sample, truth, embedder, name)


def _embedded(collection: offline.Collection, embedder: str) -> Sample:
    images, shown = collection.unique()
    with tqdm(total=len(images), desc=embedder) as bar:
        vectors = offline.embed(images, process_resources.embedder(embedder), bar.update)
    return Sample(vectors, shown)


def _line(sample: Sample, truth: dict[str, LabelTruth], embedder: str, name: str) -> str:
    choice = calibration.calibrated(embedder, name)
    clusterer = CLUSTERERS.create(choice.clusterer, **choice.params)
    projector = PROJECTORS.create(MAP)
    started = time.process_time()
    result = pipeline.group(
        sample.vectors,
        sample.shown,
        clusterer=clusterer,
        projector=projector,
        distances=calibration.distances_of(embedder),
    )
    seconds = time.process_time() - started
    labels = offline.spread(result.labels, sample.shown)
    found = with_intervals(labels, truth)
    cells = [
        embedder,
        name,
        _with_interval(found["b3_f1"]),
        f"{found['b3_precision'].value:.3f}",
        f"{found['b3_recall'].value:.3f}",
        f"{found['singletons_clustered'].value:.1%}",
        f"{found['ari'].value:.3f}",
        f"{found['ami'].value:.3f}",
        f"{seconds:.1f}",
    ]
    return f"| {' | '.join(cells)} |"


def _with_interval(figure: Figure) -> str:
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"
