"""Settings of a data set: services are off by default and link their terms."""

import re
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from clustering.models import Dataset, Domain, Membership, User, WordReading
from clustering.pipeline.naming import reading
from clustering.services.datasets import logo_services
from tests.factories import make_dataset, make_domain, make_user, update_domains

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset(alice: User) -> Dataset:
    return make_dataset(alice)


def address(dataset: Dataset, name: str = "settings") -> str:
    return reverse(name, args=[dataset.slug])


def fail(dataset: Dataset, name: str, code: str) -> None:
    domain = make_domain(dataset, name)
    update_domains(Domain.objects.filter(pk=domain.pk), status="failed", error_code=code)


def test_every_service_is_off_at_first(alice_client: Client, dataset: Dataset) -> None:
    page = alice_client.get(address(dataset)).content.decode()

    assert "All off" in page
    assert "checked" not in page
    assert logo_services.enabled(dataset) == ()


def test_each_service_links_its_provider_and_terms(alice_client: Client, dataset: Dataset) -> None:
    page = alice_client.get(address(dataset)).content.decode()

    for service in logo_services.offered():
        assert service.label in page
        assert service.host in page
        assert f'href="{service.terms_url}"' in page


def test_the_name_and_the_services_are_saved(alice_client: Client, dataset: Dataset) -> None:
    fields = {"name": "  New\tname ", "services": ["google", "duckduckgo"]}

    alice_client.post(address(dataset), fields)

    dataset.refresh_from_db()
    assert (dataset.name, dataset.logo_services) == ("New name", ["duckduckgo", "google"])
    assert [one.name for one in logo_services.enabled(dataset)] == ["google", "duckduckgo"]


def test_following_moved_sites_is_a_choice(alice_client: Client, dataset: Dataset) -> None:
    fail(dataset, "moved.com", "moved")

    page = alice_client.get(address(dataset)).content.decode()
    alice_client.post(address(dataset), {"name": "Brands", "follows_moves": "on"})

    dataset.refresh_from_db()
    assert dataset.follows_moves
    assert "1 site moved" in page
    assert f'{reverse("domains", args=[dataset.slug])}?code=moved"' in page


def test_unchecked_services_are_disabled(alice_client: Client, dataset: Dataset) -> None:
    Dataset.objects.update(logo_services=["google"])

    alice_client.post(address(dataset), {"name": "Brands"})

    dataset.refresh_from_db()
    assert dataset.logo_services == []


@pytest.mark.parametrize("services", [["clearbit"], ["logo_dev"]])
def test_an_unavailable_service_is_rejected(
    alice_client: Client, dataset: Dataset, services: list[str]
) -> None:
    response = alice_client.post(address(dataset), {"name": "Brands", "services": services})

    dataset.refresh_from_db()
    assert (response.status_code, dataset.logo_services) == (422, [])


def test_a_key_enables_a_service_and_is_never_shown(
    alice_client: Client, dataset: Dataset, settings: Settings
) -> None:
    needs_key = alice_client.get(address(dataset)).content.decode()
    settings.LOGO_DEV_KEY = "pk_very_secret"

    page = alice_client.get(address(dataset)).content.decode()

    assert "LOGO_DEV_KEY" in needs_key
    assert "Key is set" in page
    assert "pk_very_secret" not in page


def test_a_key_that_is_gone_switches_the_service_off(dataset: Dataset, settings: Settings) -> None:
    settings.LOGO_DEV_KEY = "pk_very_secret"
    logo_services.enable(dataset, ["logo_dev"])
    before = [one.name for one in logo_services.enabled(dataset)]

    settings.LOGO_DEV_KEY = ""

    assert before == ["logo_dev"]
    assert logo_services.enabled(dataset) == ()


def test_the_operators_own_service_is_offered(
    alice_client: Client, dataset: Dataset, settings: Settings
) -> None:
    settings.LOGO_SERVICE_TEMPLATE = "https://logos.example.com/{domain}?token={key}"
    settings.LOGO_SERVICE_KEY = "own_secret"

    page = alice_client.get(address(dataset)).content.decode()

    assert "logos.example.com" in page
    assert "own_secret" not in page


def test_the_services_are_tried_on_the_sites_that_they_may_know(
    alice_client: Client, dataset: Dataset, django_capture_on_commit_callbacks: Any
) -> None:
    for name, code in (("a.de", "no_logo"), ("b.de", "timeout"), ("c.de", "refused_address")):
        fail(dataset, name, code)
    logo_services.enable(dataset, ["google"])
    page = alice_client.get(address(dataset)).content.decode()

    with (
        patch("clustering.tasks.advance.delay") as advance,
        django_capture_on_commit_callbacks(execute=True),
    ):
        alice_client.post(address(dataset, "try_services"))

    assert "Retry 2 failed sites with services" in page
    assert sorted(dataset.domains.pending().values_list("name", flat=True)) == ["a.de", "b.de"]
    advance.assert_called_once_with(dataset.pk)


def test_without_a_service_nothing_is_tried(alice_client: Client, dataset: Dataset) -> None:
    fail(dataset, "a.de", "no_logo")

    page = alice_client.post(address(dataset, "try_services"), follow=True).content.decode()

    assert "No service is on." in page
    assert dataset.domains.failed().count() == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"web": Dataset.Web.SAMPLE}, "The sample is a recording"),
        ({"kind": Dataset.Kind.IMAGES}, "come from a ZIP file"),
    ],
)
def test_a_data_set_without_sites_uses_no_services(
    alice_client: Client, alice: User, fields: dict[str, str], said: str
) -> None:
    dataset = make_dataset(alice, **fields)

    page = alice_client.get(address(dataset)).content.decode()

    assert said in page
    assert 'name="services"' not in page


def test_a_zip_to_which_domains_were_added_asks_for_those_alone(
    alice_client: Client, alice: User
) -> None:
    dataset = make_dataset(alice, kind=Dataset.Kind.IMAGES)
    fail(dataset, "damaged.de", "bad_image")
    Domain.objects.update(archive_member="damaged.de.png")
    fail(dataset, "added.de", "no_logo")

    page = alice_client.get(address(dataset)).content.decode()

    assert "checkbox" in page
    assert [one.name for one in logo_services.askable(dataset)] == ["added.de"]


def test_a_missing_contact_is_reported(
    alice_client: Client, dataset: Dataset, settings: Settings
) -> None:
    before = alice_client.get(address(dataset)).content.decode()

    settings.FETCH_USER_AGENT = "Logosite/1.0 (+https://brands.de/bot)"
    after = alice_client.get(address(dataset)).content.decode()

    assert "The operator must set <code>FETCH_USER_AGENT</code>" in before
    assert "The operator must set <code>FETCH_USER_AGENT</code>" not in after


@pytest.mark.parametrize("name", ["settings", "try_services"])
def test_only_editors_change_settings(dataset: Dataset, bob_client: Client, name: str) -> None:
    viewer = make_user("viewer")
    Membership.objects.create(dataset=dataset, user=viewer, role=Membership.Role.VIEWER)
    client = Client()
    client.force_login(viewer)

    assert client.post(address(dataset, name)).status_code == 403
    assert bob_client.post(address(dataset, name)).status_code == 404


def test_words_are_read_where_members_ask_for_it(
    alice_client: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = make_dataset(alice)
    monkeypatch.setattr(reading, "REQUIRED", ("no_such_engine",))
    page = alice_client.get(address(dataset)).content.decode()
    assert "pip install -r requirements-words.txt" in page
    monkeypatch.setattr(reading, "REQUIRED", ())

    alice_client.post(address(dataset), {"name": "x", "reads_words": "on"})

    page = alice_client.get(address(dataset)).content.decode()
    assert "pip install" not in page
    assert re.search(r'name="reads_words"\s+checked', page)
    assert WordReading.objects.filter(dataset=dataset).exists()
    alice_client.post(address(dataset), {"name": "x"})
    assert not WordReading.objects.exists()
