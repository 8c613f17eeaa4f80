"""Measure a review by keyboard: ``bench_review DATASET labels.csv``."""

import statistics
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from clustering.lab.bench.review.reviewer import BAD, Reviewer, Session
from clustering.models import Dataset, Run
from clustering.pipeline.errors import InputError
from clustering.pipeline.evaluation import LabelTruth, evaluate
from clustering.pipeline.evaluation.label_files import for_names, read_labels
from clustering.pipeline.evaluation.label_metrics import JUDGED_KINDS
from clustering.selectors import export_rows
from clustering.services.runs import resuggest


class Command(BaseCommand):
    help = (
        "Let a scripted reviewer, who knows the labels, clear the review queue of a clustered "
        "data set with its keyboard shortcuts. Nothing is kept. "
        "Example: manage.py bench_review logos-1f2e3d labels.csv"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("dataset", help="slug of a data set with a finished run")
        parser.add_argument("labels", type=Path, help="CSV: domain,brand[,look,kind]")

    def handle(self, *_: object, dataset: str, labels: Path, **__: object) -> None:
        found = Dataset.objects.filter(slug=dataset).first()
        run = found.runs.succeeded().first() if found else None
        if run is None:
            raise CommandError(f"no data set {dataset!r} with a finished run")
        truth = _truth(labels, run)
        with transaction.atomic():
            resuggest.resuggest(run)
            self._measure(run, truth)
            transaction.set_rollback(True)

    def _measure(self, run: Run, truth: dict[str, LabelTruth]) -> None:
        brand_of = {
            name: one.brand if one.kind in JUDGED_KINDS else BAD for name, one in truth.items()
        }
        n_outliers = run.assignments.outliers().filter(reviewed_at__isnull=True).count()
        before = _f1(run, truth)
        session = Reviewer(run, run.dataset.owner, brand_of).work()
        self._tell(session, n_outliers)
        self.stdout.write(f"B-cubed F by picture     {before:.4f} -> {_f1(run, truth):.4f}")

    def _tell(self, session: Session, n_outliers: int) -> None:
        for kind, n in session.n_cards.items():
            self.stdout.write(f"{kind:<12}{n:>6} cards{session.keys[kind]:>7} keys")
        about_outliers = sum(session.keys[kind] for kind in ("group", "single", "icon"))
        n, every = max(1, n_outliers), session.keys.total()
        self.stdout.write(f"outliers                 {n_outliers}")
        self.stdout.write(f"keys per outlier         {about_outliers / n:.2f}")
        self.stdout.write(f"with merges              {every / n:.2f}")
        known = max(1, session.n_known)
        self.stdout.write(
            f"brand has a cluster      {session.n_known}: first suggestion right "
            f"{session.n_first / known:.3f}, one of five {session.n_listed / known:.3f}"
        )
        spent = sorted(session.seconds)
        p95 = spent[min(len(spent) - 1, round(0.95 * len(spent)))] if spent else 0.0
        median = statistics.median(spent) if spent else 0.0
        self.stdout.write(f"decision on the server   {1000 * median:.0f} ms, p95 {1000 * p95:.0f}")


def _truth(labels: Path, run: Run) -> dict[str, LabelTruth]:
    try:
        known = read_labels(labels.read_bytes(), str(labels))
    except (OSError, InputError) as error:
        raise CommandError(str(error)) from error
    names = run.assignments.values_list("domain__name", flat=True)
    return for_names(known, names)


def _f1(run: Run, truth: dict[str, LabelTruth]) -> float:
    """Return the F score over one domain per picture."""
    rows = run.assignments.order_by("domain__name").values_list("logo_id", "domain__name")
    first = dict(reversed(list(rows)))
    pictures = {name: truth[name] for name in first.values() if name in truth}
    return evaluate(export_rows.labels(run), pictures).b3_f1
