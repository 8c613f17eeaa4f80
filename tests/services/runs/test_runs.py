"""Runs: leased to one worker, written atomically, or ended with an error code."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clustering.models import Dataset, Run, User
from clustering.models.domain import LEASE
from clustering.pipeline.errors import InputError, UnknownPlugin
from clustering.services.runs import request
from clustering.services.runs.compute import claim, compute
from clustering.services.runs.spec import RunSpec
from tests.factories import make_dataset, make_domain, make_embedding, make_logo

pytestmark = pytest.mark.django_db

VECTORS: dict[str, list[float]] = {
    "a": [1, 0, 0],
    "b": [1, 0.05, 0],
    "c": [0, 1, 0],
    "d": [0, 1, 0.05],
    "e": [0, 0, 1],
}


@pytest.fixture
def dataset(alice: User) -> Dataset:
    dataset = make_dataset(alice)
    key = request.request_first_run(dataset).embedder_key
    for name, vector in VECTORS.items():
        logo = make_logo(name)
        make_domain(dataset, f"{name}.de", logo=logo)
        make_embedding(logo, vector, key=key)
    return dataset


def compute_run_of(dataset: Dataset) -> Run:
    run = claim(dataset.runs.get())
    assert run is not None
    compute(run)
    run.refresh_from_db()
    return run


def test_a_run_writes_clusters_and_an_assignment_per_domain(dataset: Dataset) -> None:
    run = compute_run_of(dataset)

    assert run.status == "succeeded"
    groups = {
        frozenset(one.assignments.values_list("domain__name", flat=True))
        for one in run.clusters.all()
    }
    assert groups == {frozenset({"a.de", "b.de"}), frozenset({"c.de", "d.de"})}
    assert run.assignments.outliers().get().domain.name == "e.de"
    assert run.metrics["n_clusters"] == 2
    assert run.metrics["n_outliers"] == 1
    assert len(run.fingerprint) == 64
    assert {"numpy", "scipy", "python"} <= set(run.versions)


def test_only_one_worker_gets_a_run(dataset: Dataset) -> None:
    run = dataset.runs.get()

    assert claim(run) is not None
    assert claim(run) is None


def test_a_worker_that_lost_its_lease_writes_nothing(dataset: Dataset) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        zombie = claim(dataset.runs.get())
        clock.shift(LEASE + timedelta(seconds=1))
        heir = claim(dataset.runs.get())
    assert zombie is not None
    assert heir is not None

    compute(zombie)

    assert not dataset.runs.get().clusters.exists()
    compute(heir)
    assert dataset.runs.get().clusters.count() == 2


def test_a_cancelled_run_writes_nothing(dataset: Dataset) -> None:
    run = claim(dataset.runs.get())
    assert run is not None

    assert request.cancel(run)
    compute(run)

    run.refresh_from_db()
    assert run.status == "cancelled"
    assert not run.assignments.exists()
    assert not request.cancel(run)


def test_a_run_that_kills_its_workers_ends_as_crashed(dataset: Dataset) -> None:
    Run.objects.update(attempts=3)

    run = compute_run_of(dataset)

    assert (run.status, run.error_code) == ("failed", "crashed")


@pytest.mark.parametrize("n_domains", [2, 5, 40])
def test_one_logo_under_all_names_is_one_cluster(
    alice: User, client: Client, n_domains: int
) -> None:
    dataset = make_dataset(alice)
    key = request.request_first_run(dataset).embedder_key
    logo = make_logo("a")
    make_embedding(logo, [1, 0], key=key)
    for number in range(n_domains):
        make_domain(dataset, f"shop-{number}.de", logo=logo)

    run = compute_run_of(dataset)

    assert run.status == "succeeded"
    assert list(run.clusters.values_list("n_members", flat=True)) == [n_domains]
    assert run.n_outliers == 0
    client.force_login(alice)
    for page in ("overview", "gallery", "map", "outliers", "quality", "exports"):
        assert client.get(reverse(page, args=[dataset.slug])).status_code == 200
        assert client.get(reverse("map_points", args=[dataset.slug])).status_code == 200


def test_one_logo_is_too_few(alice: User) -> None:
    dataset = make_dataset(alice)
    key = request.request_first_run(dataset).embedder_key
    logo = make_logo("a")
    make_domain(dataset, "a.de", logo=logo)
    make_embedding(logo, [1, 0], key=key)

    run = compute_run_of(dataset)

    assert (run.status, run.error_code) == ("failed", "too_few_logos")
    assert run.error_detail.startswith("clustering needs 2 different logos, got 1; retry")


def test_placeholders_are_always_outliers(dataset: Dataset) -> None:
    key = dataset.runs.get().embedder_key
    globe = make_logo("globe", is_placeholder=True)
    make_embedding(globe, [1, 0, 0], key=key)
    for index in range(5):
        make_domain(dataset, f"globe{index}.de", logo=globe)

    run = compute_run_of(dataset)

    outliers = run.assignments.outliers().filter(domain__name__startswith="globe")
    assert outliers.count() == 5
    assert run.metrics["n_placeholders"] == 1


def test_a_logo_without_a_vector_is_an_outlier_off_the_map(dataset: Dataset) -> None:
    make_domain(dataset, "z.de", logo=make_logo("z"))

    run = compute_run_of(dataset)

    lost = run.assignments.get(domain__name="z.de")
    assert (lost.cluster, lost.x, lost.y) == (None, None, None)
    assert run.assignments.count() == 6


@pytest.mark.parametrize(
    "params", [{"distance_threshold": 9}, {"distance_threshold": "x"}, {"unknown": 1}]
)
def test_parameters_that_make_no_sense_are_refused(
    dataset: Dataset, params: dict[str, object]
) -> None:
    with pytest.raises((InputError, TypeError)):
        request.request_run(dataset, RunSpec("descriptor", "agglomerative", params))
    assert dataset.runs.count() == 1


def test_an_unknown_clusterer_is_refused(dataset: Dataset) -> None:
    with pytest.raises(UnknownPlugin, match="agglomerative"):
        request.request_run(dataset, RunSpec("descriptor", "magic"))
