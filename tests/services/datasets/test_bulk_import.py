"""Clusters of a bulk run as a data set, and decisions about them for the next run."""

from pathlib import Path

import pytest

from clustering.models import Dataset, User
from clustering.pipeline.bulk import constraints, running
from clustering.pipeline.bulk.embedding import medoid_logos
from clustering.pipeline.bulk.engines import Inline
from clustering.pipeline.bulk.plan import Plan
from clustering.pipeline.bulk.sites import FetchPlan, write_shard
from clustering.pipeline.bulk.store import Store
from clustering.pipeline.errors import InputError
from clustering.services.datasets import bulk_import
from clustering.services.datasets.sample import LIST_FILE, WEB_FILE
from tests.factories import make_dataset, make_run

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
BRANDS = ("alpengo", "hexaplan", "mapleforge")


def _planned(folder: Path) -> Store:
    store = Store(str(folder))
    names = [line.partition(",")[0] for line in LIST_FILE.read_text().splitlines()]
    write_shard(store, 0, [name for name in names if name.startswith(BRANDS)])
    fetch = FetchPlan(
        n_shards=1,
        n_domains=len(names),
        embedder="descriptor",
        weights_dir="",
        user_agent="Logosite-test",
        threads=8,
        n_fetchers=1,
        deadline_seconds=60.0,
        web=str(WEB_FILE),
    )
    Plan(1, 0.3, 0.05, fetch=fetch).save(store)
    return store


def _labels(store: Store) -> dict[str, int]:
    rows = store.read("domains", 0).to_pylist()
    return {row["domain"]: row["label"] for row in rows}


def test_clusters_become_rows_and_joined_ones_one_cluster_of_the_next_run(
    alice: User, tmp_path: Path
) -> None:
    first = _planned(tmp_path / "first")
    running.run(first.root, Inline())
    labels = _labels(first)
    assert max(labels.values()) > 0

    dataset = bulk_import.import_clusters(alice, first.root, limit=2)

    assert dataset.intake == Dataset.Intake.IMPORTING
    assert dataset.runs.count() == 1
    shown = dict(medoid_logos(first, Plan.load(first), 2))
    assert {labels[name] for name in shown} == {0, 1}

    second = _planned(tmp_path / "second")
    constraints.save(second, [sorted(shown)])
    running.run(second.root, Inline())
    joined = {name: max(label - 1, 0) if label >= 0 else -1 for name, label in labels.items()}
    assert _labels(second) == joined


def test_only_what_people_decided_is_exported(alice: User) -> None:
    run = make_run(make_dataset(alice), {"A": ["a.example", "b.example", "c.example"]})
    assert bulk_import.decided_groups(run) == []
    cluster = run.clusters.get()
    for name in ("a.example", "c.example"):
        run.assignments.filter(domain__name=name).update(bound_cluster=cluster)

    assert bulk_import.decided_groups(run) == [["a.example", "c.example"]]


def test_an_unfinished_run_cannot_be_imported(alice: User, tmp_path: Path) -> None:
    store = _planned(tmp_path)

    with pytest.raises(InputError, match="not finished"):
        bulk_import.import_clusters(alice, store.root, limit=5)

    assert not Dataset.objects.exists()
