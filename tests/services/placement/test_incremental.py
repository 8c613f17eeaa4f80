"""Incremental assignment: once per logo, without changes to other assignments."""

import json
from datetime import timedelta
from uuid import uuid4

import numpy as np
import pytest
import time_machine
from django.utils import timezone
from numpy.typing import NDArray

from clustering.models import Assignment, Dataset, Logo, Run, User
from clustering.models.domain import LEASE
from clustering.pipeline.embedders import Embedder
from clustering.pipeline.errors import WeightsMissing
from clustering.selectors import export_rows, progress, unplaced
from clustering.services import workflow
from clustering.services.curation import edits, marks, undo
from clustering.services.placement import incremental, run_model
from clustering.services.runs import carry_over
from clustering.services.work import leases
from tests.factories import KEY, make_dataset, make_domain, make_embedding, make_logo, make_run

pytestmark = pytest.mark.django_db

RED, BLUE, ODD = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
NEAR_RED, NEAR_ODD = (1.0, 0.1, 0.0), (0.0, 0.1, 1.0)
BETWEEN = (1.0, 1.0, 1.0)


class Silent:
    """An embedder that is never asked: every logo of these tests has its vector."""

    key, dim = KEY, 3

    def embed(self, images: object) -> NDArray[np.float32]:
        raise AssertionError("a stored vector was computed again")


def make(name: str) -> Embedder:
    return Silent()


@pytest.fixture
def run(alice: User) -> Run:
    """Red: a.de, b.de; blue: c.de; outlier: o.de."""
    dataset = make_dataset(alice)
    run = make_run(dataset, {"Red": ["a.de", "b.de"], "Blue": ["c.de"], "-": ["o.de"]})
    for name, vector in {"a.de": RED, "b.de": (1.0, -0.3, 0.0), "c.de": BLUE, "o.de": ODD}.items():
        make_embedding(make_logo(name), vector)
    return run


def add(run: Run, name: str, vector: tuple[float, ...]) -> None:
    logo = make_logo(name)
    logo.phash = "ffffffff00000000"  # unlike those of the run
    logo.save(update_fields=["phash"])
    make_domain(run.dataset, name, logo=logo)
    make_embedding(logo, vector)


def place(run: Run, *, limit: int = 100) -> None:
    leased = leases.claim_finished(run)
    assert leased is not None
    incremental.place_for(leased, make=make, limit=limit)


def of(run: Run, name: str) -> Assignment:
    return run.assignments.select_related("cluster").get(domain__name=name)


def test_a_new_domain_joins_the_cluster_that_it_looks_like(run: Run) -> None:
    add(run, "new.de", NEAR_RED)

    assert workflow.next_stage(run.dataset) is workflow.Work.PLACE
    place(run)

    placed = of(run, "new.de")
    assert placed.cluster is not None
    assert placed.cluster.name == "Red"
    assert placed.placed_at is not None
    assert placed.placed_reason.endswith("to a.de, threshold 0.71")
    assert placed.probability > 0.9
    assert (placed.x, placed.y) == (1.0, 2.0)
    assert workflow.next_stage(run.dataset) is None
    assert progress.is_idle(run.dataset)


@pytest.mark.parametrize("vector", [BETWEEN, NEAR_ODD])
def test_images_unlike_any_cluster_are_outliers(run: Run, vector: tuple[float, ...]) -> None:
    add(run, "new.de", vector)

    place(run)

    assert of(run, "new.de").cluster is None
    assert export_rows.labels(run)["new.de"] == -1


def test_nothing_that_was_there_changes(run: Run) -> None:
    columns = ("pk", "cluster", "logo", "probability", "x", "y", "placed_at")
    before = list(run.assignments.order_by("pk").values_list(*columns))
    add(run, "new.de", NEAR_RED)

    place(run)

    after = list(run.assignments.order_by("pk").values_list(*columns))
    assert after[:4] == before
    assert len(after) == 5


def test_a_replaced_logo_is_placed_again(run: Run) -> None:
    capture = run.dataset.domains.get(name="a.de").captures.get()
    capture.logo = make_logo("other")
    capture.save(update_fields=["logo"])
    make_embedding(capture.logo, BLUE)

    place(run)

    placed = of(run, "a.de")
    assert placed.logo == capture.logo
    assert placed.cluster is not None
    assert placed.cluster.name == "Blue"
    assert run.assignments.count() == 4


def test_a_human_choice_survives_a_new_placement(run: Run, alice: User) -> None:
    domain = run.dataset.domains.get(name="a.de")
    blue = run.clusters.get(name="Blue")
    edits.assign(run, alice, domain_ids=[domain.pk], cluster=blue, client_id=uuid4())
    domain.captures.update(logo=make_logo("other"))
    make_embedding(make_logo("other"), (1.0, -0.4, 0.0))  # as b.de

    place(run)

    placed = of(run, "a.de")
    assert placed.human_cluster == blue
    assert placed.reviewed_by == alice
    assert placed.cluster is not None
    assert placed.cluster.name == "Red"


def test_a_correction_of_an_earlier_run_is_restored_with_its_domain(run: Run, alice: User) -> None:
    cluster = run.clusters.get(name="Blue")
    domain_ids = [of(run, "o.de").domain_id]
    edits.assign(run, alice, domain_ids=domain_ids, cluster=cluster, client_id=uuid4())
    newer = make_run(run.dataset, {"Red": ["a.de", "b.de"], "Blue": ["c.de"]})
    carry_over.carry_over(newer)

    place(newer)

    returned = of(newer, "o.de")
    assert returned.cluster is None
    assert returned.human_cluster == newer.clusters.get(name="Blue")
    assert returned.reviewed_by == alice


def test_a_correction_undone_while_absent_is_not_restored(run: Run, alice: User) -> None:
    cluster = run.clusters.get(name="Blue")
    domain_ids = [of(run, "o.de").domain_id]
    edits.assign(run, alice, domain_ids=domain_ids, cluster=cluster, client_id=uuid4())
    newer = make_run(run.dataset, {"Red": ["a.de", "b.de"], "Blue": ["c.de"]})
    carry_over.carry_over(newer)
    undo.undo_last(newer, alice, client_id=uuid4())

    place(newer)

    assert of(newer, "o.de").reviewed_at is None


def test_corrections_change_the_model(run: Run, alice: User) -> None:
    odd = run.dataset.domains.get(name="o.de")
    red = run.clusters.get(name="Red")
    edits.assign(run, alice, domain_ids=[odd.pk], cluster=red, client_id=uuid4())
    add(run, "new.de", NEAR_ODD)

    place(run)

    assert of(run, "new.de").cluster == red


def test_placed_logos_are_no_exemplars(run: Run) -> None:
    add(run, "first.de", (1.0, 0.9, 0.0))  # similarity 0.74 to red
    place(run)
    add(run, "second.de", (1.0, 0.9, 0.9))  # similarity 0.62 to red, 0.83 to the first

    place(run)

    assert of(run, "first.de").cluster is not None
    assert of(run, "second.de").cluster is None


def test_a_logo_without_a_vector_is_an_outlier_that_says_so(run: Run) -> None:
    logo = make_logo("broken")
    make_domain(run.dataset, "broken.de", logo=logo)
    logo.embeddings.create(embedder_key=KEY, dim=0, vector=b"", error_code="unreadable_file")

    place(run)

    placed = of(run, "broken.de")
    assert (placed.cluster, placed.x) == (None, None)
    assert placed.placed_reason == incremental.NO_VECTOR


def test_a_stand_in_image_joins_nothing(run: Run) -> None:
    add(run, "new.de", RED)
    Logo.objects.filter(captures__domain__name="new.de").update(is_placeholder=True)

    place(run)

    placed = of(run, "new.de")
    assert (placed.cluster, placed.placed_reason) == (None, run_model.NO_LOGO)


def test_a_chosen_placeholder_is_placed_as_a_logo(run: Run) -> None:
    add(run, "new.de", RED)
    Logo.objects.filter(captures__domain__name="new.de").update(is_placeholder=True)
    run.dataset.domains.filter(name="new.de").update(decided_at=timezone.now())

    place(run)

    assert of(run, "new.de").cluster == run.clusters.get(name="Red")
    document = json.loads(b"".join(export_rows.full_json(run)))
    assert {one["domain"]: one["status"] for one in document["items"]}["new.de"] == "ok"


def test_batches_give_the_same_result_as_one(run: Run) -> None:
    for number in range(5):
        add(run, f"new{number}.de", NEAR_RED)

    while incremental.due_run(run.dataset):
        place(run, limit=2)

    assert of(run, "new4.de").cluster == of(run, "new0.de").cluster
    assert run.assignments.filter(placed_at__isnull=False).count() == 5


def test_a_worker_that_lost_its_lease_places_nothing(run: Run) -> None:
    add(run, "new.de", NEAR_RED)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        zombie = leases.claim_finished(run)
        clock.shift(LEASE + timedelta(seconds=1))
        heir = leases.claim_finished(run)
    assert zombie is not None
    assert heir is not None

    incremental.place_for(zombie, make=make, limit=9)

    assert run.assignments.count() == 4
    incremental.place_for(heir, make=make, limit=9)
    assert run.assignments.count() == 5


def test_only_one_worker_extends_a_run(run: Run) -> None:
    assert leases.claim_finished(run) is not None
    assert leases.claim_finished(run) is None


def test_without_weights_the_finished_run_waits_and_says_why(run: Run) -> None:
    add(run, "new.de", NEAR_RED)
    leased = leases.claim_finished(run)
    assert leased is not None

    def missing(name: str) -> Embedder:
        raise WeightsMissing("run manage.py fetch_weights")

    incremental.place_for(leased, make=missing, limit=9)

    run.refresh_from_db()
    assert (run.status, run.error_code) == ("succeeded", "weights_missing")
    assert workflow.next_stage(run.dataset) is None
    stage = progress.stages(run.dataset)[-1]
    assert (stage.name, stage.state, stage.done, stage.total) == ("place", "blocked", 0, 1)


def test_vectors_of_another_embedder_are_never_mixed_in(run: Run) -> None:
    add(run, "new.de", NEAR_RED)
    Run.objects.filter(pk=run.pk).update(embedder_key="descriptor:older")

    place(run)

    run.refresh_from_db()
    assert run.error_code == "embedder_changed"
    assert run.assignments.count() == 4


def test_three_dead_workers_pause_placement_and_keep_the_run(run: Run) -> None:
    add(run, "new.de", NEAR_RED)
    Run.objects.filter(pk=run.pk).update(attempts=3)

    place(run)

    run.refresh_from_db()
    assert (run.status, run.error_code) == ("succeeded", "crashed")
    assert run.next_try_at > timezone.now() + timedelta(minutes=9)


def test_a_run_that_waits_will_see_the_new_domains_itself(run: Run) -> None:
    add(run, "new.de", NEAR_RED)
    Run.objects.create(dataset=run.dataset, slug="next", embedder="descriptor", clusterer="x")

    assert incremental.due_run(run.dataset) is None
    assert unplaced.n_unplaced(run.dataset) == 0


def test_a_data_set_without_a_run_places_nothing(alice: User) -> None:
    dataset: Dataset = make_dataset(alice)
    make_domain(dataset, "a.de", logo=make_logo("a"))

    assert incremental.due_run(dataset) is None


def test_a_locked_cluster_gets_no_added_domain(run: Run, alice: User) -> None:
    red = run.clusters.get(name="Red")
    marks.lock(red, alice, client_id=uuid4())
    add(run, "new.de", NEAR_RED)

    place(run)

    assert of(run, "new.de").cluster is None
    assert of(run, "new.de").placed_reason == "it looks like Red, which is locked as complete"
