"""Leases of domains: claims, fencing, dead and stopping workers."""

import threading
import time
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from clustering.models import Dataset, Domain
from clustering.models.domain import LEASE, MAX_CRASHES
from clustering.pipeline.errors import FetchError
from clustering.pipeline.finders import SiteLogo
from clustering.services.fetching import worker
from clustering.services.fetching.worker import FetchOutcome
from clustering.services.work import draining
from tests.factories import make_domain
from tests.services.fetching.finding import fetch, site

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def expire(dataset: Dataset, clock: time_machine.Traveller) -> None:
    clock.shift(LEASE + timedelta(seconds=1))
    dataset.domains.note_crashes()


def test_no_two_workers_claim_the_same_domain(dataset: Dataset) -> None:
    for index in range(5):
        make_domain(dataset, f"x{index}.de")

    first, second = dataset.domains.claim(3), dataset.domains.claim(3)

    assert (len(first), len(second)) == (3, 2)
    assert not {domain.pk for domain in first} & {domain.pk for domain in second}
    assert dataset.domains.claim(3) == []


def test_a_dead_workers_lease_runs_out(dataset: Dataset) -> None:
    make_domain(dataset, "x.de")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        dataset.domains.claim(1)
        assert not dataset.domains.due().exists()

        clock.shift(LEASE + timedelta(seconds=1))

        assert dataset.domains.due().count() == 1


def test_a_living_workers_lease_is_renewed(dataset: Dataset) -> None:
    make_domain(dataset, "x.de")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        held = dataset.domains.claim(1)[0]
        clock.shift(LEASE - timedelta(seconds=1))
        dataset.domains.renew({held.lease_token})
        clock.shift(timedelta(seconds=2))

        assert not dataset.domains.due().exists()


def test_a_zombie_cannot_overwrite_a_newer_result(dataset: Dataset) -> None:
    make_domain(dataset, "x.de")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        zombie = dataset.domains.claim(1)[0]
        expire(dataset, clock)
        heir = dataset.domains.claim(1)[0]

    worker.save_outcome(FetchOutcome(heir, site=site("a")))
    worker.save_outcome(FetchOutcome(zombie, error=FetchError("dns")))
    worker.save_outcome(FetchOutcome(zombie, site=site("b")))

    heir.refresh_from_db()
    assert heir.status == "found"
    assert heir.captures.get().logo.sha256 == "a" * 64


def test_a_zombie_saves_nothing_while_its_heir_is_at_work(dataset: Dataset) -> None:
    make_domain(dataset, "x.de")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        zombie = dataset.domains.claim(1)[0]
        expire(dataset, clock)
        heir = dataset.domains.claim(1)[0]

    worker.save_outcome(FetchOutcome(zombie, error=FetchError("dns")))
    worker.save_outcome(FetchOutcome(zombie, site=site("b")))

    found = dataset.domains.get()
    assert (found.status, found.lease_token) == ("pending", heir.lease_token)
    assert not found.captures.exists()


@pytest.mark.django_db(transaction=True)
def test_a_domain_that_kills_its_workers_ends_as_crashed(dataset: Dataset, tmp_path: Path) -> None:
    domain = make_domain(dataset, "x.de")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(MAX_CRASHES):
            dataset.domains.claim(1)
            expire(dataset, clock)
        fetch(dataset, lambda _: site("a"))

    domain.refresh_from_db()
    assert (domain.status, domain.error_code) == ("failed", "crashed")


def test_a_lost_lease_token_is_invalid(dataset: Dataset) -> None:
    make_domain(dataset, "x.de")

    assert not dataset.domains.held_by(uuid4()).exists()


def test_a_dead_workers_domains_are_no_tries(dataset: Dataset) -> None:
    make_domain(dataset, "x.de")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        dataset.domains.claim(1)
        expire(dataset, clock)

    domain = dataset.domains.get()
    assert (domain.attempts, domain.crashes, domain.lease_token) == (0, 1, None)


@pytest.mark.django_db(transaction=True)
def test_domains_whose_worker_died_share_no_process_with_others(
    dataset: Dataset, tmp_path: Path
) -> None:
    crashes = {f"{level}-{number}.de": level for level in (0, 1, 2) for number in range(12)}
    for name, level in crashes.items():
        make_domain(dataset, name)
        dataset.domains.filter(name=name).update(crashes=level)
    lock, running, most = threading.Lock(), [0, 0, 0], [0, 0, 0]

    def find(domain: Domain) -> SiteLogo:
        level = domain.crashes
        with lock:
            running[level] += 1
            most[level] = max(most[level], running[level])
            assert running.count(0) == 2
        time.sleep(0.01)
        with lock:
            running[level] -= 1
        return site("a")

    worker.fetch_batch(dataset, find=find, limit=100, threads=16)

    assert dataset.domains.filter(status="found").count() == len(crashes)
    assert most[1] <= worker.suspect_threads(16) == 4
    assert most[2] == 1


@pytest.mark.django_db(transaction=True)
def test_a_stopping_worker_hands_its_domains_back(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("fast.de", "slow.de", "waiting.de"):
        make_domain(dataset, name)
    ended = threading.Event()

    def find(domain: Domain) -> SiteLogo:
        draining.begin()
        if domain.name == "slow.de":
            ended.wait(30)
        return site("a")

    monkeypatch.setattr(draining, "GRACE_SECONDS", 0.2)
    try:
        worker.fetch_batch(dataset, find=find, limit=100, threads=2)
    finally:
        ended.set()
        draining.forget()

    left = dataset.domains.pending().order_by("name")
    states = left.values_list("name", "attempts", "crashes", "lease_token")
    assert list(states) == [("slow.de", 0, 0, None), ("waiting.de", 0, 0, None)]
    assert dataset.domains.due().count() == 2


def test_results_after_the_grace_period_are_not_saved_one_by_one(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.de", "b.de"):
        make_domain(dataset, name)
    both, save = threading.Barrier(2), worker.save_outcome

    def find(_domain: Domain) -> SiteLogo:
        draining.begin()
        both.wait(30)
        return site("a")

    def save_slowly(outcome: FetchOutcome) -> None:
        save(outcome)
        monkeypatch.setattr(draining, "GRACE_SECONDS", 0.0)

    monkeypatch.setattr(worker, "save_outcome", save_slowly)
    try:
        worker.fetch_batch(dataset, find=find, limit=100, threads=2)
    finally:
        draining.forget()

    states = dataset.domains.values_list("status", "attempts", "lease_token")
    assert sorted(states, key=str) == [("found", 1, None), ("pending", 0, None)]
