"""Planted logos as a small bulk run, and its result."""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clustering.lab.bench.bulk.planting import plan_for, plant
from clustering.lab.bench.clustering.planted import Planted, planted
from clustering.pipeline.bulk.store import Store
from clustering.pipeline.bulk.vectors import loaded
from clustering.pipeline.clusterers.agglomerative import Agglomerative
from clustering.pipeline.dedup import deduplicate
from clustering.pipeline.pipeline import labels_of_rows

SMALL = {"cell_rows": 200, "partition_rows": 1_500}
"""Several cells, cell partitions, component partitions and groups of shards."""


def small_run(folder: Path, n_rows: int, shard_rows: int = 700, **options: int) -> Planted:
    """Plan a run over planted logos, a few hundred in each shard."""
    logos, store, shard = planted(n_rows), Store(str(folder)), 0
    for start in range(0, n_rows, shard_rows):
        some = slice(start, start + shard_rows)
        part = Planted(logos.vectors[some], logos.phashes[some], logos.brands[some])
        shard += plant(store, part, shard)
    plan_for(shard, **{**SMALL, **options}).save(store)
    return replace(logos, vectors=loaded(logos.vectors.astype(np.float16)))


def in_process(logos: Planted) -> NDArray[np.int64]:
    """Return the labels of a run of the interactive mode."""
    plan, n_rows = plan_for(1), len(logos.vectors)
    unique = deduplicate(
        logos.vectors, logos.phashes, np.zeros(n_rows, np.bool_), plan.copy_distance
    )
    clusterer = Agglomerative(distance_threshold=plan.distance)
    return labels_of_rows(unique, clusterer, np.ones(n_rows, np.int64))


def labels_of(folder: Path) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return labels and probabilities of all images."""
    store = Store(str(folder))
    tables = [store.read("labels", number) for number in sorted(store.finished("labels"))]
    return (
        np.concatenate([table["label"].to_numpy() for table in tables]),
        np.concatenate([table["probability"].to_numpy() for table in tables]),
    )


def digests(folder: Path) -> dict[str, str]:
    """Return the digest of every file of a run."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }
