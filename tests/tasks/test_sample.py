"""The sample data set: all stages over the recorded web, with every outcome."""

from collections import Counter

import pytest

from clustering.models import User
from clustering.selectors import export_rows, progress
from clustering.services.datasets import sample
from tests.tasks.driving import work_off
from tests.tasks.fingerprinting import NUMBERS, fingerprints, stored_fingerprints

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_every_domain_of_the_sample_ends_in_one_state(alice: User) -> None:
    dataset = sample.make_sample(alice)

    work_off(dataset)

    assert progress.is_idle(dataset)
    statuses = Counter(dataset.domains.values_list("status", flat=True))
    assert statuses == {"found": 195, "failed": 21}
    assert dataset.n_rows == 230 == 216 + dataset.n_duplicates + dataset.n_rejected
    codes = set(dataset.domains.failed().values_list("error_code", flat=True))
    assert {"dns", "tls", "connect", "timeout", "http_403", "http_404", "blocked"} <= codes
    assert "placeholder" in codes
    run = dataset.runs.get()
    assert len(export_rows.labels(run)) == 195
    assert run.metrics["n_clusters"] > 30
    assert fingerprints(run, leave_out=NUMBERS) == stored_fingerprints("sample")
