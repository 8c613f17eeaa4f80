"""Cluster the logos of a path without the browser: ``cluster PATH --out clusters.json``."""

import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import numpy as np
from django.core.management.base import BaseCommand, CommandError
from numpy.typing import NDArray
from tqdm import tqdm

from clustering.lab import offline
from clustering.lab.offline import Collection
from clustering.pipeline import brands, export, pipeline
from clustering.pipeline.clusterers import CLUSTERERS, calibration
from clustering.pipeline.clusterers.calibration import Choice
from clustering.pipeline.embedders import DEFAULT
from clustering.pipeline.errors import PipelineError
from clustering.pipeline.pair_score import PairScore
from clustering.pipeline.pipeline import Grouping, Shown
from clustering.pipeline.projectors import DEFAULT as DEFAULT_PROJECTOR
from clustering.pipeline.projectors import PROJECTORS
from clustering.pipeline.tuning.automatic import automatic, candidates
from clustering.services.runs import name_sources
from clustering.services.work import process_resources


class Command(BaseCommand):
    """Runs the stages of the product: collect, embed, cluster, name, export."""

    help = "Cluster a ZIP or folder of images, or the logos of a list of domains."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "path",
            type=Path,
            help="images (ZIP, folder) or a list of domains",
        )
        parser.add_argument(
            "--embedder",
            default=DEFAULT,
            help="registry name, e.g. descriptor (default: %(default)s)",
        )
        parser.add_argument(
            "--clusterer",
            choices=list(CLUSTERERS),
            help=f"default: {calibration.BEST}, with the options calibrated for the embedder",
        )
        parser.add_argument(
            "--params",
            type=json.loads,
            help="options of the clusterer as JSON, distances are cosine, "
            "e.g. '{\"distance_threshold\": 0.2}'",
        )
        parser.add_argument(
            "--auto",
            action="store_true",
            help="choose the clusterer and its options as an automatic run does",
        )
        parser.add_argument(
            "--random-state", type=int, default=42, help="seed, e.g. 7 (default: %(default)s)"
        )
        parser.add_argument(
            "--out",
            type=Path,
            default=Path("clusters.json"),
            help="file to write, e.g. out.json (default: %(default)s)",
        )
        parser.add_argument(
            "--by",
            choices=("picture", "brand"),
            default="picture",
            help="groups by picture, or these joined by domain words (default: %(default)s)",
        )

    def handle(self, *_: object, path: Path, embedder: str, **options: object) -> None:
        out = Path(str(options["out"]))
        try:
            choice = _choice(embedder, options["clusterer"], options["params"])
            engine = process_resources.embedder(embedder)
            collection = offline.collect(path, offline.progress_bar)
            images, shown = collection.unique()
            with tqdm(total=len(images), desc="Embed") as bar:
                vectors = offline.embed(images, engine, bar.update)
            if options["auto"]:
                choice = self._automatic(
                    vectors, shown, embedder, int(str(options["random_state"]))
                )
            projector = PROJECTORS.create(DEFAULT_PROJECTOR, random_state=options["random_state"])
            with tqdm(total=4, desc="Group") as bar:
                result = pipeline.group(
                    vectors,
                    shown,
                    clusterer=CLUSTERERS.create(choice.clusterer, **choice.params),
                    projector=projector,
                    distances=calibration.distances_of(embedder),
                    sight=name_sources.sight(
                        embedder, lambda row: offline.opened(images[row]), reads_words=True
                    ),
                    report=lambda step: _show(bar, step),
                )
        except PipelineError as error:
            raise CommandError(str(error)) from error
        labels = offline.spread(result.labels, shown)
        if options["by"] == "brand":
            labels |= _brands(vectors, result, shown, PairScore.of(embedder))
            self.stdout.write(f"{len({*labels.values()} - {export.OUTLIER})} brands")
        groups = export.groups(labels)
        out.write_bytes(b"".join(export.clusters_json(groups)))
        self._summarise(collection, result, out)

    def _automatic(
        self, vectors: NDArray[np.float32], shown: list[Shown], embedder: str, random_state: int
    ) -> Choice:
        undecided = np.full(len(shown), -1, dtype=np.int64)
        given = candidates(vectors, shown, undecided, calibration.copy_distance(embedder))
        report = automatic(given, embedder, random_state=random_state).report
        self.stdout.write(f"{report.chosen.clusterer} {report.chosen.params}: {report.why}")
        return Choice(report.chosen.clusterer, report.chosen.params)

    def _summarise(self, collection: Collection, result: Grouping, out: Path) -> None:
        metrics = result.metrics
        self.stdout.write(
            f"{len(collection.images)} logos: {metrics['n_clusters']} clusters, "
            f"{metrics['n_outliers']} outliers, in {out}"
        )
        for code, n_failed in Counter(collection.failures.values()).most_common():
            self.stdout.write(f"  {n_failed} without a logo: {code}")


def _choice(embedder: str, name: object, params: object) -> Choice:
    default = calibration.calibrated(embedder, str(name or calibration.BEST))
    options = dict(default.params) | (params if isinstance(params, dict) else {})
    CLUSTERERS.create(default.clusterer, **options)
    return Choice(default.clusterer, options)


def _brands(
    vectors: NDArray[np.float32], result: Grouping, shown: Sequence[Shown], score: PairScore
) -> dict[str, int]:
    left_out = {row for row, one in enumerate(shown) if one.is_placeholder}
    names = [one.names for one in shown]
    groups = brands.picture_groups(vectors, result.labels, names, left_out)
    return brands.domain_labels(brands.brand_layer(vectors, groups, score), groups)


def _show(bar: "tqdm[NoReturn]", step: str) -> None:
    bar.set_postfix_str(step)
    bar.update()
