"""Classification requests: leased work that ends with a result or an error."""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import time_machine
from django.utils import timezone
from numpy.typing import NDArray
from PIL import Image

from clustering.models import Classification, Domain, Logo, Run, User
from clustering.models.domain import LEASE
from clustering.pipeline.embedders import Embedder
from clustering.pipeline.errors import FetchError, ImageError, WeightsMissing
from clustering.pipeline.finders import Captured, LogoCandidate, SiteLogo
from clustering.pipeline.imaging import NormalisedImage
from clustering.pipeline.imaging.decoder import normalise_bytes
from clustering.services.classification import request, worker
from clustering.services.logos.lookups import Tools
from clustering.services.placement import add_domains
from clustering.services.work import leases
from tests.factories import KEY, make_dataset, make_embedding, make_logo, make_run
from tests.pictures import as_png, drawn

pytestmark = pytest.mark.django_db


class Reddish:
    """Sees every image as the same red."""

    key, dim = KEY, 3

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        return np.tile(np.array([1.0, 0.0, 0.0], np.float32), (len(images), 1))


def make(name: str) -> Embedder:
    return Reddish()


@pytest.fixture
def run(alice: User) -> Run:
    run = make_run(make_dataset(alice), {"Red": ["a.de", "b.de"], "-": ["o.de"]})
    for name, vector in {"a.de": (1, 0.1, 0), "b.de": (1, 0.2, 0), "o.de": (0, 0, 1)}.items():
        make_embedding(make_logo(name), vector)
    return run


def image() -> NormalisedImage:
    return normalise_bytes(as_png(drawn("ring")))


def captured(url: str) -> Captured:
    return Captured(LogoCandidate("img", url), image())


def tools(*, fetch: Callable[[str], Captured] = captured) -> Tools:
    def find(domain: Domain) -> SiteLogo:
        found = captured(f"https://{domain.name}/found.png")
        return SiteLogo(f"https://{domain.name}/", "logo", 0.9, (found,))

    return Tools(find=find, fetch=fetch)


def claimed(run: Run, user: User, line: str) -> Classification:
    assert request.request_all(run, user, [line])[0] == []
    found = worker.claim(worker.due_ids()[0])
    assert found is not None
    return found


def test_a_site_is_fetched_then_classified(run: Run, alice: User, tmp_path: Path) -> None:
    asked = claimed(run, alice, "https://www.New.de")

    worker.fetch(asked, tools())
    assert worker.due_ids() == []
    worker.answer(worker.claim_to_answer(9), make=make)

    asked.refresh_from_db()
    assert (asked.status, asked.given) == ("succeeded", "new.de")
    assert asked.source_url == "https://new.de/found.png"
    assert asked.answer["cluster"] == {"uid": str(run.clusters.get().uid), "name": "Red"}
    assert asked.answer["reason"] == "similarity 1.00 to a.de, threshold 0.71"
    assert (asked.lease_token, worker.has_answers_due()) == (None, False)


def test_an_address_that_is_a_page_means_the_logo_of_its_site(
    run: Run, alice: User, tmp_path: Path
) -> None:
    def page(url: str) -> Captured:
        raise ImageError("bad_image", "it is HTML")

    asked = claimed(run, alice, "https://www.new.de/about")
    worker.fetch(asked, tools(fetch=page))

    asked.refresh_from_db()
    assert asked.source_url == "https://new.de/found.png"


def test_failed_fetches_end_with_their_code(run: Run, alice: User, tmp_path: Path) -> None:
    def refused(url: str) -> Captured:
        raise FetchError("http_404", "there is nothing")

    asked = claimed(run, alice, "https://new.de/logo.png")
    worker.fetch(asked, tools(fetch=refused))

    asked.refresh_from_db()
    assert (asked.status, asked.error_code) == ("failed", "http_404")
    assert not Logo.objects.filter(classifications=asked).exists()


def test_only_one_worker_gets_a_request(run: Run, alice: User) -> None:
    asked = claimed(run, alice, "new.de")

    assert worker.claim(asked.pk) is None


def test_a_request_is_retried_after_dead_workers_up_to_the_limit(
    run: Run, alice: User, tmp_path: Path
) -> None:
    request.request_all(run, alice, ["new.de"])
    pk = worker.due_ids()[0]
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(3):
            assert worker.claim(pk) is not None
            clock.shift(LEASE + timedelta(seconds=1))
        fourth = worker.claim(pk)
        assert fourth is not None
        worker.fetch(fourth, tools())

    assert Classification.objects.get().error_code == "crashed"


def test_without_weights_requests_wait_with_a_note(run: Run, alice: User, tmp_path: Path) -> None:
    def missing(name: str) -> Embedder:
        raise WeightsMissing("run manage.py fetch_weights")

    worker.fetch(claimed(run, alice, "new.de"), tools())
    worker.answer(worker.claim_to_answer(9), make=missing)

    asked = Classification.objects.get()
    assert (asked.status, asked.error_code) == ("queued", "weights_missing")
    assert asked.next_try_at > timezone.now()


class Slow(Reddish):
    """Takes longer than the leases last that there were when it began."""

    def __init__(self) -> None:
        self.ends_at = list(Classification.objects.values_list("next_try_at", flat=True))
        self.has_outlived_them = False

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        oldest = Classification.objects.filter(next_try_at__lte=max(self.ends_at))
        for _ in range(3000):
            if not oldest.exists():
                self.has_outlived_them = True
                break
            time.sleep(0.01)
        return super().embed(images)


@pytest.mark.django_db(transaction=True)
def test_leases_last_as_long_as_a_slow_embedder_takes(
    run: Run, alice: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "HEARTBEAT_SECONDS", 0.01)
    for name in ("new.de", "other.de"):
        worker.fetch(claimed(run, alice, name), tools())
    asked = worker.claim_to_answer(9)
    slow = Slow()

    worker.answer(asked, make=lambda name: slow)

    assert slow.has_outlived_them
    statuses = Classification.objects.values_list("status", flat=True)
    assert list(statuses) == ["succeeded", "succeeded"]


def test_requests_about_two_runs_are_classified_separately(
    run: Run, alice: User, tmp_path: Path
) -> None:
    other = make_run(run.dataset, {"-": ["a.de", "b.de", "o.de"]})
    for one in (run, other):
        worker.fetch(claimed(one, alice, "new.de"), tools())

    batches = [worker.claim_to_answer(9) for _ in range(3)]
    for batch in batches:
        worker.answer(batch, make=make)

    assert [len(batch) for batch in batches] == [1, 1, 0]
    answers = dict(Classification.objects.values_list("run__slug", "answer"))
    assert answers[run.slug]["cluster"] is not None
    assert answers[other.slug]["cluster"] is None


def test_a_seen_site_is_added_with_its_capture_and_is_not_fetched_again(
    run: Run, alice: User, tmp_path: Path
) -> None:
    worker.fetch(claimed(run, alice, "new.de"), tools())
    worker.answer(worker.claim_to_answer(9), make=make)

    domain = add_domains.add_classified(Classification.objects.get(), alice, "new.de")

    capture = domain.captures.get()
    assert (capture.finder, capture.is_primary) == ("classify", True)
    assert not run.dataset.domains.pending().exists()


def test_requests_are_deleted_after_a_week(run: Run, alice: User) -> None:
    request.request_all(run, alice, ["new.de"])
    with time_machine.travel(timezone.now() + timedelta(days=6, hours=23)):
        request.forget_old()
        assert Classification.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(days=7, hours=1)):
        request.forget_old()

    assert not Classification.objects.exists()
