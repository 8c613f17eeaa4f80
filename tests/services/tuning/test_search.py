"""Parameter searches: input, result, lease, automatic runs."""

import math
from datetime import timedelta
from hashlib import sha256

import pytest
import time_machine
from django.utils import timezone

from clustering.models import Capture, Cluster, Dataset, Domain, Logo, Run, Tuning
from clustering.services.runs import compute, request
from clustering.services.runs.spec import RunSpec
from clustering.services.tuning import search
from clustering.services.work import leases
from tests.factories import KEY, make_dataset, make_domain, make_embedding, make_logo, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

SINGLE_LINKAGE = {"linkage": "single", "distance_threshold": 0.6}
BRANDS = {"acme": 10, "bolt": 100, "cusp": 200}


def place(dataset: Dataset, name: str, degrees: float, **logo: object) -> Domain:
    """A domain whose logo lies at an angle: a apart are 1 - cos(a) in cosine distance."""
    angle = math.radians(degrees)
    phash = sha256(name.encode()).hexdigest()[:16]  # no two logos are near-copies
    image = make_logo(name, phash=phash, **logo)
    make_embedding(image, [math.cos(angle), math.sin(angle)])
    return make_domain(dataset, name, logo=image)


@pytest.fixture
def dataset() -> Dataset:
    """Three brands of four logos within 12 degrees (0.02), and a stranger."""
    dataset = make_dataset(make_user())
    for brand, degrees in BRANDS.items():
        for step in range(4):
            place(dataset, f"{brand}{step}.de", degrees + 4 * step)
    place(dataset, "stranger.de", 300)
    return dataset


@pytest.fixture
def run(dataset: Dataset) -> Run:
    """A run that waits, on vectors that are there."""
    return queued(dataset)


def queued(dataset: Dataset, **fields: object) -> Run:
    fields = {"projector": "pca"} | fields
    made = request.request_run(
        dataset,
        RunSpec("descriptor", "agglomerative", SINGLE_LINKAGE, **fields),  # type: ignore[arg-type]
    )
    Run.objects.filter(pk=made.pk).update(embedder_key=KEY)
    made.refresh_from_db()
    return made


def computed(run: Run) -> Run:
    held = compute.claim(run)
    assert held is not None
    compute.compute(held)
    held.refresh_from_db()
    return held


def answered(run: Run) -> Tuning:
    held = search.claim(search.request(run).pk)
    assert held is not None
    search.compute(held)
    held.refresh_from_db()
    return held


def test_a_search_finds_the_brands_and_says_why(run: Run) -> None:
    found = answered(run)

    report = found.result["report"]
    assert found.status == Tuning.Status.SUCCEEDED
    assert (report["chosen"]["n_clusters"], report["chosen"]["n_outliers"]) == (3, 1)
    assert "calibrated on labelled logos" in report["why"]
    assert report["n_configurations"] == 320


def test_examples_are_logos_of_the_data_set(run: Run) -> None:
    previews = answered(run).result["previews"]

    first = previews["single"][0]
    logos = set(Capture.objects.values_list("logo_id", flat=True))
    assert [one["size"] for one in first["largest"]] == [4, 4, 4]
    assert all(set(one["logos"]) <= logos for one in first["largest"])
    assert len(previews["single"]) == len(previews["average"]) == 56


def test_placeholders_and_logos_without_a_vector_are_left_out(dataset: Dataset, run: Run) -> None:
    place(dataset, "globe.de", 11, is_placeholder=True)
    make_domain(dataset, "bare.de", logo=make_logo("bare"))
    make_domain(dataset, "acme-again.de", logo=make_logo("acme0.de"))

    given = search.search_input(run)

    assert len(given.logo_ids) == 13
    assert given.data.weights.sum() == 14


def test_a_search_has_the_same_input_as_a_run(dataset: Dataset, run: Run) -> None:
    globe = place(dataset, "globe.de", 11, is_placeholder=True)
    consent = place(dataset, "acme0.com", 40).captures.get().logo
    for name in ("bolt0.com", "cusp0.com", "stranger.com"):
        make_domain(dataset, name, logo=consent)

    before = search.search_input(run).logo_ids
    dataset.domains.filter(pk=globe.pk).update(decided_at=timezone.now())
    after = search.search_input(run).logo_ids

    shown = set(Capture.objects.values_list("logo_id", flat=True))
    chosen = globe.captures.get().logo_id
    assert set(before) == shown - {chosen, consent.pk}
    assert set(after) == shown - {consent.pk} == shown - compute.run_input(run).placeholder_ids


def test_near_copies_are_one_logo_as_in_a_run(dataset: Dataset, run: Run) -> None:
    copy = place(dataset, "acme0-again.de", 10.5)
    original = Capture.objects.get(domain__name="acme0.de").logo
    Logo.objects.filter(captures__domain=copy).update(phash=original.phash)

    given = search.search_input(run)

    assert len(given.logo_ids) == 13
    assert given.data.weights.sum() == 14


def test_corrections_are_part_of_the_input(dataset: Dataset, run: Run) -> None:
    done = computed(run)
    cluster = Cluster.objects.filter(run=done).first()
    reviewed = {"reviewed_at": timezone.now(), "human_cluster": cluster}
    done.assignments.filter(domain__name__in=["acme0.de", "bolt0.de"]).update(**reviewed)
    alone = {"reviewed_at": timezone.now(), "human_cluster": None}
    done.assignments.filter(domain__name__in=["cusp0.de", "cusp1.de"]).update(**alone)

    given = search.search_input(done)

    name_of = dict(Capture.objects.values_list("logo_id", "domain__name"))
    decided = {
        name_of[logo_id]: int(group)
        for logo_id, group in zip(given.logo_ids, given.data.decided, strict=True)
        if group >= 0
    }
    assert decided["acme0.de"] == decided["bolt0.de"]
    assert decided["cusp0.de"] != decided["cusp1.de"]
    assert len(decided) == 4


def test_an_automatic_run_uses_and_stores_its_search(
    dataset: Dataset,
) -> None:
    done = computed(queued(dataset, is_auto=True))

    kept = Tuning.objects.get(run=done)
    chosen = kept.result["report"]["chosen"]
    assert done.status == Run.Status.SUCCEEDED
    assert done.is_auto
    assert done.clusterer == chosen["clusterer"]
    assert done.clusterer_params | chosen["params"] == done.clusterer_params
    assert done.clusterer_params["distance_threshold"] != 0.6
    assert done.metrics["n_clusters"] == chosen["n_clusters"] == 3


def test_a_run_with_given_parameters_is_not_tuned(run: Run) -> None:
    done = computed(run)

    assert done.clusterer_params["distance_threshold"] == 0.6
    assert not Tuning.objects.exists()


def test_an_automatic_run_of_two_logos_keeps_its_clusterer() -> None:
    dataset = make_dataset(make_user("bob"))
    place(dataset, "x.de", 0)
    place(dataset, "y.de", 5)

    done = computed(queued(dataset, is_auto=True))

    assert done.status == Run.Status.SUCCEEDED
    assert done.clusterer_params["distance_threshold"] == 0.6


def test_a_repeated_run_is_as_automatic_and_prepared_as_the_first(dataset: Dataset) -> None:
    first = computed(queued(dataset, is_auto=True, name="Tight"))
    Run.objects.filter(pk=first.pk).update(preparation=["grey"])

    again = request.request_again(dataset)

    assert again is not None
    assert (again.is_auto, again.name, again.preparation) == (True, "Tight", ["grey"])
    assert again.embedder_key.endswith(":prep3+grey")


def test_a_second_request_returns_the_queued_search(run: Run) -> None:
    assert search.request(run) == search.request(run)


def test_one_worker_holds_a_search(run: Run) -> None:
    waiting = search.request(run)

    assert search.claim(waiting.pk) is not None
    assert search.claim(waiting.pk) is None
    assert search.due_ids() == []


def test_a_dead_workers_search_is_due_again_and_ends_after_three(run: Run) -> None:
    waiting = search.request(run)
    for attempt in range(1, 4):
        with time_machine.travel(timezone.now() + attempt * timedelta(minutes=5), tick=False):
            assert search.due_ids() == [waiting.pk]
            assert search.claim(waiting.pk) is not None

    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
        held = search.claim(waiting.pk)
        assert held is not None
        search.compute(held)

    waiting.refresh_from_db()
    assert (waiting.status, waiting.error_code) == (Tuning.Status.FAILED, "crashed")


def test_a_cancelled_search_writes_nothing(run: Run) -> None:
    held = search.claim(search.request(run).pk)
    assert held is not None

    assert search.cancel(held)
    search.compute(held)

    held.refresh_from_db()
    assert (held.status, held.result) == (Tuning.Status.CANCELLED, {})
    assert not search.cancel(held)


def test_a_search_on_too_few_logos_ends_with_a_code(dataset: Dataset) -> None:
    empty = make_dataset(make_user("carol"), "Empty")

    found = answered(queued(empty))

    assert (found.status, found.error_code) == (Tuning.Status.FAILED, "too_few_logos")


def test_the_newest_answer_on_the_same_vectors_counts(dataset: Dataset, run: Run) -> None:
    first = answered(run)
    later = search.request(queued(dataset))

    assert search.newest(dataset, KEY) == later
    assert search.answered(dataset, KEY) == first
    assert search.answered(dataset, "descriptor:other") is None


def test_a_lost_lease_writes_nothing(run: Run) -> None:
    held = search.claim(search.request(run).pk)
    assert held is not None
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        rival = leases.claim(Tuning.objects.get(pk=held.pk))

    search.compute(held)

    held.refresh_from_db()
    assert rival is not None
    assert held.result == {}
