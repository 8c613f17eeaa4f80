"""Search parameters without the browser: ``tune VECTORS.npz|LOGOS.zip [--labels labels.csv]``."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from django.core.management.base import BaseCommand, CommandError
from numpy.typing import NDArray

from clustering.lab import offline
from clustering.pipeline.clusterers import calibration
from clustering.pipeline.embedders import DEFAULT
from clustering.pipeline.errors import InputError, PipelineError
from clustering.pipeline.evaluation import JUDGED_KINDS
from clustering.pipeline.evaluation.label_files import read_labels
from clustering.pipeline.tuning import Report, Setting
from clustering.pipeline.tuning.automatic import Candidates, automatic, candidates
from clustering.pipeline.tuning.scoring_rules import TuningData
from clustering.services.work import process_resources

Named = tuple[list[str], NDArray[np.float32]]
N_SHOWN = 5


class Command(BaseCommand):
    """Prints the best settings of each clusterer and the chosen one."""

    requires_system_checks = ()
    help = "Search clusterer parameters: distance thresholds, a grid for HDBSCAN, k for k-means."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="output of `embed`, or images (ZIP, folder)")
        parser.add_argument(
            "--embedder",
            default=DEFAULT,
            help="embedder of the vectors; registry name, e.g. descriptor (default: %(default)s)",
        )
        parser.add_argument(
            "--labels",
            type=Path,
            help="CSV with domain,brand[,look,kind]; scores settings by B-cubed F with it, "
            "e.g. labels.csv (default: silhouette)",
        )
        parser.add_argument(
            "--random-state", type=int, default=42, help="seed, e.g. 7 (default: %(default)s)"
        )
        parser.add_argument(
            "--json", action="store_true", dest="as_json", help="print the whole report as JSON"
        )

    def handle(
        self, *_: object, path: Path, embedder: str, labels: Path | None, **options: Any
    ) -> None:
        try:
            report = automatic(
                _candidates(path, embedder, labels),
                embedder,
                random_state=options["random_state"],
                report_step=self.stderr.write,
            ).report
        except (OSError, PipelineError) as error:
            raise CommandError(str(error)) from error
        if options["as_json"]:
            self.stdout.write(json.dumps(report.as_json()))
            return
        self.stdout.write("\n".join(_lines(report)))


def named_vectors(path: Path, embedder: str) -> Named:
    """Return names and a row for each: of an archive that ``embed`` wrote, or of images.

    Raises:
        InputError: if the file is no such archive.
    """
    if path.suffix == ".npz":
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                return arrays["names"].tolist(), np.asarray(arrays["vectors"], dtype=np.float32)
        except (OSError, ValueError, KeyError, BadZipFile) as error:
            raise InputError(f"{path} holds no vectors as `embed` writes them: {error}") from error
    collection = offline.collect(path, offline.progress_bar)
    images, shown = collection.unique()
    rows = offline.embed(images, process_resources.embedder(embedder), lambda n: None)
    row_of = {name: row for row, one in enumerate(shown) for name in one.names}
    names = sorted(row_of)
    return names, rows[[row_of[name] for name in names]]


def _candidates(path: Path, embedder: str, labels: Path | None) -> Candidates:
    """Return the logos of an archive, whose equal rows are one, or of images, as in a run."""
    groups = _groups(labels) if labels else {}
    if path.suffix != ".npz":
        images, shown = offline.collect(path, offline.progress_bar).unique()
        rows = offline.embed(images, process_resources.embedder(embedder), lambda n: None)
        decided = np.array([groups.get(one.names[0], -1) for one in shown], dtype=np.int64)
        return candidates(rows, shown, decided, calibration.copy_distance(embedder))
    names, vectors = named_vectors(path, embedder)
    distinct, firsts, counts = np.unique(vectors, axis=0, return_index=True, return_counts=True)
    decided = np.array([groups.get(names[row], -1) for row in firsts], dtype=np.int64)
    return Candidates(firsts, TuningData(distinct, counts.astype(np.int64), decided))


def _groups(labels: Path) -> dict[str, int]:
    """Number what belongs together: one look of one brand."""
    truth = read_labels(labels.read_bytes(), labels.name)
    judged = {name: one for name, one in truth.items() if one.kind in JUDGED_KINDS}
    numbers: dict[tuple[str, str], int] = {}
    return {
        name: numbers.setdefault((one.brand, one.look), len(numbers))
        for name, one in sorted(judged.items())
    }


def _lines(report: Report) -> list[str]:
    score = "agreement" if report.chosen.agreement is not None else "silhouette"
    lines = [f"{report.n_logos} logos of {report.n_domains} domains; best {score} first", HEAD]
    for points in report.sweeps.values():
        lines += _best(points, score)
    lines += _best(report.grid, score)
    if report.k_suggested:
        lines.append(f"kmeans: {report.k_suggested} clusters have the highest silhouette")
    return [*lines, f"chosen: {_setting(report.chosen)}", f"it {report.why}"]


HEAD = f"{'':<74}{'clusters':>9}{'outliers':>9}{'silhouette':>11}{'agreement':>10}"


def _best(candidates: list[Setting], score: str) -> list[str]:
    ranked = sorted(candidates, key=lambda one: -float(getattr(one, score) or 0.0))
    return [
        f"{_setting(one):<74}{one.n_clusters:>9}{one.n_outliers:>9}{one.silhouette:>11.4f}"
        + (f"{one.agreement:>10.4f}" if one.agreement is not None else "")
        for one in ranked[:N_SHOWN]
    ]


def _setting(candidate: Setting) -> str:
    short = {"cluster_selection_epsilon": "epsilon", "cluster_selection_method": "method"}
    options = (f"{short.get(name, name)}={value}" for name, value in candidate.params.items())
    return f"{candidate.clusterer} {' '.join(options)}"
