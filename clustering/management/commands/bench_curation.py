"""Measure what decisions are worth: ``bench_curation logos.zip labels.csv``."""

import time
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

import numpy as np
from django.core.management.base import BaseCommand, CommandError

from clustering.lab import offline
from clustering.lab.bench.curation import answering, keeping
from clustering.lab.bench.curation.planting import Material, add, plant, remove, run_of
from clustering.lab.bench.review.reviewer import Requests, Reviewer
from clustering.models import Run, User
from clustering.pipeline.errors import PipelineError
from clustering.pipeline.evaluation import LabelTruth
from clustering.pipeline.evaluation.label_files import for_names, read_labels
from clustering.services.curation import edits
from clustering.services.work import process_resources

STEPS = (10, 25, 50, 100)  # answers in all
GROWTH = (0.01, 0.05, 0.20)  # new domains, of the first ones
FLAT_MAP = "pca"  # where the map is not measured


class Command(BaseCommand):
    help = (
        "Cluster labelled logos, answer the review queue truly, and cluster again. Prints the F "
        "score by answers, beside single likely errors that are moved alone, what growing data "
        "sets keep, and whether the cut at the weakest link separates. Nothing is kept. "
        "Example: manage.py bench_curation logos.zip labels.csv"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="ZIP or folder of logos named by domain")
        parser.add_argument("labels", type=Path, help="CSV: domain,brand[,look,kind]")
        parser.add_argument("--embedder", default="logonet")
        parser.add_argument("--pairs", type=int, default=200, help="pairs to cut (default 200)")

    def handle(
        self, *_: object, path: Path, labels: Path, embedder: str, pairs: int, **__: object
    ) -> None:
        started = time.perf_counter()
        try:
            truth = read_labels(labels.read_bytes(), str(labels))
            material = _material(path, embedder)
        except (OSError, PipelineError) as error:
            raise CommandError(str(error)) from error
        known = for_names(truth, material.collection.images)
        user = User.objects.create_user(username=f"bench-{uuid4().hex[:8]}")
        try:
            self._measure_answers(user, material, known, pairs)
            self._measure_growth(user, material)
        finally:
            remove(user, material)
        self.stdout.write(f"seconds                  {time.perf_counter() - started:.0f}")

    def _measure_answers(
        self, user: User, material: Material, truth: Mapping[str, LabelTruth], n_pairs: int
    ) -> None:
        names = sorted(truth)
        queued, moved = (_first_run(user, material, names) for _ in range(2))
        share, n = keeping.separated_share(queued, n_pairs)
        self.stdout.write(f"cut at the weakest link separates {share:.1%} of {n} pairs")
        start = answering.scores(queued, truth)
        self.stdout.write(f"F without answers: {start}")
        n_answered, told = 0, list[answering.Question]()
        for n_answers in STEPS:
            reviewer = Reviewer(queued, answering.brands(truth), Requests(queued, user))
            n_answered += reviewer.answer(n_answers - n_answered)
            queued = run_of(queued.dataset, material, FLAT_MAP)
            new = answering.questions(moved, told, n_answers - len(told))
            answering.answer_by_moves(moved, user, new, truth)
            told += new
            for way, run, n in (
                ("queue and a new run", queued, n_answered),
                ("moves alone", moved, len(told)),
            ):
                found = answering.scores(run, truth)
                self.stdout.write(
                    f"{n:>4} answers, {way:<20} F {found}; "
                    f"gained per answer {found.gained(start, n)}"
                )

    def _measure_growth(self, user: User, material: Material) -> None:
        names = np.random.default_rng(42).permutation(sorted(material.collection.images)).tolist()
        n_first = int(len(names) / (1 + sum(GROWTH)))
        before = _first_run(user, material, names[:n_first], projector="umap")
        for number, cluster in enumerate(before.clusters.order_by("-size")[: keeping.N_NAMED]):
            edits.rename(cluster, user, name=f"Named {number}", client_id=uuid4())
        for share in GROWTH:
            n_held = before.dataset.domains.count()
            add(before.dataset, material, names[n_held : n_held + round(share * n_first)])
            after = run_of(before.dataset, material, "umap")
            found = keeping.kept(before, after)
            self.stdout.write(
                f"{share:+.0%} domains: kept {found.uids:.1%} of identities, {found.names:.0%} "
                f"of human names; the median dot moved {found.moved:.2%} of the map's width"
            )
            before = after


def _material(path: Path, embedder: str) -> Material:
    collection = offline.collect(path, offline.progress_bar)
    images, _ = collection.unique()
    vectors = offline.embed(images, process_resources.embedder(embedder), lambda n: None)
    by_content = {image.sha256: row for image, row in zip(images, vectors, strict=True)}
    return Material(collection, by_content, embedder)


def _first_run(user: User, material: Material, names: list[str], projector: str = FLAT_MAP) -> Run:
    dataset = plant(user, material)
    add(dataset, material, names)
    return run_of(dataset, material, projector)
