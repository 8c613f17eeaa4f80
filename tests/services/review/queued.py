"""A run with every kind of question, for tests."""

import numpy as np

from clustering.models import Cluster, ReviewItem, Run, Suggestion, User
from clustering.models.suggestion import ScoredCluster
from clustering.pipeline.domain_words import SharedWord
from clustering.pipeline.pair_score import PairScore
from clustering.services.review.build import Question, append, build
from tests.factories import make_dataset, make_domain, make_embedding, make_logo, make_run

GROUPS = {
    "Kia": ["kia.de", "kia.fr"],
    "Mazda": ["mazda-a.de", "mazda-b.de", "mazda-c.de"],
    "Mazda 2": ["mazda-d.de", "mazda-e.de"],
    "-": ["kia-one.de", "kia-two.de", "lone.de", "nova-one.it", "nova-two.it"],
}
ANGLES = {
    "kia": 0.0,
    "mazda-a": 60.0,
    "mazda-b": 60.0,
    "mazda-c": 60.0,
    "mazda-d": 110.0,
    "mazda-e": 110.0,
    "kia-one": 30.0,
    "kia-two": 40.0,
    "lone": 150.0,
    "nova-one": 235.0,
    "nova-two": 275.0,
}
"""Degrees on a circle: the vectors of the logos."""


def make_queue(user: User) -> Run:
    """Return a run with its queue: two groups, clusters of one brand, and a single outlier."""
    run = make_run(make_dataset(user), GROUPS)
    for row in run.assignments.select_related("domain", "logo"):
        angle = np.radians(ANGLES[row.domain.name.partition(".")[0]])
        make_embedding(row.logo, [np.cos(angle), np.sin(angle)], key=run.embedder_key)
    kia, by = run.clusters.get(name="Kia"), PairScore(run.distances.threshold)
    for row in run.assignments.outliers():
        word = SharedWord("kia", is_whole=True) if "kia" in row.domain.name else SharedWord()
        found = [ScoredCluster.of(kia.pk, 0.5, word, by)]
        Suggestion.of(run, row.logo_id, found).save()
    build(run)
    return run


SITES = ["ironoak.fr", "petrichor.it", "velmora.de"]
"""Sites of three owners with one picture."""


def make_shared(user: User, *more: str) -> Run:
    """Return a run with a cluster of ``SITES`` and ``more`` that show one picture."""
    dataset = make_dataset(user)
    for row, name in enumerate([*SITES, *more], start=1):
        make_domain(dataset, name, logo=make_logo("host"), row=row)
    run = make_run(dataset, {"Host": [*SITES, *more]})
    build(run)
    return run


def suggest(run: Run, name: str, *clusters: Cluster, probability: float) -> ReviewItem:
    """Ask about one outlier anew, with suggestions of this probability."""
    run.review_items.filter(subjects__domain__name=name).delete()
    row = run.assignments.get(domain__name=name)
    run.suggestions.filter(logo=row.logo_id).delete()
    found = [ScoredCluster(one.pk, 0.5, probability, "") for one in clusters]
    Suggestion.of(run, row.logo_id, found).save()
    append(run, [Question(ReviewItem.Kind.SINGLE, probability, (row.domain_id,))])
    return item_about(run, name)


def asked(run: Run) -> list[tuple[str, list[str]]]:
    """Return what is open, in order: kind, and the names of domains or clusters."""
    return [(item.kind, _names(item)) for item in run.review_items.open()]


def item_about(run: Run, name: str) -> ReviewItem:
    return run.review_items.get(subjects__domain__name=name)


def _names(item: ReviewItem) -> list[str]:
    subjects = item.subjects.select_related("domain", "cluster")
    return [str(one.domain or one.cluster) for one in subjects]
