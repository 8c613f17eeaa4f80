"""The sample: every outcome in all stages over the recorded web, and the same in shards."""

from collections import Counter
from dataclasses import asdict
from pathlib import Path

import pytest

from clustering import conf
from clustering.models import Capture, Dataset, User
from clustering.pipeline.bulk import planning, running, sites
from clustering.pipeline.bulk.engines import Inline
from clustering.pipeline.bulk.plan import Plan
from clustering.pipeline.bulk.sites import FetchPlan
from clustering.pipeline.bulk.store import Store
from clustering.selectors import export_rows, progress
from clustering.services.datasets import sample
from tests.tasks.driving import work_off
from tests.tasks.fingerprinting import NUMBERS, fingerprints, stored_fingerprints

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def _fetch_plan(**options: object) -> FetchPlan:
    defaults = {
        "n_shards": 0,
        "n_domains": 0,
        "embedder": "logonet",
        "weights_dir": str(conf.places().weights),
        "user_agent": "Logosite-test",
        "threads": 16,
        "n_fetchers": 1,
        "deadline_seconds": 60.0,
        "web": str(sample.WEB_FILE),
    }
    return FetchPlan(**(defaults | options))  # type: ignore[arg-type]


def _rows(folder: Path, stage: str) -> list[dict[str, object]]:
    store = Store(str(folder))
    return [
        row
        for number in sorted(store.finished(stage))
        for row in store.read(stage, number).to_pylist()
    ]


def assert_every_domain_ended_in_one_state(dataset: Dataset) -> None:
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
    assert fingerprints(run, leave_out={*NUMBERS, "columns", "note"}) == stored_fingerprints(
        "sample"
    )


def test_the_sample_is_run_whole_and_shards_give_its_captures_errors_and_labels(
    alice: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = sample.make_sample(alice)
    work_off(dataset)
    assert_every_domain_ended_in_one_state(dataset)
    monkeypatch.setattr(sites, "SHARD_DOMAINS", 60)
    monkeypatch.setattr(planning, "SHARD_DOMAINS", 60)
    folder = str(tmp_path)

    plan = planning.plan_list(folder, planning.domains_of(sample.LIST_FILE), _fetch_plan())
    running.run(folder, Inline())

    assert plan.fetch is not None
    assert (plan.fetch.n_shards, plan.fetch.n_domains, plan.n_shards) == (4, 216, 4)
    fetched = _rows(tmp_path, "fetch")
    captures = Capture.objects.filter(domain__dataset=dataset, is_primary=True)
    columns = ("domain__name", "logo__sha256", "finder", "source_url", "domain__kind")
    assert {
        (row["domain"], row["sha256"], row["finder"], row["source_url"], row["kind"])
        for row in fetched
        if row["error_code"] == ""
    } == set(captures.values_list(*columns))
    failed = dataset.domains.failed().values_list("name", "error_code")
    assert {
        (row["domain"], row["error_code"]) for row in fetched if row["error_code"] != ""
    } == set(failed)
    assert {
        row["domain"]: row["label"] for row in _rows(tmp_path, "domains")
    } == export_rows.labels(dataset.runs.get())
    assert dict(running.failures(folder))["placeholder"] == 3


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    fetch = _fetch_plan(deny_cidrs=("10.0.0.0/8",), archives=("a.warc.gz",))

    written = planning.plan_list(str(tmp_path), ["b.example", "a.example", "b.example"], fetch)

    read = Plan.load(Store(str(tmp_path)))
    assert asdict(read) == asdict(written)
    assert read == written
