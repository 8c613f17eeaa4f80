"""Map points, and alignment with the map of the previous run."""

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clustering.models import Dataset, Run, User
from clustering.selectors import map_points
from clustering.services.runs import compute
from clustering.services.runs.request import request_run
from clustering.services.runs.spec import RunSpec
from tests.factories import make_dataset, make_domain, make_embedding, make_logo
from tests.pipeline.planted import groups

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset(alice: User) -> Dataset:
    return make_dataset(alice)


def show(dataset: Dataset, first: int, last: int) -> None:
    """Let the data set hold planted logos ``first`` to ``last``."""
    key = request(dataset).embedder_key
    vectors, _ = groups([9, 8, 7, 6], dim=12)
    for row in range(first, last):
        logo = make_logo(f"logo {row}")
        make_domain(dataset, f"site{row}.example", logo=logo)
        make_embedding(logo, vectors[row].tolist(), key=key)


def request(dataset: Dataset) -> Run:
    dataset.runs.unfinished().delete()
    return request_run(dataset, RunSpec("descriptor", "agglomerative", projector="pca"))


def places(dataset: Dataset) -> dict[str, tuple[float, float]]:
    """Compute a run and return where it has each domain."""
    run = compute.claim(request(dataset))
    assert run is not None
    compute.compute(run)
    rows = run.assignments.values_list("domain__name", "x", "y")
    return {name: (x or 0.0, y or 0.0) for name, x, y in rows}


def test_the_same_logos_get_the_same_places(dataset: Dataset) -> None:
    show(dataset, 0, 30)

    assert places(dataset) == places(dataset)


def test_points_hardly_move_when_logos_are_added(dataset: Dataset) -> None:
    show(dataset, 0, 28)
    before = places(dataset)
    show(dataset, 28, 30)

    after = places(dataset)

    moved = [np.hypot(*np.subtract(after[name], before[name])) for name in before]
    assert len(after) == 30
    assert np.median(moved) < 0.02 * np.ptp(list(before.values()))


def test_labels_are_read_by_logo_not_from_the_whole_run(dataset: Dataset) -> None:
    show(dataset, 0, 4)
    places(dataset)
    run = compute.claim(request(dataset))
    assert run is not None
    compute.compute(run)
    logo = run.assignments.get(domain__name="site2.example").logo

    with CaptureQueriesContext(connection) as queries:
        labels = map_points.point_labels(run, [logo.pk])

    assert {pk: label.domain for pk, label in labels.items()} == {logo.pk: "site2.example"}
    if connection.vendor == "sqlite":  # PostgreSQL reads a table of a few rows as a whole
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {queries[-1]['sql']}")
            plan = "\n".join(step for *_, step in cursor.fetchall())
        assert "clustering_assignment USING INDEX clustering_assignment_logo_id" in plan, plan
