"""The sweep: data sets without work cost nothing, and added work is never forgotten."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clustering import tasks
from clustering.models import Dataset, User
from clustering.services import workflow
from clustering.services.classification import request as classification
from clustering.services.datasets import intake
from clustering.services.fetching import worker
from clustering.services.logos import captures, lookups
from clustering.services.placement import add_domains
from clustering.services.quality import measure
from clustering.services.runs import request
from clustering.services.tuning import search
from clustering.services.work import due
from tests.factories import make_dataset, make_run, update_domains

pytestmark = pytest.mark.django_db
N_FINISHED = 30


def finished(user: User) -> Dataset:
    dataset = make_dataset(user)
    make_run(dataset, {"A": ["a.de", "b.de"]})
    return dataset


def test_a_sweep_over_finished_data_sets_is_one_look_up(alice: User) -> None:
    for _ in range(N_FINISHED):
        finished(alice)
    tasks.sweep()

    with CaptureQueriesContext(
        connection,
    ) as queries:
        tasks.sweep()

    assert len(queries) == 1
    assert due.marked() == []
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {queries[0]['sql']}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
        assert "dataset_due" in plan


def test_a_data_set_with_pending_domains_stays_marked(alice: User) -> None:
    dataset = finished(alice)
    update_domains(dataset.domains.filter(name="a.de"), status="pending")
    dataset.domains.claim(9)

    tasks.sweep()

    assert due.marked() == [dataset]


def test_work_that_is_added_during_a_sweep_is_not_forgotten(alice: User) -> None:
    seen = finished(alice)
    due.mark(seen.pk)

    due.unmark(seen)

    assert due.marked() == [seen]


ADDED: dict[str, Callable[[Dataset, User], object]] = {
    "resume": lambda dataset, _: workflow.resume(dataset),
    "run": lambda dataset, _: request.request_first_run(dataset),
    "retry": lambda dataset, _: worker.retry(dataset, dataset.domains.all()),
    "logo": lambda dataset, _: captures.update_primary(dataset.domains.earliest("pk")),
    "lookup": lambda dataset, user: lookups.ask_candidates(dataset.domains.earliest("pk"), user),
    "tuning": lambda dataset, _: search.request(dataset.runs.get()),
    "quality": lambda dataset, _: measure.request(dataset.runs.get()),
    "labels": lambda dataset, _: measure.request_afresh(dataset.runs.get()),
    "classify": lambda dataset, user: classification.request_all(
        dataset.runs.get(), user, ["c.de"]
    ),
    "domains": lambda dataset, _: add_domains.add_pasted(dataset, "c.de"),
}


@pytest.mark.parametrize("kind", ADDED)
def test_added_work_marks_the_data_set(alice: User, kind: str) -> None:
    dataset = finished(alice)
    Dataset.objects.update(due_at=None)

    ADDED[kind](dataset, alice)

    assert due.marked() == [dataset]


def test_a_preview_is_marked_when_a_person_answers_it(alice: User) -> None:
    dataset = make_dataset(alice, intake=Dataset.Intake.READY, due_at=None)
    intake.choose_column(dataset, "site")
    assert due.marked() == [dataset]

    Dataset.objects.update(intake=Dataset.Intake.READY, due_at=None)
    intake.confirm(dataset, embedder="descriptor")
    assert due.marked() == [dataset]
