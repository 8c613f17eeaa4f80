"""Measure a review: ``bench_review DATASET labels.csv``."""

import os
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from clustering.lab import ROOT
from clustering.lab.bench import isolated
from clustering.lab.bench.curation.answering import brands
from clustering.lab.bench.review import figures
from clustering.lab.bench.review.reviewer import Requests, Reviewer
from clustering.lab.bench.upload.product import HOST, free_port, started
from clustering.models import Dataset, Run
from clustering.pipeline.errors import InputError
from clustering.pipeline.evaluation import LabelTruth
from clustering.pipeline.rendering.installation import installed, problem
from clustering.services.runs import resuggest


class Command(BaseCommand):
    help = (
        "Let a scripted reviewer, who knows the labels, clear the review queue of a clustered "
        "data set with its keyboard shortcuts. Nothing is kept. With --browser a product of its "
        "own clusters a ZIP of logos, and the review is done in Chromium. "
        "Examples: manage.py bench_review logos-1f2e3d labels.csv; "
        "manage.py bench_review logos.zip labels.csv --browser keys"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "dataset", help="slug of a data set with a finished run, or a ZIP of logos"
        )
        parser.add_argument("labels", type=Path, help="CSV: domain,brand[,look,kind]")
        parser.add_argument(
            "--browser",
            choices=("keys", "map"),
            help="review a ZIP in Chromium by the keyboard alone, or on the map alone",
        )

    def handle(
        self, *_: object, dataset: str, labels: Path, browser: str | None, **__: object
    ) -> None:
        if browser:
            self._measure_in_browser(Path(dataset), labels, browser)
            return
        found = Dataset.objects.filter(slug=dataset).first()
        run = found.runs.succeeded().first() if found else None
        if run is None:
            raise CommandError(f"no data set {dataset!r} with a finished run")
        try:
            truth = figures.truth_of(labels, run)
        except (OSError, InputError) as error:
            raise CommandError(str(error)) from error
        with transaction.atomic():
            resuggest.resuggest(run)
            self._measure(run, truth)
            transaction.set_rollback(True)

    def _measure(self, run: Run, truth: dict[str, LabelTruth]) -> None:
        n_outliers, before = figures.n_undecided(run), figures.f1(run, truth)
        hands = Requests(run, run.dataset.owner)
        session = Reviewer(run, brands(truth), hands).work()
        for line in figures.told_cards(session, n_outliers):
            self.stdout.write(line)
        self.stdout.write(figures.told_times("decision on the server", session.seconds))
        self.stdout.write(figures.told_f1(before, figures.f1(run, truth)))

    def _measure_in_browser(self, logos: Path, labels: Path, way: str) -> None:
        named = os.environ.get("CHROMIUM", "")
        if missing := problem(named):
            raise CommandError(missing)
        for path in (logos, labels):
            if not path.is_file():
                raise CommandError(f"no file {path}")
        port = free_port()
        url = f"http://{HOST}:{port}"
        driver = [sys.executable, "-m", "clustering.lab.bench.review.driver"]
        files = [str(path.resolve()) for path in (logos, labels)]
        with TemporaryDirectory(prefix="bench-review-") as folder:
            environment = isolated.environment(folder, site_url=url)
            try:
                with started(port, environment):
                    found = subprocess.run(  # noqa: S603 - our own interpreter, our own code
                        [*driver, *files, way, url, installed(named)],
                        cwd=ROOT,
                        env=environment,
                        stdout=subprocess.PIPE,
                        text=True,
                        check=True,
                    )
            except (subprocess.CalledProcessError, TimeoutError) as error:
                raise CommandError(str(error)) from error
        self.stdout.write(found.stdout, ending="")
