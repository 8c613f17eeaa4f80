"""Clusters the images of a bulk run in this process: ``python -m ...child FOLDER``."""

import json
import sys
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from clustering.lab.bench.meter import cpu_seconds, peak_bytes
from clustering.pipeline import dedup, pipeline
from clustering.pipeline.bulk.plan import Plan
from clustering.pipeline.bulk.shape import IMAGES
from clustering.pipeline.bulk.store import Store
from clustering.pipeline.bulk.vectors import half_rows, loaded
from clustering.pipeline.clusterers.agglomerative import Agglomerative
from clustering.pipeline.neighbours import components, links


def main(folder: Path) -> None:
    """Write the labels beside the run; print the cost and the size of the largest component."""
    store = Store(str(folder))
    plan = Plan.load(store)
    with threadpool_limits(1):
        started = cpu_seconds()
        tables = [store.read(IMAGES, shard) for shard in range(plan.n_shards)]
        phashes = np.concatenate([table["phash"].to_numpy() for table in tables])
        vectors = np.empty((len(phashes), half_rows(tables[0]["vector"]).shape[1]), np.float32)
        start = 0
        while tables:  # freed one by one
            rows = loaded(half_rows(tables.pop(0)["vector"]))
            vectors[start : start + len(rows)] = rows
            start += len(rows)
        unique = dedup.deduplicate(
            vectors, phashes, np.zeros(len(phashes), np.bool_), plan.copy_distance
        )
        clusterer = Agglomerative(distance_threshold=plan.distance)
        labels = pipeline.labels_of_rows(unique, clusterer, np.ones(len(phashes), np.int64))
        seconds = cpu_seconds() - started
        peak = peak_bytes()
        np.save(folder / "one process.npy", labels)
        found = components(len(unique.vectors), links(unique.vectors, unique.graph, plan.distance))
    largest = int(np.bincount(found[unique.representative_index]).max())
    cost = {"cpu_seconds": seconds, "peak_bytes": peak, "largest_component": largest}
    sys.stdout.write(json.dumps(cost))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
