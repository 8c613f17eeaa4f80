"""Logos are embedded while other domains are still fetched."""

import pytest

from clustering import tasks
from clustering.models import Dataset, Embedding, Run, User
from clustering.services import workflow
from clustering.services.runs import request
from clustering.services.work import leases
from tests.factories import make_dataset, make_domain, make_logo

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the tasks that would be sent."""
    names: list[str] = []
    for task in (tasks.embed_ahead, tasks.advance):
        monkeypatch.setattr(task, "delay", lambda _pk, name=task.name: names.append(name))
    monkeypatch.setattr(tasks, "EMBED_BATCH", 2)
    return names


def fetching(owner: User, *, n_found: int, n_pending: int) -> tuple[Dataset, Run]:
    dataset = make_dataset(owner, embedder="descriptor")
    for number in range(n_found):
        make_domain(dataset, f"{number}.de", logo=make_logo(f"{number}"))
    for number in range(n_pending):
        make_domain(dataset, f"pending{number}.de")
    return dataset, request.request_first_run(dataset)


def test_full_batches_are_embedded_during_the_fetch(alice: User, sent: list[str]) -> None:
    dataset, run = fetching(alice, n_found=3, n_pending=1)

    tasks.embed_ahead(dataset.pk)

    run.refresh_from_db()
    assert (run.n_embedded, run.n_to_embed, run.lease_token) == (2, None, None)
    assert sent == ["clustering.tasks.embed_ahead"]
    tasks.embed_ahead(dataset.pk)  # one logo is no batch
    assert Embedding.objects.count() == 2
    assert sent == ["clustering.tasks.embed_ahead"]


def test_the_end_of_a_fetch_during_a_batch_is_not_missed(alice: User, sent: list[str]) -> None:
    dataset, _ = fetching(alice, n_found=2, n_pending=0)

    tasks.embed_ahead(dataset.pk)

    assert sent == ["clustering.tasks.advance"]
    assert workflow.next_stage(dataset) is workflow.Work.RUN


def test_a_leased_run_is_left_alone(alice: User, sent: list[str]) -> None:
    dataset, run = fetching(alice, n_found=2, n_pending=1)
    assert leases.claim(run) is not None

    tasks.embed_ahead(dataset.pk)

    assert not Embedding.objects.exists()
    assert sent == []
