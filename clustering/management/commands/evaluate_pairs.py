"""Fit and measure the pair score and the brand layer: ``evaluate_pairs LOGOS.zip labels.csv``."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from clustering.lab import offline
from clustering.lab.evaluation import pair_evidence
from clustering.lab.evaluation.pair_evidence import N_FOLDS, LabelledGroups
from clustering.pipeline import pipeline
from clustering.pipeline.clusterers import CLUSTERERS, calibration
from clustering.pipeline.embedders import DEFAULT
from clustering.pipeline.errors import PipelineError
from clustering.pipeline.evaluation import Figure, LabelTruth
from clustering.pipeline.evaluation.label_files import for_names, read_labels
from clustering.pipeline.pair_score import PairScore
from clustering.pipeline.projectors import PROJECTORS
from clustering.services.work import process_resources

MAP = "pca"  # the cheapest: maps are not compared here


class Command(BaseCommand):
    """Prints the table of ``pair_score.WEIGHTS`` and its figures in docs/quality.md."""

    help = (
        "Fit the pair score on labelled logos, and measure the groups by picture, and on brands "
        "left out of the fit the brand layer and suggestions. "
        "Example: manage.py evaluate_pairs logos.zip labels.csv"
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

    def handle(self, *_: object, path: Path, labels: Path, **options: list[str]) -> None:
        try:
            truth = read_labels(labels.read_bytes(), str(labels))
            collection = offline.collect(path, offline.progress_bar)
            truth = for_names(truth, collection.images)
            known = {
                embedder: _grouped(collection, embedder, truth)
                for embedder in options["embedders"]
            }
            for line in _lines(known, truth):
                self.stdout.write(line)
        except (OSError, PipelineError) as error:
            raise CommandError(str(error)) from error


def _grouped(
    collection: offline.Collection, embedder: str, truth: dict[str, LabelTruth]
) -> LabelledGroups:
    images, shown = collection.unique()
    with tqdm(total=len(images), desc=embedder) as bar:
        vectors = offline.embed(images, process_resources.embedder(embedder), bar.update)
    choice = calibration.default_for(embedder)
    result = pipeline.group(
        vectors,
        shown,
        clusterer=CLUSTERERS.create(choice.clusterer, **choice.params),
        projector=PROJECTORS.create(MAP),
        distances=calibration.distances_of(embedder),
    )
    names = [one.names for one in shown]
    return LabelledGroups.of(vectors, result.labels, names, truth, PairScore.of(embedder))


def _lines(known: dict[str, LabelledGroups], truth: dict[str, LabelTruth]) -> Iterator[str]:
    pairs = {embedder: pair_evidence.pairs_of(one) for embedder, one in known.items()}
    every = list(pairs.values())
    folds = pair_evidence.folds_of([one.brand for one in truth.values()])
    left_out = [
        frozenset(brand for brand, fold in folds.items() if fold == number)
        for number in range(N_FOLDS)
    ]
    weights = [pair_evidence.fit(every, without) for without in left_out]
    yield f"{sum(len(one.asking) for one in every)} pairs"
    for embedder, groups in known.items():
        suggested = pair_evidence.suggestion_figures(pairs[embedder], weights, folds)
        pictures = pair_evidence.picture_figures(groups, truth)
        layer = pair_evidence.layer_figures(groups, weights, folds, truth)
        named = {f"by picture: {name}": one for name, one in pictures.items()}
        named |= {f"by brand: {name}": one for name, one in layer.items()} | suggested
        for name, figure in named.items():
            yield f"{embedder:<12}{name:<32}{_with_interval(figure)}"
    yield str(pair_evidence.fit(every))


def _with_interval(figure: Figure) -> str:
    return f"{figure.value:.4f} ({figure.low:.4f} to {figure.high:.4f}), n = {figure.n}"
