"""Progress and next stage, derived from rows."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clustering.models import Dataset, Domain, Run
from clustering.selectors import progress
from clustering.services import workflow
from clustering.services.runs import compute, request
from clustering.services.workflow import Work
from tests.factories import (
    make_dataset,
    make_domain,
    make_embedding,
    make_logo,
    make_user,
    update_domains,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset() -> Dataset:
    return make_dataset(make_user())


def queue_run(dataset: Dataset) -> Run:
    return request.request_first_run(dataset)


def test_a_fresh_upload_is_read_first() -> None:
    dataset = make_dataset(make_user(), intake=Dataset.Intake.RECEIVED)

    assert workflow.next_stage(dataset) is Work.READ


def test_a_preview_waits_for_confirmation() -> None:
    dataset = make_dataset(make_user(), intake=Dataset.Intake.READY)

    assert workflow.next_stage(dataset) is None
    assert progress.is_idle(dataset)


def test_due_domains_are_fetched_before_anything_is_embedded(dataset: Dataset) -> None:
    queue_run(dataset)
    make_domain(dataset, "a.de", logo=make_logo("a"))
    make_domain(dataset, "b.de")

    assert workflow.next_stage(dataset) is Work.FETCH


def test_domains_that_back_off_delay_the_run_without_a_worker(dataset: Dataset) -> None:
    queue_run(dataset)
    later = make_domain(dataset, "b.de")
    update_domains(
        Domain.objects.filter(pk=later.pk), next_try_at=timezone.now() + timedelta(seconds=30)
    )

    assert workflow.next_stage(dataset) is None
    assert not progress.is_idle(dataset)


def test_logos_without_a_vector_are_embedded_then_the_run_is_computed(dataset: Dataset) -> None:
    run, logo = queue_run(dataset), make_logo("a")
    make_domain(dataset, "a.de", logo=logo)

    assert workflow.next_stage(dataset) is Work.EMBED
    make_embedding(logo, [1.0, 0.0], key=run.embedder_key)
    assert workflow.next_stage(dataset) is Work.RUN


def test_a_leased_run_is_not_sent_again(dataset: Dataset) -> None:
    run = queue_run(dataset)
    compute.claim(run)

    assert workflow.next_stage(dataset) is None
    Run.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))
    assert workflow.next_stage(dataset) is Work.RUN


def test_a_cancelled_data_set_asks_for_nothing(dataset: Dataset) -> None:
    make_domain(dataset, "a.de")
    workflow.cancel(dataset)
    dataset.refresh_from_db()

    assert workflow.next_stage(dataset) is None
    assert workflow.is_done(dataset)
    fetch = next(stage for stage in progress.stages(dataset) if stage.name == "fetch")
    assert fetch.state == "stopped"


def test_stages_count_rows(dataset: Dataset) -> None:
    queue_run(dataset)
    make_domain(dataset, "a.de", logo=make_logo("a"))
    make_domain(dataset, "b.de")
    failed = make_domain(dataset, "c.de")
    update_domains(Domain.objects.filter(pk=failed.pk), status="failed", error_code="dns")

    by_name = {stage.name: stage for stage in progress.stages(dataset)}

    fetch = by_name["fetch"]
    assert (fetch.done, fetch.total, fetch.failed, fetch.state) == (2, 3, 1, "working")
    assert (by_name["embed"].done, by_name["embed"].total) == (0, 1)
    assert (by_name["run"].done, by_name["run"].state) == (0, "waiting")


def test_rate_and_time_left_use_recent_results(dataset: Dataset) -> None:
    for index in range(20):
        make_domain(dataset, f"d{index}.de", logo=make_logo(f"d{index}"))
    for index in range(40):
        make_domain(dataset, f"p{index}.de")
    at = timezone.now() - timedelta(seconds=10)
    update_domains(Domain.objects.filter(name__startswith="d"), finished_at=at)

    fetch = next(stage for stage in progress.stages(dataset) if stage.name == "fetch")

    assert fetch.rate_per_second == pytest.approx(2.0, rel=0.05)
    assert fetch.eta_seconds == pytest.approx(20.0, rel=0.05)
    assert fetch.eta_range == pytest.approx((13.8, 36.2), rel=0.05)
