"""Lookups for one domain; the domain keeps its logo meanwhile."""

from pathlib import Path
from typing import NoReturn

import pytest
from pytest_django import Settings

from clustering import tasks
from clustering.models import Capture, Dataset, Domain, Lookup, User
from clustering.pipeline.errors import FetchError, InputError
from clustering.services.datasets import lifecycle
from clustering.services.fetching import site_access
from clustering.services.logos import lookups
from tests.factories import make_dataset, make_domain, make_logo

pytestmark = pytest.mark.django_db(transaction=True)

SITE = "alpengo-sample.de"  # of the recorded sample
LOGO = f"https://{SITE}/assets/logo.png"


@pytest.fixture
def domain(
    alice: User, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Domain:
    """A site of the recorded web, of which one candidate was looked at."""
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(tasks.advance, "delay", lambda dataset_id: None)
    dataset = make_dataset(alice, web=Dataset.Web.SAMPLE)
    return make_domain(dataset, SITE, logo=make_logo("first look"))


def answer(lookup: Lookup) -> Lookup:
    """Do the worker's part."""
    tasks.look_up(lookup.pk)
    lookup.refresh_from_db()
    return lookup


def test_new_candidates_replace_those_of_the_last_lookup(domain: Domain, alice: User) -> None:
    asked = answer(lookups.ask_candidates(domain, alice))

    shown = domain.captures.get(is_primary=True)
    assert (asked.status, asked.error_code) == ("succeeded", "")
    assert shown.source_url == LOGO
    assert not domain.captures.filter(logo=make_logo("first look")).exists()


def test_a_failed_domain_is_found_by_a_lookup(domain: Domain, alice: User) -> None:
    domain.captures.all().delete()
    Domain.objects.update(status="failed", error_code="timeout")

    answer(lookups.ask_candidates(domain, alice))

    domain.refresh_from_db()
    assert (domain.status, domain.error_code) == ("found", "")


def test_the_image_at_an_address_becomes_the_logo(domain: Domain, alice: User) -> None:
    asked = answer(lookups.ask_address(domain, alice, f" {LOGO} "))

    shown = domain.captures.get(is_primary=True)
    assert asked.status == "succeeded"
    assert (shown.finder, shown.source_url, shown.is_offered) == ("address", LOGO, False)
    assert len(shown.file_sha256) == 64
    assert domain.choices.get().actor == alice


@pytest.mark.parametrize(
    ("url", "code"),
    [
        (f"https://{SITE}/", "bad_image"),
        (f"https://{SITE}/nothing-here.png", "http_404"),
        ("http://127.0.0.1/logo.png", "refused_address"),
        ("https://nobody-knows.com/logo.png", "dns"),
    ],
)
def test_an_address_without_an_image_is_reported_and_changes_nothing(
    domain: Domain, alice: User, url: str, code: str
) -> None:
    asked = answer(lookups.ask_address(domain, alice, url))

    assert (asked.status, asked.error_code) == ("failed", code)
    assert domain.captures.get().logo == make_logo("first look")
    assert domain.choices.count() == 0


@pytest.mark.parametrize("url", ["", "logo.png", "file:///etc/passwd", "data:image/png;base64,x"])
def test_invalid_addresses_are_rejected(domain: Domain, alice: User, url: str) -> None:
    with pytest.raises(InputError, match="https://"):
        lookups.ask_address(domain, alice, url)

    assert Lookup.objects.count() == 0


def test_asking_twice_is_one_lookup(domain: Domain, alice: User, bob: User) -> None:
    first = lookups.ask_candidates(domain, alice)

    assert lookups.ask_candidates(domain, bob) == first
    with pytest.raises(InputError, match="looked up already"):
        lookups.ask_address(domain, bob, "https://x.de/logo.png")


def test_a_domain_that_is_being_fetched_is_not_looked_up(domain: Domain, alice: User) -> None:
    Domain.objects.update(status="pending")

    with pytest.raises(InputError, match="being fetched"):
        lookups.ask_candidates(domain, alice)


def test_a_lookup_delivered_twice_is_done_once(domain: Domain, alice: User) -> None:
    asked = answer(lookups.ask_address(domain, alice, f"https://{SITE}/nothing-here.png"))
    finished_at = asked.finished_at

    answer(asked)

    assert (asked.attempts, asked.finished_at) == (1, finished_at)


def test_a_lookup_whose_workers_died_ends_and_says_so(domain: Domain, alice: User) -> None:
    asked = lookups.ask_candidates(domain, alice)
    Lookup.objects.update(attempts=3)

    answer(asked)

    assert (asked.status, asked.error_code) == ("failed", "crashed")


def test_a_result_after_a_lost_lease_changes_nothing(
    domain: Domain, alice: User, tmp_path: Path
) -> None:
    claimed = lookups.claim(lookups.ask_candidates(domain, alice).pk)
    assert claimed is not None
    Lookup.objects.update(lease_token=None)

    lookups.serve(claimed, site_access.lookup_tools(domain.dataset))

    assert domain.captures.get().logo == make_logo("first look")


def test_a_lost_message_is_found_by_the_sweep(domain: Domain, alice: User) -> None:
    asked = lookups.ask_candidates(domain, alice)

    assert lookups.due_ids() == [asked.pk]
    lookups.claim(asked.pk)
    assert lookups.due_ids() == []


def test_a_failed_look_leaves_the_logo_that_there_is(
    domain: Domain, alice: User, tmp_path: Path
) -> None:
    def fail(_: object) -> NoReturn:
        raise FetchError("timeout", f"{SITE} took too long", is_transient=True)

    claimed = lookups.claim(lookups.ask_candidates(domain, alice).pk)
    assert claimed is not None
    lookups.serve(claimed, lookups.Tools(find=fail, fetch=fail))

    claimed.refresh_from_db()
    domain.refresh_from_db()
    assert (claimed.status, claimed.error_code) == ("failed", "timeout")
    assert (domain.status, domain.captures.count()) == ("found", 1)


def test_a_lookup_whose_data_set_is_deleted_meanwhile_writes_nothing(
    domain: Domain, alice: User
) -> None:
    claimed = lookups.claim(lookups.ask_candidates(domain, alice).pk)
    assert claimed is not None
    tools = site_access.lookup_tools(claimed.domain.dataset)
    lifecycle.request_deletion(domain.dataset)
    assert lifecycle.delete_rows(domain.dataset, seconds=60)

    lookups.serve(claimed, tools)

    assert Capture.objects.count() == Lookup.objects.count() == 0
