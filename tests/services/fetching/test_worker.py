"""The fetch stage: back-off, and one terminal state for every domain."""

import errno
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ALL_COMPLETED
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import OperationalError
from django.utils import timezone

from clustering.models import Dataset, Domain, Logo
from clustering.pipeline.errors import FetchError, UnreadableUpload
from clustering.pipeline.finders import SiteLogo
from clustering.pipeline.imaging.fingerprints import fingerprint
from clustering.selectors import failures
from clustering.services import counts
from clustering.services.fetching import worker
from clustering.services.logos import captures
from clustering.services.runs import request
from clustering.services.storage import logo_name
from tests.factories import make_domain, update_domains
from tests.services.fetching.finding import fetch, site

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def failing(code: str, *, is_transient: bool) -> Callable[[Domain], SiteLogo]:
    def find(domain: Domain) -> SiteLogo:
        raise FetchError(code, f"{domain.name} failed", is_transient=is_transient)

    return find


@pytest.mark.django_db(transaction=True)
def test_a_found_logo_is_kept_with_its_captures(dataset: Dataset, tmp_path: Path) -> None:
    domain = make_domain(dataset, "x.de")

    assert fetch(dataset, lambda _: site("a", "b")) == 1

    domain.refresh_from_db()
    assert (domain.status, domain.kind, domain.lease_token) == ("found", "logo", None)
    primary = domain.captures.get(is_primary=True)
    assert (primary.file_mmh3, primary.file_sha256) == (
        fingerprint(b"a").mmh3,
        fingerprint(b"a").sha256,
    )
    ranked = list(domain.captures.values_list("rank", "is_primary", "logo__sha256"))
    assert ranked == [(0, True, "a" * 64), (1, False, "b" * 64)]
    assert (tmp_path / logo_name("a" * 64)).read_bytes() == b"a"


@pytest.mark.django_db(transaction=True)
def test_sites_that_are_done_at_once_are_saved_even_if_the_database_refuses_some(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("a.de", "b.de", "c.de", "d.de")
    for name in names:
        make_domain(dataset, name)
    written: list[str] = []

    def refusing(domain: Domain, given: SiteLogo, logos: Mapping[str, Logo]) -> None:
        written.append(domain.name)
        if len(written) == 2:
            raise OperationalError("deadlock detected")
        replace_offered(domain, given, logos)

    replace_offered = captures.replace_offered
    monkeypatch.setattr(captures, "replace_offered", refusing)
    monkeypatch.setattr(worker, "FIRST_COMPLETED", ALL_COMPLETED)

    fetch(dataset, lambda domain: site(domain.name[0]))

    assert sorted(written[2:]) == list(names)
    found = dataset.domains.filter(status="found", captures__is_primary=True)
    assert sorted(found.values_list("name", flat=True)) == list(names)
    assert counts.differences(dataset) == []


@pytest.mark.django_db(transaction=True)
def test_a_permanent_error_ends_the_domain(dataset: Dataset, tmp_path: Path) -> None:
    domain = make_domain(dataset, "x.de")

    fetch(dataset, failing("dns", is_transient=False))

    domain.refresh_from_db()
    assert (domain.status, domain.error_code, domain.attempts) == ("failed", "dns", 1)
    assert [(g.code, g.n) for g in failures.failures(dataset)] == [("dns", 1)]


def tried(dataset: Dataset, domain: Domain, error: str) -> list[timedelta]:
    """Fetch as often as the domain is due; return how long it waited after each try."""
    find, waits = failing(error, is_transient=True), []
    with time_machine.travel(timezone.now(), tick=False) as clock:
        while dataset.domains.pending().exists():
            fetch(dataset, find)
            domain.refresh_from_db()
            waits.append(domain.next_try_at - timezone.now())
            clock.shift(timedelta(minutes=5))
    return waits


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("code", ["http_5xx", "busy"])
def test_a_transient_error_backs_off_and_ends_after_three_tries(
    dataset: Dataset, tmp_path: Path, code: str
) -> None:
    domain = make_domain(dataset, "x.de")

    waits = tried(dataset, domain, code)

    assert waits[:2] == [timedelta(seconds=30), timedelta(seconds=60)]
    assert (domain.status, domain.error_code, domain.attempts) == ("failed", code, 3)


@pytest.mark.django_db(transaction=True)
def test_one_thread_tries_a_slow_site_once_more_after_the_others(
    dataset: Dataset, tmp_path: Path
) -> None:
    names = ("slow.de", "a.de", "b.de", "c.de")
    for name in names:
        make_domain(dataset, name)
    asked: list[str] = []

    def find(domain: Domain) -> SiteLogo:
        asked.append(domain.name)
        if domain.name == "slow.de":
            raise FetchError("timeout", "too slow", is_transient=True)
        return site("a")

    worker.fetch_batch(dataset, find=find, limit=100, threads=1)

    assert asked == [*names, "slow.de"]
    slow = dataset.domains.get(name="slow.de")
    assert (slow.status, slow.error_code, slow.attempts) == ("failed", "timeout", 2)


@pytest.mark.django_db(transaction=True)
def test_slow_sites_are_tried_again_beside_the_others(dataset: Dataset, tmp_path: Path) -> None:
    for number in range(40):
        make_domain(dataset, f"site{number:02}.de")
    asked: list[str] = []

    def find(domain: Domain) -> SiteLogo:
        asked.append(domain.name)
        if domain.name in {"site00.de", "site01.de", "site02.de"} and domain.attempts == 1:
            raise FetchError("timeout", "too slow", is_transient=True)
        return site("a")

    worker.fetch_batch(dataset, find=find, limit=100, threads=4)

    again = [place for place, name in enumerate(asked) if name in asked[:place]]
    assert len(again) == 3
    assert max(again) < 30
    assert dataset.domains.filter(status="found").count() == 40


@pytest.mark.django_db(transaction=True)
def test_sites_that_are_tried_again_get_few_of_the_threads(
    dataset: Dataset, tmp_path: Path
) -> None:
    for number in range(40):
        make_domain(dataset, f"slow{number}.de")
    dataset.domains.update(attempts=1)
    make_domain(dataset, "new.de")
    lock, at_once, most = threading.Lock(), 0, 0
    is_full = threading.Event()

    def find(domain: Domain) -> SiteLogo:
        nonlocal at_once, most
        with lock:
            at_once += domain.attempts > 1
            most = max(most, at_once)
            if at_once >= worker.retry_threads(32):
                is_full.set()
        is_full.wait(60)
        with lock:
            at_once -= domain.attempts > 1
        return site("a")

    worker.fetch_batch(dataset, find=find, limit=100, threads=32)

    assert dataset.domains.filter(status="found").count() == 41
    assert most == worker.retry_threads(32) == 8


@pytest.mark.django_db(transaction=True)
def test_an_unforeseen_error_costs_one_domain_and_no_other(
    dataset: Dataset, tmp_path: Path
) -> None:
    for name in ("a.de", "broken.de", "z.de"):
        make_domain(dataset, name)

    def find(domain: Domain) -> SiteLogo:
        if domain.name == "broken.de":
            raise RecursionError("too deep")
        return site("a")

    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(3):
            fetch(dataset, find)
            clock.shift(timedelta(minutes=5))

    ends = dataset.domains.order_by("name").values_list("name", "status", "error_code")
    assert list(ends) == [
        ("a.de", "found", ""),
        ("broken.de", "failed", "crashed"),
        ("z.de", "found", ""),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_damaged_upload_fails_the_domain_with_its_code(dataset: Dataset, tmp_path: Path) -> None:
    domain = make_domain(dataset, "x.de")

    def find(domain: Domain) -> SiteLogo:
        raise UnreadableUpload("the ZIP is damaged")

    fetch(dataset, find)

    domain.refresh_from_db()
    assert (domain.status, domain.error_code) == ("failed", "unreadable_upload")


@pytest.mark.django_db(transaction=True)
def test_characters_that_no_database_stores_are_replaced(dataset: Dataset, tmp_path: Path) -> None:
    domain = make_domain(dataset, "x.de")

    def find(domain: Domain) -> SiteLogo:
        raise FetchError("bad_response", "it said \0 and \ud800")

    fetch(dataset, find)

    domain.refresh_from_db()
    assert domain.error_detail == "it said \ufffd and \ufffd"


@pytest.mark.django_db(transaction=True)
def test_a_full_disk_puts_domains_off_and_counts_no_attempt(
    dataset: Dataset, tmp_path: Path
) -> None:
    domain = make_domain(dataset, "x.de")

    def find(domain: Domain) -> SiteLogo:
        raise OSError(errno.ENOSPC, "No space left on device")

    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(5):
            fetch(dataset, find)
            clock.shift(timedelta(minutes=5))
        domain.refresh_from_db()
        assert (domain.status, domain.error_code, domain.attempts) == ("pending", "disk_full", 0)
        fetch(dataset, lambda _: site("a"))

    domain.refresh_from_db()
    assert (domain.status, domain.error_code) == ("found", "")


@pytest.mark.django_db(transaction=True)
def test_a_cancelled_data_set_is_not_fetched(dataset: Dataset, tmp_path: Path) -> None:
    make_domain(dataset, "x.de")
    Dataset.objects.update(cancelled_at=timezone.now())

    assert fetch(dataset, lambda _: site("a")) == 0
    assert dataset.domains.due().count() == 1


def test_retry_makes_failures_of_one_code_due_again(dataset: Dataset) -> None:
    for name, code in (("a.de", "dns"), ("b.de", "timeout"), ("c.de", "timeout")):
        domain = make_domain(dataset, name)
        update_domains(
            Domain.objects.filter(pk=domain.pk), status="failed", error_code=code, attempts=3
        )

    assert worker.retry_failed(dataset, "timeout") == 2

    assert dataset.domains.due().count() == 2
    assert dataset.domains.failed().get().name == "a.de"


def test_retry_queues_a_run_where_none_has_a_result(dataset: Dataset) -> None:
    domain = make_domain(dataset, "a.de")
    update_domains(Domain.objects.filter(pk=domain.pk), status="failed", error_code="dns")
    request.request_first_run(dataset)
    dataset.runs.update(status="failed")

    worker.retry_failed(dataset)
    worker.retry_failed(dataset)

    assert [run.status for run in dataset.runs.order_by("pk")] == ["failed", "queued"]
