"""Planted logos as image shards."""

import numpy as np
from numpy.typing import NDArray

from clustering.lab.bench.clustering.planted import Planted, planted
from clustering.pipeline.bulk.images import image_table
from clustering.pipeline.bulk.plan import Plan, cell_rows_for
from clustering.pipeline.bulk.shape import IMAGES
from clustering.pipeline.bulk.store import Store
from clustering.pipeline.clusterers import calibration

SHARD_ROWS = 10_000


def plant(store: Store, logos: Planted, first_shard: int = 0) -> int:
    """Write logos as shards of 10,000 images, one domain each; return the number of shards."""
    starts = range(0, len(logos.vectors), SHARD_ROWS)
    for shard, start in enumerate(starts, start=first_shard):
        some = slice(start, start + SHARD_ROWS)
        n_rows = len(logos.phashes[some])
        table = image_table(
            logos.vectors[some],
            logos.phashes[some],
            np.ones(n_rows, np.int64),
            np.zeros(n_rows, np.bool_),
        )
        store.write(IMAGES, shard, [table])
    return len(starts)


def plan_for(n_shards: int, *, cell_rows: int = 1_000, partition_rows: int = 100_000) -> Plan:
    """Return the plan of planted logos, with the distances of the built-in embedder."""
    distance = calibration.default_for("logonet").params["distance_threshold"]
    copies = calibration.copy_distance("logonet")
    return Plan(
        n_shards, float(distance), copies, cell_rows=cell_rows, partition_rows=partition_rows
    )


def plant_blocks(store: Store, n_rows: int, block_rows: int) -> NDArray[np.int64]:
    """Plant independent blocks of brands, one in memory at a time; return each row's brand."""
    brands, n_brands, shard = [], 0, 0
    for seed, start in enumerate(range(0, n_rows, block_rows)):
        logos = planted(min(block_rows, n_rows - start), seed=42 + seed)
        shard += plant(store, logos, shard)
        brands.append(logos.brands + n_brands)
        n_brands += int(logos.brands.max()) + 1
    plan_for(shard, cell_rows=cell_rows_for(n_rows)).save(store)
    return np.concatenate(brands)
