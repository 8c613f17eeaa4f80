"""Runs that find their distances on the data set's own logos."""

import pytest

from clustering.models import Run
from clustering.pipeline import self_calibration
from clustering.pipeline.clusterers import calibration
from clustering.pipeline.clusterers.calibration import Distances
from clustering.pipeline.self_calibration import Found
from clustering.services.runs import calibrated, compute
from clustering.services.runs.spec import RunSpec
from tests.factories import make_dataset, make_run, make_user
from tests.services.tuning.test_search import computed, place, queued

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    """The vectors are planted; no embedder made them."""
    monkeypatch.setattr(calibrated, "embedder_of", lambda run, make: None)


def ten_sites() -> Run:
    dataset = make_dataset(make_user())
    for number, word in enumerate(("apple", "berry", "cedar", "daisy", "elder")):
        place(dataset, f"{word}.de", 40 * number)
        place(dataset, f"{word}.fr", 40 * number + 6)
    return queued(dataset, is_calibrated=True)


def test_found_distances_replace_those_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Found(Distances(threshold=0.02, copies=0.001), n_strangers=60)
    monkeypatch.setattr(calibrated, "find_distances", lambda *given: found)

    done = computed(ten_sites())

    assert done.distances == found.distances
    assert done.clusterer_params["distance_threshold"] == 0.02
    assert done.n_machine_clusters == 5
    assert RunSpec.of(done).is_calibrated


def test_with_too_few_logos_the_distances_of_the_embedder_stay() -> None:
    run = ten_sites()
    before = dict(run.clusterer_params)

    done = computed(run)

    assert self_calibration.FEWEST_STRANGERS > 10
    assert done.status == Run.Status.SUCCEEDED
    assert (done.found_distances, done.clusterer_params) == ({}, before)
    assert done.distances == calibration.distances_of("descriptor")


def test_only_embedders_without_a_measurement_calibrate_by_default() -> None:
    assert RunSpec.default_for("torchvision:resnet50").is_calibrated
    assert not RunSpec.default_for("logonet").is_calibrated


def test_the_fingerprint_tells_found_distances_apart() -> None:
    run = make_run(make_dataset(make_user()), {"A": ["a.de"]})
    given = compute.run_input(run)

    before = compute._fingerprint(run, given)
    run.found_distances = {"threshold": 0.2, "copies": 0.01}

    assert compute._fingerprint(run, given) != before
