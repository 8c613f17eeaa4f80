"""The progress of the overview, polled while work is left."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clustering.models import Dataset, Run
from clustering.selectors.unplaced import is_extended, run_to_extend
from clustering.services.runs.request import request_first_run
from tests.factories import (
    make_domain,
    make_logo,
    make_run,
    update_domains,
)

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def test_polling_goes_on_while_a_domain_is_pending(
    dataset_owner: Client, dataset: Dataset
) -> None:
    make_domain(dataset, "a.de")

    response = dataset_owner.get(reverse("progress", args=[dataset.slug]), headers=HTMX)

    assert response.status_code == 200
    assert "<title>" in response.content.decode()


def test_polling_stops_when_nothing_is_left(dataset_owner: Client, dataset: Dataset) -> None:
    make_run(dataset, {"A": ["a.de", "b.de"]})

    response = dataset_owner.get(reverse("progress", args=[dataset.slug]), headers=HTMX)

    assert response.status_code == 286


@patch("clustering.selectors.progress_version.VERSION_SECONDS", 1e9)
def test_polling_answers_304_until_something_changes(
    dataset_owner: Client, dataset: Dataset
) -> None:
    run = request_first_run(dataset)
    for name in ("a.de", "b.de", "c.de"):
        make_domain(dataset, name)
    url = reverse("progress", args=[dataset.slug])

    def poll(etag: str = "") -> tuple[int, str, int]:
        with CaptureQueriesContext(connection) as queries:
            page = dataset_owner.get(url, headers=HTMX | {"If-None-Match": etag})
        assert page.status_code == 200 or page.content == b""
        return page.status_code, page.headers["ETag"], len(queries)

    _, first, _ = poll()
    unchanged, _, n_queries = poll(first)
    update_domains(dataset.domains.filter(name="a.de"), status="failed", error_code="dns")
    failed, second, _ = poll(first)
    dataset.domains.filter(name="b.de").update(logo_changed_at=timezone.now())
    replaced, third, _ = poll(second)
    Run.objects.filter(pk=run.pk).update(n_to_embed=2, n_embedded=1)
    embedded, fourth, _ = poll(third)

    # Session, user, data set, and two reads of kept values.
    assert (unchanged, n_queries) == (304, 5)
    assert [failed, replaced, embedded] == [200] * 3
    assert len({first, second, third, fourth}) == 4


@patch("clustering.selectors.progress_version.VERSION_SECONDS", 1e9)
def test_polling_answers_304_until_the_newest_run_goes_on(
    dataset_owner: Client, dataset: Dataset
) -> None:
    make_run(dataset, {"acme": ["a.de", "b.de"]})
    run = make_run(dataset, {"acme": ["a.de", "b.de"]})
    Run.objects.filter(pk=run.pk).update(status="running", step="group", finished_at=None)
    url = reverse("progress", args=[dataset.slug])
    etag = dataset_owner.get(url, headers=HTMX).headers["ETag"]

    unchanged = dataset_owner.get(url, headers=HTMX | {"If-None-Match": etag})
    Run.objects.filter(pk=run.pk).update(step="map")
    later = dataset_owner.get(url, headers=HTMX | {"If-None-Match": etag})

    assert (unchanged.status_code, later.status_code) == (304, 200)


def test_rates_and_waiting_times_are_polled_without_a_change(
    dataset_owner: Client, dataset: Dataset
) -> None:
    make_domain(dataset, "a.de")
    url = reverse("progress", args=[dataset.slug])
    etag = dataset_owner.get(url, headers=HTMX).headers["ETag"]

    with patch("clustering.selectors.progress_version.VERSION_SECONDS", 1.5):
        later = dataset_owner.get(url, headers=HTMX | {"If-None-Match": etag})

    assert later.status_code == 200


def test_polling_an_embedding_run_counts_no_logos(dataset_owner: Client, dataset: Dataset) -> None:
    run = request_first_run(dataset)
    for name in ("a.de", "b.de"):
        make_domain(dataset, name, logo=make_logo(name))
    Run.objects.filter(pk=run.pk).update(n_to_embed=2, n_embedded=1)

    with CaptureQueriesContext(connection) as queries:
        page = dataset_owner.get(reverse("progress", args=[dataset.slug]), headers=HTMX)

    assert '1 <span class="muted">/ 2</span>' in page.content.decode()
    assert not any("clustering_embedding" in query["sql"] for query in queries)
    assert len(queries) <= 13


def test_polling_compares_logos_with_the_run_only_where_some_changed(
    dataset_owner: Client, dataset: Dataset
) -> None:
    run = make_run(dataset, {"acme": ["a.de", "b.de"]})
    Run.objects.filter(pk=run.pk).update(started_at=timezone.now() + timedelta(hours=1))
    make_domain(dataset, "c.de")
    url = reverse("progress", args=[dataset.slug])

    with CaptureQueriesContext(connection) as queries:
        page = dataset_owner.get(url, headers=HTMX)
    make_domain(dataset, "d.de", logo=make_logo("d"))
    Run.objects.filter(pk=run.pk).update(started_at=timezone.now())
    later = dataset_owner.get(url, headers=HTMX)

    assert not any("clustering_assignment" in query["sql"] for query in queries)
    assert len(queries) <= 15
    assert ("Place" in page.content.decode(), "Place" in later.content.decode()) == (False, True)


def test_the_newest_run_is_known_to_be_the_one_that_grows(dataset: Dataset) -> None:
    def agree(run: Run) -> bool:
        run.refresh_from_db()
        return is_extended(run) == (run_to_extend(dataset) == run)

    first, second = (make_run(dataset, {"acme": [f"{name}.de"]}) for name in "ab")
    found = [(is_extended(second), agree(first), agree(second))]
    for status in Run.Status:
        Run.objects.filter(pk=second.pk).update(status=status)
        found.append((True, agree(first), agree(second)))

    assert found == [(True, True, True)] * (1 + len(Run.Status))
