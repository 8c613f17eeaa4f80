"""The benchmark of the pages; its times are not tested."""

from unittest.mock import patch

import pytest

from clustering.lab.bench.pages.asking import ask, decide, poll, reading
from clustering.lab.bench.pages.long_log import long_log
from clustering.lab.bench.pages.planting import plant
from clustering.models import Dataset, Run, User
from clustering.services import counts

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

N_DOMAINS = 120


@pytest.fixture
def run(alice: User) -> Run:
    return plant(alice, "planted", N_DOMAINS)


def test_a_planted_data_set_has_the_requested_size(run: Run) -> None:
    domains = run.dataset.domains
    n_failed = domains.failed().count()

    assert domains.count() == N_DOMAINS
    assert run.assignments.count() == N_DOMAINS - n_failed
    assert run.clusters.count() == run.metrics["n_clusters"]
    assert sum(run.clusters.values_list("size", flat=True)) == (
        run.assignments.filter(cluster__isnull=False).count()
    )


def test_the_kept_counts_of_a_planted_data_set_agree_with_its_rows(run: Run) -> None:
    assert counts.differences(run.dataset) == []


def test_every_page_of_a_planted_data_set_responds(alice: User, run: Run) -> None:
    costs = list(ask(alice, run, times=1))

    assert {cost.page: cost.status for cost in costs if cost.status not in {200, 286}} == {}
    assert all(cost.n_queries > 0 for cost in costs)


@patch("clustering.selectors.progress_version.VERSION_SECONDS", 1e9)
def test_the_poll_is_measured_at_work(alice: User, run: Run) -> None:
    costs = list(poll(alice, run, times=1))

    assert [cost.status for cost in costs] == [200, 304]
    assert not run.dataset.domains.pending().exists()
    assert counts.differences(run.dataset) == []


def test_the_rows_that_a_query_reads_are_counted(run: Run) -> None:
    with reading() as read:
        Dataset.objects.get(pk=run.dataset_id)

    assert read.n_queries == 1


def test_the_measured_decisions_are_undone(alice: User, run: Run) -> None:
    costs = list(decide(alice, run, times=0))

    assert [cost.status for cost in costs] == [200] * 6
    assert "undone" in costs[-1].page
    assert sum("the smallest" in cost.page for cost in costs) == 2
    assert not run.assignments.filter(bound_cluster__isnull=False).exists()
    assert not run.assignments.reviewed().exists()
    assert counts.differences(run.dataset) == []


def test_undo_history_and_carry_over_are_measured_after_many_decisions(
    alice: User, run: Run
) -> None:
    costs = list(long_log(alice, run, times=1, n_decisions=40))

    assert [cost.status for cost in costs] == [200] * 7
    assert run.corrections.count() == 40
    later = run.dataset.runs.get(slug="run-2")
    assert later.carried["n_decisions_kept"] == later.carried["n_decisions"] == 36
