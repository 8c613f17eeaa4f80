"""The overview page: progress, results, actions."""

from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clustering.models import Dataset, Domain, ReviewCount, Run
from clustering.pipeline.errors import CODES
from tests.factories import (
    make_domain,
    make_logo,
    make_run,
    update_domains,
)

pytestmark = pytest.mark.django_db


def test_the_overview_leads_to_the_preview_before_the_import(
    dataset_owner: Client, dataset: Dataset
) -> None:
    Dataset.objects.update(intake=Dataset.Intake.READY)

    response = dataset_owner.get(reverse("overview", args=[dataset.slug]))

    assert response.headers["Location"] == reverse("intake", args=[dataset.slug])


def test_the_overview_leads_with_the_result_and_the_review(
    dataset_owner: Client, dataset: Dataset
) -> None:
    run = make_run(dataset, {"A": ["a.de", "b.de"], "-": ["c.de"]})

    page = " ".join(dataset_owner.get(f"/d/{dataset.slug}/").content.decode().split())

    assert "<strong>1 cluster</strong>, 1 outlier." in page
    assert page.index("1 outlier.") < page.index('id="progress"')
    assert f'href="/d/{dataset.slug}/review/">Review</a>' in page

    ReviewCount.objects.create(run=run, kind="single", state="unlikely", n=1_200)
    ReviewCount.objects.create(run=run, kind="single", state="done", n=7)
    page = dataset_owner.get(f"/d/{dataset.slug}/").content.decode()
    assert "1 outlier, <strong>1\u202f200 to review</strong>." in page


def test_stop_and_resume_are_plain_forms(
    dataset_owner: Client, dataset: Dataset, django_capture_on_commit_callbacks: Any
) -> None:
    make_domain(dataset, "a.de")

    dataset_owner.post(reverse("cancel", args=[dataset.slug]))
    dataset.refresh_from_db()
    stopped_at = dataset.cancelled_at
    with (
        patch("clustering.tasks.advance.delay") as advance,
        django_capture_on_commit_callbacks(execute=True),
    ):
        dataset_owner.post(reverse("resume", args=[dataset.slug]))

    dataset.refresh_from_db()
    assert stopped_at is not None
    assert dataset.cancelled_at is None
    advance.assert_called_once_with(dataset.pk)


def test_retry_takes_the_domains_of_one_code(
    dataset_owner: Client, dataset: Dataset, django_capture_on_commit_callbacks: Any
) -> None:
    """Request 20: failures of one reason are tried again, and nothing else."""
    for name, code in (("a.de", "dns"), ("b.de", "dns"), ("c.de", "tls")):
        update_domains(
            Domain.objects.filter(pk=make_domain(dataset, name).pk),
            status=Domain.Status.FAILED,
            error_code=code,
        )

    with (
        patch("clustering.tasks.advance.delay") as advance,
        django_capture_on_commit_callbacks(execute=True),
    ):
        dataset_owner.post(reverse("retry", args=[dataset.slug]), {"code": "dns"})

    pending = dataset.domains.pending().values_list("name", flat=True)
    assert sorted(pending) == ["a.de", "b.de"]
    advance.assert_called_once_with(dataset.pk)


def test_a_retry_is_clustered_as_the_last_run_was(
    dataset_owner: Client, dataset: Dataset, django_capture_on_commit_callbacks: Any
) -> None:
    make_run(dataset, {}, clusterer_params={"distance_threshold": 0.25}, random_state=7)
    update_domains(Domain.objects.filter(pk=make_domain(dataset, "a.de").pk), status="failed")

    with patch("clustering.tasks.advance.delay"):
        dataset_owner.post(reverse("retry", args=[dataset.slug]))
        dataset_owner.post(reverse("retry", args=[dataset.slug]))

    run = dataset.runs.unfinished().get()
    assert (run.clusterer, run.random_state) == ("agglomerative", 7)
    assert run.clusterer_params["distance_threshold"] == 0.25


def test_delete_asks_then_hides_the_data_set_at_once(
    dataset_owner: Client, dataset: Dataset
) -> None:
    make_run(dataset, {"A": ["a.de", "b.de"]})
    url = reverse("delete", args=[dataset.slug])

    asked = dataset_owner.get(url)
    with (
        patch("clustering.tasks.delete_dataset.delay") as delete,
        TestCase.captureOnCommitCallbacks(execute=True),
        CaptureQueriesContext(connection) as queries,
    ):
        dataset_owner.post(url)

    assert "It can't be undone." in asked.content.decode().replace("&#x27;", "'")
    delete.assert_called_once_with(dataset.pk)
    assert not any(query["sql"].startswith("DELETE") for query in queries)
    assert dataset_owner.get(reverse("overview", args=[dataset.slug])).status_code == 404
    assert dataset.slug not in dataset_owner.get(reverse("home")).content.decode()


def test_the_runs_page_costs_the_same_for_more_runs(
    dataset_owner: Client, dataset: Dataset, django_assert_num_queries: Any
) -> None:
    for _ in range(3):
        make_run(dataset, {"A": ["a.de", "b.de"]})

    with django_assert_num_queries(8):
        dataset_owner.get(reverse("runs", args=[dataset.slug]))


def test_links_keep_the_run_that_was_asked_for(dataset_owner: Client, dataset: Dataset) -> None:
    old = make_run(dataset, {"A": ["a.de", "b.de"]})
    make_run(dataset, {"A": ["a.de"], "-": ["b.de"]})

    page = dataset_owner.get(reverse("overview", args=[dataset.slug]), {"run": old.slug})

    assert f"{reverse('runs', args=[dataset.slug])}?run={old.slug}" in page.content.decode()


def test_a_new_run_is_queued_with_its_parameters(
    dataset_owner: Client, dataset: Dataset, django_capture_on_commit_callbacks: Any
) -> None:
    fields = {
        "embedder": "descriptor",
        "clusterer": "agglomerative",
        "agglomerative-distance_threshold": "0.2",
        "agglomerative-linkage": "average",
        "agglomerative-min_size": "3",
        "random_state": "7",
    }

    with (
        patch("clustering.tasks.advance.delay") as advance,
        django_capture_on_commit_callbacks(execute=True),
    ):
        response = dataset_owner.post(reverse("run_new", args=[dataset.slug]), fields)

    run = Run.objects.get()
    assert response.headers["Location"] == reverse("runs", args=[dataset.slug])
    assert run.clusterer_params == {
        "linkage": "average",
        "distance_threshold": 0.2,
        "n_clusters": 0,
        "min_size": 3,
    }
    assert run.random_state == 7
    advance.assert_called_once_with(dataset.pk)


def test_a_parameter_out_of_range_is_reported_and_nothing_is_queued(
    dataset_owner: Client, dataset: Dataset
) -> None:
    fields = {
        "embedder": "descriptor",
        "clusterer": "agglomerative",
        "agglomerative-distance_threshold": "9",
        "random_state": "7",
    }

    response = dataset_owner.post(reverse("run_new", args=[dataset.slug]), fields)

    assert response.status_code == 422
    assert "distance_threshold must be above 0 and up to 2" in response.content.decode()
    assert Run.objects.count() == 0


def test_an_outdated_reason_is_reported(dataset_owner: Client, dataset: Dataset) -> None:
    page = dataset_owner.post(reverse("retry", args=[dataset.slug]), {"code": "dns"}, follow=True)

    assert "No failed domain of this kind is left." in page.content.decode()


def test_lists_of_failures_are_named_by_their_reason(
    dataset_owner: Client, dataset: Dataset
) -> None:
    address = reverse("failures_csv", args=[dataset.slug])

    files = [
        dataset_owner.get(address, {"code": code}).headers["Content-Disposition"]
        for code in ("", "dns", 'x"\r\n')
    ]

    names = [f"{dataset.slug}{part}-failures.csv" for part in ("", "-dns", "")]
    assert files == [f'attachment; filename="{name}"' for name in names]


def test_the_overview_counts_placeholders_separately(
    dataset_owner: Client, dataset: Dataset
) -> None:
    make_domain(dataset, "logo.de", logo=make_logo("logo"))
    make_domain(dataset, "globe.de", logo=make_logo("globe", is_placeholder=True))
    failed = make_domain(dataset, "dead.de")
    update_domains(Domain.objects.filter(pk=failed.pk), status="failed", error_code="dns")

    response = dataset_owner.get(reverse("overview", args=[dataset.slug]))

    shown = {one.label: one.n for one in response.context["outcomes"]}
    page = " ".join(response.content.decode().split())
    assert shown == {"Logo": 1, "Placeholder": 1, "Failed": 1}
    assert 'class="outcome-placeholder" x="333.33" y="0" width="333.33"' in page


def failed_domains(dataset: Dataset, **code_of: str) -> None:
    for name, code in code_of.items():
        made = make_domain(dataset, f"{name}.de")
        update_domains(
            Domain.objects.filter(pk=made.pk), status=Domain.Status.FAILED, error_code=code
        )


@pytest.mark.parametrize("name", ["overview", "gallery", "map", "outliers", "classify", "runs"])
def test_every_page_says_that_no_domain_gave_a_logo(
    dataset_owner: Client, dataset: Dataset, name: str
) -> None:
    failed_domains(dataset, a="dns", b="dns", c="tls")

    page = dataset_owner.get(reverse(name, args=[dataset.slug])).content.decode()

    assert "None of the 3 domains gave a logo" in page
    assert f"{CODES['dns']}: 2, " in " ".join(page.split())
    assert "All failed" in dataset_owner.get(reverse("home")).content.decode()


def test_nothing_is_said_while_a_domain_is_pending(
    dataset_owner: Client, dataset: Dataset
) -> None:
    failed_domains(dataset, a="dns")
    make_domain(dataset, "b.de")

    assert (
        "gave a logo"
        not in dataset_owner.get(reverse("gallery", args=[dataset.slug])).content.decode()
    )
    assert "All failed" not in dataset_owner.get(reverse("home")).content.decode()


def test_the_gallery_shows_logos_while_others_are_fetched(
    dataset_owner: Client, dataset: Dataset
) -> None:
    for name in ("a", "b"):
        make_domain(dataset, f"{name}.de", logo=make_logo(name))
    make_domain(dataset, "c.de")

    page = dataset_owner.get(reverse("gallery", args=[dataset.slug])).content.decode()

    assert "Logos found so far" in page
    assert "2 of 3 domains, 1 still to fetch" in " ".join(page.split())
    assert page.count('src="/logos/') == 2
