"""The review queue."""

from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clustering.models import Dataset, Domain, Membership, User
from clustering.services.logos import choices, review_queue
from tests.factories import make_dataset, make_domain, make_logo, make_user, update_domains

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _no_worker() -> Any:
    with patch("clustering.tasks.advance.delay"):
        yield


@pytest.fixture
def dataset(alice: User) -> Dataset:
    """Three doubtful answers (least sure first: b, a, icon) and one that is sure."""
    made = make_dataset(alice)
    answer(made, "a.de", 0.65)
    answer(made, "b.de", 0.5)
    answer(made, "icon.de", 0.97, kind="icon_only")
    answer(made, "sure.de", 0.99)
    return made


def answer(dataset: Dataset, name: str, confidence: float, kind: str = "logo") -> Domain:
    domain = make_domain(dataset, name, logo=make_logo(name))
    update_domains(Domain.objects.filter(pk=domain.pk), confidence=confidence, kind=kind)
    return domain


def shown(client: Client, dataset: Dataset, **query: str) -> str:
    page = client.get(reverse("review_logos", args=[dataset.slug]), query)
    return str(page.context["domain"].name) if "domain" in page.context else ""


def accept(client: Client, domain: Domain) -> str:
    """Press Accept; return where it leads."""
    fields = {
        "capture": str(domain.captures.get().pk),
        "next": f"{reverse('review_logos', args=[domain.dataset.slug])}?after={domain.name}",
    }
    url = reverse("logo_choose", args=[domain.dataset.slug, domain.name])
    return client.post(url, fields).headers["Location"]


def test_the_lowest_confidence_comes_first(alice_client: Client, dataset: Dataset) -> None:
    page = alice_client.get(reverse("review_logos", args=[dataset.slug])).content.decode()

    assert "3 of 3 left" in page
    assert shown(alice_client, dataset) == "b.de"


def test_enter_accepts(alice_client: Client, dataset: Dataset) -> None:
    page = alice_client.get(reverse("review_logos", args=[dataset.slug])).content.decode()

    form = page[page.index("review-body") :]
    first_button = form[form.index('type="submit"') :]
    assert first_button.index("Accept") < first_button.index("</button>")


def test_accepting_leads_to_the_next_one_that_waits(
    alice_client: Client, dataset: Dataset
) -> None:
    seen = []
    for _ in range(3):
        name = shown(alice_client, dataset)
        seen.append(name)
        way = accept(alice_client, dataset.domains.get(name=name))

    page = alice_client.get(way).content.decode()
    assert seen == ["b.de", "a.de", "icon.de"]
    assert "All uncertain logos are reviewed" in page
    assert review_queue.state(dataset).n_left == 0


def test_after_the_last_one_the_queue_starts_again(alice_client: Client, dataset: Dataset) -> None:
    assert shown(alice_client, dataset, after="icon.de") == "b.de"


def test_a_decision_outlives_a_reload(alice_client: Client, dataset: Dataset) -> None:
    accept(alice_client, dataset.domains.get(name="b.de"))

    assert shown(alice_client, dataset) == "a.de"
    page = alice_client.get(reverse("review_logos", args=[dataset.slug])).content.decode()
    assert "2 of 3 left" in page


def test_undo_returns_to_the_last_choice(alice_client: Client, dataset: Dataset) -> None:
    for name in ("b.de", "a.de"):
        accept(alice_client, dataset.domains.get(name=name))

    response = alice_client.post(reverse("review_logos_undo", args=[dataset.slug]))

    assert response.headers["Location"].endswith("/review/logos/?domain=a.de")
    assert dataset.domains.get(name="a.de").decided_at is None


def test_undo_without_a_choice_is_reported(alice_client: Client, dataset: Dataset) -> None:
    here = {"domain": "icon.de"}
    page = alice_client.post(reverse("review_logos_undo", args=[dataset.slug]), here, follow=True)

    assert "There is no choice of yours to undo" in page.content.decode()
    assert page.context["domain"].name == "icon.de"


def test_undo_is_blocked_by_a_later_choice_of_others(
    alice_client: Client, bob: User, dataset: Dataset
) -> None:
    domain = dataset.domains.get(name="b.de")
    accept(alice_client, domain)
    choices.refuse(domain, bob, client_id=uuid4())

    page = alice_client.post(reverse("review_logos_undo", args=[dataset.slug]), follow=True)

    assert "bob has since decided" in page.content.decode()
    assert dataset.domains.get(name="b.de").status == "ignored"


def test_none_of_these_keeps_the_domain_in_the_count(
    alice_client: Client, dataset: Dataset
) -> None:
    alice_client.post(reverse("logo_refuse", args=[dataset.slug, "b.de"]))

    state = review_queue.state(dataset)
    assert (state.n_all, state.n_left, state.n_done) == (3, 2, 1)


def test_arrows_pass_over_decided_ones_too(alice_client: Client, dataset: Dataset) -> None:
    accept(alice_client, dataset.domains.get(name="a.de"))

    place = review_queue.place(dataset, dataset.domains.get(name="a.de"))

    assert place.before is not None
    assert place.after is not None
    assert (place.before.name, place.after.name) == ("b.de", "icon.de")


def test_htmx_gets_the_partial_and_its_address(alice_client: Client, dataset: Dataset) -> None:
    response = alice_client.get(reverse("review_logos", args=[dataset.slug]), headers=HTMX)

    assert response.headers["HX-Replace-Url"].endswith("/review/logos/?domain=b.de")
    assert "<html" not in response.content.decode()


def test_other_candidates_are_looked_for_without_leaving_the_queue(
    alice_client: Client, dataset: Dataset
) -> None:
    here = f"{reverse('review_logos', args=[dataset.slug])}?domain=b.de"
    fields = {"next": [f"{reverse('review_logos', args=[dataset.slug])}?after=b.de", here]}

    with patch("clustering.tasks.look_up.delay"):
        url = reverse("logo_look", args=[dataset.slug, "b.de"])
        response = alice_client.post(url, fields)
    page = alice_client.get(here).content.decode()

    assert response.headers["Location"] == here
    assert "Looking for other candidates on the site." in page
    assert 'hx-trigger="every 1s"' in page


def test_a_logo_from_a_zip_has_no_site_to_open_or_to_look_at(
    alice_client: Client, dataset: Dataset
) -> None:
    here = f"{reverse('review_logos', args=[dataset.slug])}?domain=b.de"
    before = alice_client.get(here).content.decode()

    Domain.objects.update(archive_member="b.de.png")
    after = alice_client.get(here).content.decode()

    assert ("Open site" in before, "Find other candidates" in before) == (True, True)
    assert ("Open site" in after, "Find other candidates" in after) == (False, False)


def test_the_queue_costs_the_same_for_more_domains(alice_client: Client, dataset: Dataset) -> None:
    few = n_queries_of_queue(alice_client, dataset)
    for number in range(20):
        answer(dataset, f"more-{number}.de", 0.5)

    assert n_queries_of_queue(alice_client, dataset) <= few


def n_queries_of_queue(client: Client, dataset: Dataset) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(reverse("review_logos", args=[dataset.slug])).status_code == 200
    return len(queries)


def test_only_editors_review(dataset: Dataset) -> None:
    viewer = make_user("viewer")
    Membership.objects.create(dataset=dataset, user=viewer, role=Membership.Role.VIEWER)
    client = Client()
    client.force_login(viewer)

    assert client.get(reverse("review_logos", args=[dataset.slug])).status_code == 403
    assert client.post(reverse("review_logos_undo", args=[dataset.slug])).status_code == 403


def test_non_members_get_404_for_the_queue(bob_client: Client, dataset: Dataset) -> None:
    assert bob_client.get(reverse("review_logos", args=[dataset.slug])).status_code == 404


def test_the_overview_shows_how_many_logos_to_review(
    alice_client: Client, dataset: Dataset
) -> None:
    page = alice_client.get(reverse("overview", args=[dataset.slug])).content.decode()

    assert "3 uncertain logos" in page
