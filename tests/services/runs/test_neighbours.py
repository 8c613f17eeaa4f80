"""Stored neighbours equal those of a search of all vectors."""

import numpy as np
import pytest
from pytest_django import DjangoAssertNumQueries

from clustering.models import Dataset, Neighbourhood, Run, User
from clustering.selectors import logo_tiles, similarity
from clustering.selectors.similarity import listed_neighbours
from clustering.services.runs import compute, neighbours, request
from tests.factories import make_dataset, make_domain, make_embedding, make_logo

pytestmark = pytest.mark.django_db

ANGLES = {"a": 0, "b": 4, "c": 9, "d": 15, "e": 80, "f": 86}


@pytest.fixture
def run(alice: User) -> Run:
    dataset = make_dataset(alice)
    queued = request.request_first_run(dataset)
    for name, degrees in ANGLES.items():
        logo = make_logo(name)
        make_domain(dataset, f"{name}.de", logo=logo)
        angle = np.radians(degrees)
        make_embedding(logo, [np.cos(angle), np.sin(angle), 0], key=queued.embedder_key)
    return computed(dataset)


def computed(dataset: Dataset) -> Run:
    run = compute.claim(dataset.runs.get())
    assert run is not None
    compute.compute(run)
    run.refresh_from_db()
    assert run.status == "succeeded", run.error_detail
    return run


def test_similar_logos_are_read_from_the_runs_graph(
    run: Run, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    logo = run.assignments.get(domain__name="b.de").logo

    with django_assert_num_queries(3):
        found = similarity.neighbours(run, logo)

    Neighbourhood.objects.all().delete()
    assert found == similarity.neighbours(run, logo)
    assert [run.assignments.get(logo=id_).domain.name for id_, _ in found[:3]] == [
        "a.de",
        "c.de",
        "d.de",
    ]


def test_a_logo_that_the_run_did_not_see_is_not_listed(run: Run) -> None:
    assert listed_neighbours(run, make_logo("later").pk) is None


def test_a_replaced_logo_has_no_neighbours(run: Run) -> None:
    replaced = run.assignments.get(domain__name="a.de")
    gone, logo = replaced.logo, run.assignments.get(domain__name="b.de").logo
    replaced.logo = logo
    replaced.save()

    found = similarity.neighbours(run, logo)

    assert gone.pk not in [id_ for id_, _ in found]
    assert [one.assignment.domain.name for one in logo_tiles.neighbours(run, logo)][:2] == [
        "c.de",
        "d.de",
    ]


def test_many_logos_are_kept_in_blocks_and_each_is_found_in_its_own(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    Neighbourhood.objects.all().delete()
    monkeypatch.setattr(neighbours, "BLOCK_LOGOS", 2)
    ids = [70, 10, 40, 20, 90]

    neighbours.save(run, ids, np.array([[1, -1], [0, 2], [4, 3], [2, -1], [-1, -1]]))

    assert Neighbourhood.objects.filter(run=run).count() == 2
    listed = {id_: listed_neighbours(run, id_) for id_ in [*ids, 30]}
    assert listed == {70: [10], 10: [70, 40], 40: [90, 20], 20: [40], 90: None, 30: None}
