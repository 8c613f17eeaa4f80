"""Measure placement on held-out labelled logos."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path

import numpy as np
from django.core.management.base import BaseCommand, CommandError
from numpy.typing import NDArray
from tqdm import tqdm

from clustering.lab import offline
from clustering.lab.evaluation import placement_holdout
from clustering.lab.evaluation.placement_holdout import HoldoutResult, Labelled, Share
from clustering.lab.offline import Collection
from clustering.pipeline.clusterers import CLUSTERERS, calibration
from clustering.pipeline.embedders import DEFAULT, Embedder
from clustering.pipeline.errors import PipelineError
from clustering.pipeline.evaluation import JUDGED_KINDS
from clustering.pipeline.evaluation.label_files import read_labels
from clustering.pipeline.evaluation.label_metrics import codes
from clustering.pipeline.neighbours import N_NEIGHBOURS, nearest
from clustering.pipeline.placement import Images
from clustering.services.work import process_resources


class Command(BaseCommand):
    """Holds out brands and images, and calibrates the threshold on the rest."""

    help = (
        "Measure placement accuracy on held-out images and brands. "
        "Example: manage.py evaluate_classify logos.zip labels.csv --splits 5"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="a ZIP or folder of images named by domain")
        parser.add_argument("labels", type=Path, help="CSV: domain,brand,look,kind")
        parser.add_argument("--embedder", default=DEFAULT, help=f"embedder (default {DEFAULT})")
        parser.add_argument(
            "--seed", type=int, default=0, help="seed of the first split (default 0)"
        )
        parser.add_argument(
            "--splits", type=int, default=1, help="number of pooled splits (default 1)"
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON")

    def handle(self, *_: object, path: Path, labels: Path, **options: object) -> None:
        embedder, seed = str(options["embedder"]), int(str(options["seed"]))
        seeds = range(seed, seed + int(str(options["splits"])))
        try:
            labelled = _labelled(path, labels, embedder)
        except (OSError, PipelineError) as error:
            raise CommandError(str(error)) from error
        figures = _figures(labelled, seeds, embedder)
        if options["as_json"]:
            self.stdout.write(json.dumps(figures, default=asdict))
            return
        for name, value in figures.items():
            self.stdout.write(f"{name:<52}{value}")


def _figures(labelled: Labelled, seeds: range, embedder: str) -> dict[str, object]:
    """Return the figures by name: clusters as people corrected them, and as the machine made."""
    cuts, corrected, machine = [], [], []
    for seed in seeds:
        split = placement_holdout.split(labelled, seed)
        reference = labelled.rows(split.reference)
        held = labelled.rows(np.concatenate([split.seen, split.unseen]))
        cuts.append(placement_holdout.calibrate(reference))
        true, made = placement_holdout.as_labelled(reference), _clustered(reference, embedder)
        corrected.append(placement_holdout.outcome(reference, true, held, cuts[-1]))
        machine.append(placement_holdout.outcome(reference, made, held, cuts[-1]))
    return (
        {"cut, calibrated on the rest": ", ".join(f"{cut.score:.3f}" for cut in cuts)}
        | _shares("clusters = brands", placement_holdout.joined(corrected))
        | _shares("clusters = the defaults'", placement_holdout.joined(machine))
        | {"calibrated on all": placement_holdout.calibrate(labelled)}
    )


def _shares(prefix: str, found: HoldoutResult) -> dict[str, Share]:
    seen = ~found.is_unseen
    parts = {
        "seen brands, top-1": seen,
        "  their look is known": seen & found.is_known_look,
        "  their look is not": seen & ~found.is_known_look,
        "  no equal image is known": seen & found.is_new,
        "unseen brands, called outliers": found.is_unseen,
    }
    return {
        f"{prefix}: {name}": placement_holdout.share(found, part) for name, part in parts.items()
    }


def _clustered(reference: Labelled, embedder: str) -> NDArray[np.int64]:
    """Cluster the reference's different images with the defaults; return labels of all rows."""
    images = reference.images
    _, firsts, inverse = np.unique(
        np.array(images.sha256s), return_index=True, return_inverse=True
    )
    vectors, weights = images.vectors[firsts], np.bincount(inverse)
    default = calibration.default_for(embedder)
    clusterer = CLUSTERERS.create(default.clusterer, **default.params)
    neighbours = nearest(vectors, N_NEIGHBOURS)
    return clusterer.fit(vectors, neighbours, weights)[inverse]


def _labelled(path: Path, labels: Path, embedder: str) -> Labelled:
    truth = read_labels(labels.read_bytes(), str(labels))
    judged = {name for name, one in truth.items() if one.kind in JUDGED_KINDS}
    engine = process_resources.embedder(embedder)
    collection = offline.collect(path, offline.progress_bar)
    names = sorted(judged & collection.images.keys())
    if not names:
        raise CommandError(f"{labels} labels none of the images of {path}")
    said = [truth[name] for name in names]
    return Labelled(
        images=_images(collection, names, engine),
        brands=codes([one.brand for one in said]),
        looks=codes([f"{one.brand}\0{one.look}" for one in said]),
        is_single=np.array([one.kind == "singleton" for one in said]),
    )


def _images(collection: Collection, names: list[str], engine: Embedder) -> Images:
    unique, _ = collection.unique()
    row_of = {image.sha256: row for row, image in enumerate(unique)}
    with tqdm(total=len(unique), desc="Embed") as bar:
        vectors = offline.embed(unique, engine, bar.update)
    images = [collection.images[name] for name in names]
    return Images(
        sha256s=tuple(image.sha256 for image in images),
        phashes=np.array([image.phash for image in images], dtype=np.uint64),
        vectors=vectors[[row_of[image.sha256] for image in images]],
    )
