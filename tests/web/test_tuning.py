"""The Tune page."""

import math
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clustering.models import Dataset, Membership, Run, Tuning
from clustering.services.tuning import search
from tests.factories import make_dataset, make_embedding, make_run, make_user
from tests.web.dead_ends import dead_ends, forms_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

HTMX = {"HX-Request": "true"}
ANGLES = {"a0.de": 0, "a1.de": 5, "a2.de": 25, "b0.de": 90, "b1.de": 95, "x.de": 200}


@pytest.fixture
def dataset() -> Dataset:
    return make_dataset(make_user())


@pytest.fixture
def run(dataset: Dataset) -> Run:
    """A finished run of six logos: two pairs, one rendition 0.09 off, a stranger."""
    run = make_run(
        dataset, {"A": ["a0.de", "a1.de", "a2.de"], "B": ["b0.de", "b1.de"], "-": ["x.de"]}
    )
    for row in run.assignments.select_related("domain", "logo"):
        angle = math.radians(ANGLES[row.domain.name])
        make_embedding(row.logo, [math.cos(angle), math.sin(angle)])
    return run


@pytest.fixture
def answered(run: Run) -> Tuning:
    made = search.claim(search.request(run).pk)
    assert made is not None
    search.compute(made)
    made.refresh_from_db()
    return made


@pytest.fixture
def client(client: Client, dataset: Dataset) -> Client:
    client.force_login(dataset.owner)
    return client


def page_of(client: Client, dataset: Dataset, **query: str) -> str:
    return client.get(reverse("tune", args=[dataset.slug]), query).content.decode()


def test_without_a_run_the_page_explains_the_next_step(client: Client, dataset: Dataset) -> None:
    assert "No clusters yet" in page_of(client, dataset)


def test_without_a_search_the_page_offers_one(client: Client, dataset: Dataset, run: Run) -> None:
    page = page_of(client, dataset)

    assert "No search yet" in page
    assert "Start the search" in page


def test_a_search_is_sent_to_a_worker_once(
    client: Client, dataset: Dataset, run: Run, django_capture_on_commit_callbacks: Any
) -> None:
    with patch("clustering.tasks.tune.delay") as send:
        for _ in range(2):
            with django_capture_on_commit_callbacks(execute=True):
                client.post(reverse("tune_start", args=[dataset.slug]))

    waiting = Tuning.objects.get()
    assert [call.args for call in send.call_args_list] == [(waiting.pk,)] * 2
    assert waiting.run == run


def test_the_page_is_polled_while_a_search_works_and_no_longer(
    client: Client, dataset: Dataset, run: Run
) -> None:
    waiting = search.request(run)
    address = reverse("tune", args=[dataset.slug])

    assert 'hx-trigger="every 2s"' in client.get(address).content.decode()
    assert client.get(address, headers=HTMX).status_code == 200

    search.cancel(waiting)
    assert 'hx-trigger="every 2s"' not in client.get(address).content.decode()
    assert client.get(address, headers=HTMX).status_code == 286


def test_a_search_that_failed_says_why(client: Client, dataset: Dataset, run: Run) -> None:
    Tuning.objects.create(run=run, status="failed", error_detail="tuning needs 3 different logos")

    assert "tuning needs 3 different logos" in page_of(client, dataset)


def test_the_result_shows_choice_curve_and_clusterers(
    client: Client, dataset: Dataset, answered: Tuning
) -> None:
    page = page_of(client, dataset)

    chosen = answered.result["report"]["chosen"]
    assert "Automatic choice" in page
    assert f"distance_threshold {chosen['params']['distance_threshold']}" in page
    assert "calibrated on labelled logos" in page
    assert page.count('class="chart-plot"') >= 2
    assert "best of 320 settings" in page


def test_the_result_costs_few_queries(
    client: Client, dataset: Dataset, answered: Tuning, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(11):
        client.get(reverse("tune", args=[dataset.slug]))


def preview(client: Client, answered: Tuning, **query: str) -> Any:
    address = reverse("tune_preview", args=[answered.run.dataset.slug, answered.pk])
    return client.get(address, query, headers=HTMX)


def test_moving_the_slider_shows_counts_and_merges(client: Client, answered: Tuning) -> None:
    apart = preview(client, answered, distance="0.07", linkage="average")
    joined = preview(client, answered, distance="0.1", linkage="average")

    assert apart.context["curve"].point["n_outliers"] == 2
    assert [one.size for one in apart.context["pictures"].largest] == [2, 2]
    assert apart.context["pictures"].joined == []
    assert joined.context["curve"].point["n_outliers"] == 1
    (example,) = joined.context["pictures"].joined
    assert [shown.domain for shown in example.logos] == ["a0.de", "a2.de"]
    assert 'alt="Logo of a2.de"' in joined.content.decode()


@pytest.mark.parametrize("distance", ["", "x", "nan", "-3", "1e99"])
@pytest.mark.parametrize("linkage", ["", "complete"])
def test_invalid_parameters_give_some_point_of_the_sweep(
    client: Client, answered: Tuning, distance: str, linkage: str
) -> None:
    shown = preview(client, answered, distance=distance, linkage=linkage)

    assert shown.status_code == 200
    assert 0.05 <= shown.context["curve"].distance <= 0.6


def test_without_htmx_the_slider_leads_to_the_whole_page(
    client: Client, dataset: Dataset, answered: Tuning
) -> None:
    address = reverse("tune_preview", args=[dataset.slug, answered.pk])

    found = client.get(address, {"distance": "0.31"}, follow=True)

    assert found.context["curve"].distance == 0.31
    assert "Automatic choice" in found.content.decode()


def posted(client: Client, answered: Tuning, **fields: str) -> Run:
    address = reverse("tune_run", args=[answered.run.dataset.slug, answered.pk])
    with patch("clustering.tasks.advance.delay"):
        client.post(address, fields)
    return Run.objects.latest("pk")


def test_run_with_this_runs_with_the_distance_shown(client: Client, answered: Tuning) -> None:
    made = posted(client, answered, distance="0.42", linkage="average")

    assert made.clusterer == "agglomerative"
    assert made.clusterer_params == {
        "linkage": "average",
        "distance_threshold": 0.42,
        "n_clusters": 0,
        "min_size": 2,
    }
    assert not made.is_auto
    assert made.status == Run.Status.QUEUED


def test_an_automatic_run_is_marked_and_can_be_taken_over(
    client: Client, dataset: Dataset, answered: Tuning
) -> None:
    made = posted(client, answered, auto="1")
    Run.objects.filter(pk=made.pk).update(status="succeeded", finished_at=timezone.now())

    table = client.get(reverse("runs", args=[dataset.slug])).content.decode()
    form = client.get(reverse("run_new", args=[dataset.slug])).context["form"]

    assert made.is_auto
    assert ">auto</a>" in table
    cards = {card.name: card for card in form.clusterer_cards()}
    assert cards["auto"].is_chosen
    assert (
        form[f"{made.clusterer}-distance_threshold"].value()
        == made.clusterer_params["distance_threshold"]
    )


def test_use_this_fills_the_form_of_a_new_run(
    client: Client, dataset: Dataset, answered: Tuning
) -> None:
    shown = preview(client, answered, distance="0.33", linkage="single")

    address = f"{reverse('run_new', args=[dataset.slug])}?{shown.context['use_shown']}"
    form = client.get(address).context["form"]

    assert form["clusterer"].value() == "agglomerative"
    assert form["agglomerative-distance_threshold"].value() == "0.33"


def test_non_members_see_no_search_and_viewers_start_none(
    client: Client, dataset: Dataset, answered: Tuning
) -> None:
    stranger = make_user("mallory")
    viewer = make_user("vera")
    Membership.objects.create(dataset=dataset, user=viewer, role=Membership.Role.VIEWER)
    other = make_dataset(stranger, "Other")
    addresses = [
        reverse("tune_start", args=[dataset.slug]),
        reverse("tune_run", args=[dataset.slug, answered.pk]),
        reverse("tune_cancel", args=[dataset.slug, answered.pk]),
    ]

    client.force_login(stranger)
    foreign = reverse("tune_preview", args=[other.slug, answered.pk])
    assert [client.post(address).status_code for address in addresses] == [404] * 3
    assert client.get(foreign).status_code == 404
    assert client.get(reverse("tune", args=[dataset.slug])).status_code == 404

    client.force_login(viewer)
    assert [client.post(address).status_code for address in addresses] == [403] * 3
    assert dead_ends(client, reverse("tune", args=[dataset.slug])) == []
    search.request(answered.run)
    assert dead_ends(client, reverse("tune", args=[dataset.slug])) == []
    assert (Run.objects.count(), Tuning.objects.count()) == (1, 2)


def test_a_search_is_cancelled_on_its_page(client: Client, dataset: Dataset, run: Run) -> None:
    make_run(dataset, {"A": ["a0.de", "a1.de"]})
    waiting = search.request(run)
    asked = reverse("tune", args=[dataset.slug]) + f"?run={run.slug}"
    stop = reverse("tune_cancel", args=[dataset.slug, waiting.pk]) + f"?run={run.slug}"

    assert stop in forms_of(client.get(asked).content.decode())
    assert client.post(stop)["Location"] == asked
