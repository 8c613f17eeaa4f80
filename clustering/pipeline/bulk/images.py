"""Image shards: the input of clustering."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clustering.pipeline.bulk.vectors import as_column


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
