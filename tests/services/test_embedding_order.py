"""The embed stage goes through the logos once, in the order in which they came."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from django.db import connection
from django.utils import timezone
from numpy.typing import NDArray
from PIL import Image

from clustering.models import Dataset, Embedding, Run, User
from clustering.selectors.unembedded import next_unembedded, unembedded
from clustering.services import embedding, workflow
from clustering.services.runs import request
from clustering.services.work import leases
from tests.factories import make_dataset, make_domain, make_embedding, make_logo

pytestmark = pytest.mark.django_db(transaction=True)
HOURS_AGO = timezone.now() - timedelta(hours=3)


class Vectors:
    key = "descriptor:of the worker"
    dim = 2

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        return np.tile(np.array([1.0, 0.0], np.float32), (len(images), 1))


@pytest.fixture
def dataset(alice: User) -> Dataset:
    dataset = make_dataset(alice)
    for number in range(5):
        arrive(dataset, f"{number}.de", HOURS_AGO + timedelta(minutes=20 * number))
    return dataset


def arrive(dataset: Dataset, name: str, at: datetime) -> None:
    domain = make_domain(dataset, name, logo=make_logo(name))
    dataset.domains.filter(pk=domain.pk).update(logo_changed_at=at)


def embed(run: Run, limit: int = 2) -> list[str]:
    held = leases.claim(run)
    assert held is not None
    before = set(Embedding.objects.values_list("pk", flat=True))
    embedding.embed_for(held, make=lambda _: Vectors(), limit=limit)
    run.refresh_from_db()
    made = Embedding.objects.exclude(pk__in=before).order_by("pk")
    return list(made.values_list("logo__captures__domain__name", flat=True))


def test_batches_follow_the_order_of_arrival(dataset: Dataset, tmp_path: Path) -> None:
    run = request.request_first_run(dataset)

    batches = [embed(run) for _ in range(3)]

    assert batches == [["0.de", "1.de"], ["2.de", "3.de"], ["4.de"]]
    assert (run.n_to_embed, run.n_embedded, run.n_embed_failed) == (5, 5, 5)  # files are missing
    assert workflow.next_stage(dataset) is workflow.Work.RUN


def test_logos_with_a_vector_are_skipped_and_counted(dataset: Dataset, tmp_path: Path) -> None:
    run = request.request_first_run(dataset)
    for name in ("0.de", "3.de"):
        make_embedding(make_logo(name), [1.0, 0.0], key=Vectors.key)

    assert embed(run, limit=1) == ["1.de"]
    assert (run.n_to_embed, run.n_embedded, run.n_embedded_before) == (5, 3, 2)


def test_a_batch_does_not_look_behind_the_last_one(dataset: Dataset, tmp_path: Path) -> None:
    run = request.request_first_run(dataset)
    embed(run, limit=3)
    Embedding.objects.filter(logo=make_logo("0.de")).delete()

    left = next_unembedded(run).values_list("domain__name", flat=True)

    assert list(left) == ["3.de", "4.de"]


def test_a_logo_that_was_committed_late_is_embedded_at_the_end(
    dataset: Dataset, tmp_path: Path
) -> None:
    run = request.request_first_run(dataset)
    embed(run, limit=5)
    last = run.embedded_to
    assert last is not None

    arrive(dataset, "late.de", last - timedelta(minutes=2))

    assert workflow.next_stage(dataset) is workflow.Work.EMBED
    assert embed(run) == ["late.de"]
    assert workflow.next_stage(dataset) is workflow.Work.RUN


def test_each_logo_is_looked_up_by_itself(dataset: Dataset) -> None:
    # A join that PostgreSQL plans by old statistics compares all pairs of logos.
    plan = unembedded(dataset, "new").explain()

    if connection.vendor == "postgresql":
        assert "SubPlan" in plan
        assert "Anti Join" not in plan
    else:
        assert "CORRELATED SCALAR SUBQUERY" in plan
        assert "(logo_id=? AND embedder_key=?)" in plan
