"""Fit and measure the confidence of members: ``evaluate_confidence LOGOS.zip labels.csv``."""

from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from clustering.lab import offline
from clustering.lab.evaluation import confidence
from clustering.lab.evaluation.confidence import CUTS, JudgedMembers, judged_members
from clustering.lab.evaluation.pair_evidence import N_FOLDS, folds_of
from clustering.pipeline import member_confidence, pipeline
from clustering.pipeline.clusterers import calibration
from clustering.pipeline.clusterers.agglomerative import Agglomerative
from clustering.pipeline.dedup import deduplicate
from clustering.pipeline.embedders import DEFAULT
from clustering.pipeline.errors import PipelineError
from clustering.pipeline.evaluation import LabelTruth
from clustering.pipeline.evaluation.label_files import for_names, read_labels
from clustering.services.work import process_resources


class Command(BaseCommand):
    """Prints the curve of ``member_confidence.WEIGHTS`` and its figures in docs/quality.md."""

    help = (
        "Print how often members of clusters are right, by their confidence: on brands left out "
        "of the fit, or with the weights in use. "
        "Example: manage.py evaluate_confidence logos.zip labels.csv"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="a ZIP or folder of images named by domain")
        parser.add_argument("labels", type=Path, help="CSV: domain,brand,look,kind")
        parser.add_argument(
            "--embedders",
            nargs="+",
            default=[DEFAULT],
            help="fitted together, e.g. logonet descriptor (default: %(default)s)",
        )
        parser.add_argument(
            "--in-use", action="store_true", help="measure the weights in use, without a fit"
        )

    def handle(self, *_: object, path: Path, labels: Path, **options: list[str]) -> None:
        try:
            truth = read_labels(labels.read_bytes(), str(labels))
            collection = offline.collect(path, offline.progress_bar)
            truth = for_names(truth, collection.images)
            members = {
                embedder: _members(collection, embedder, truth)
                for embedder in options["embedders"]
            }
            for line in _lines(members, truth, is_fitted=not options["in_use"]):
                self.stdout.write(line)
        except (OSError, PipelineError) as error:
            raise CommandError(str(error)) from error


def _members(
    collection: offline.Collection, embedder: str, truth: dict[str, LabelTruth]
) -> list[JudgedMembers]:
    """Return the members of the clusters at each of ``CUTS``."""
    images, shown = collection.unique()
    with tqdm(total=len(images), desc=embedder) as bar:
        vectors = offline.embed(images, process_resources.embedder(embedder), bar.update)
    distances = calibration.distances_of(embedder)
    unique = deduplicate(
        vectors,
        np.array([one.phash for one in shown], dtype=np.uint64),
        np.array([one.is_placeholder for one in shown], dtype=np.bool_),
        distances.copies,
    )
    weights = np.array([len(one.names) for one in shown], dtype=np.int64)
    names = [one.names for one in shown]
    found = []
    for cut in CUTS:
        clusterer = Agglomerative(distance_threshold=cut * distances.threshold)
        labels = pipeline.labels_of_rows(unique, clusterer, weights)
        found.append(judged_members(vectors, labels, names, truth, distances.threshold))
    return found


def _lines(
    members: dict[str, list[JudgedMembers]], truth: dict[str, LabelTruth], *, is_fitted: bool
) -> Iterator[str]:
    every = [one for some in members.values() for one in some]
    folds = folds_of([one.brand for one in truth.values()])
    used = member_confidence.WEIGHTS
    by_fold = confidence.weights_by_fold(every, folds) if is_fitted else [used] * N_FOLDS
    for embedder, some in members.items():
        yield from _tables(embedder, some, by_fold, folds)
    weights = confidence.fit(every) if is_fitted else used
    yield str(weights)
    yield from confidence.curve_lines(weights)


def _tables(
    embedder: str,
    members: Sequence[JudgedMembers],
    by_fold: Sequence[member_confidence.MemberWeights],
    folds: dict[str, int],
) -> Iterator[str]:
    for cut, one in zip(CUTS, members, strict=True):
        yield f"{embedder}, {cut:g} times its distance threshold"
        yield from confidence.reliability_lines(
            confidence.cross_validated(one, by_fold, folds), one.is_right
        )
