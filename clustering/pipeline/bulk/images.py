"""Image shards: the input of clustering."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clustering.pipeline.bulk.plan import Plan
from clustering.pipeline.bulk.shape import IMAGES, SHARED, shape_of
from clustering.pipeline.bulk.store import Store
from clustering.pipeline.bulk.vectors import as_column


def placeholders(store: Store, plan: Plan, shard: int) -> NDArray[np.bool_]:
    """Return whether each image of a shard is a placeholder, by itself or by who shows it."""
    by_itself = store.read(IMAGES, shard, ["is_placeholder"])["is_placeholder"].to_numpy()
    if plan.fetch is None:
        return np.asarray(by_itself)
    start = shape_of(store, plan).offsets[shard]
    shared = store.read(SHARED, 0)["row"].to_numpy()
    return np.asarray(by_itself) | np.isin(np.arange(len(by_itself)) + start, shared)


def image_table(
    vectors: NDArray[np.floating],
    phashes: NDArray[np.uint64],
    n_domains: NDArray[np.int64],
    is_placeholder: NDArray[np.bool_],
) -> pa.Table:
    """Return an image shard: one row for each distinct image."""
    return pa.table(
        {
            "vector": as_column(vectors),
            "phash": phashes,
            "n_domains": n_domains,
            "is_placeholder": is_placeholder,
        }
    )
