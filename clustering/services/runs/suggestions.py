"""Stores the clusters nearest to each outlier of a run, so that no page computes them."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.models import Cluster, Run, Suggestion

N_STORED: Final = 8  # per logo; more than shown, because clusters may become empty
ROWS_PER_BLOCK: Final = 1_024  # rows times 70,000 medoids: 287 MB of cosines
ROWS_PER_INSERT: Final = 2_000


def save(
    run: Run,
    logo_ids: Sequence[int],
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    clusters: Sequence[Cluster],
) -> None:
    """Write the suggestions for the outliers among ``logo_ids``.

    Args:
        vectors: shape (n, d), rows of L2 norm 1, of the logos at the same place.
        labels: shape (n,), place in ``clusters``; -1 for an outlier.
    """
    row_of = {logo_id: row for row, logo_id in enumerate(logo_ids)}
    medoids = [row_of.get(cluster.medoid_id or 0, -1) for cluster in clusters]
    known = [place for place, row in enumerate(medoids) if row >= 0]
    outliers = np.flatnonzero(labels < 0)
    if not known or len(outliers) == 0:
        return
    ids = np.array([clusters[place].pk for place in known], dtype="<i8")
    targets = vectors[[medoids[place] for place in known]]
    Suggestion.objects.bulk_create(
        (
            Suggestion(
                run=run,
                logo_id=logo_ids[row],
                cluster_ids=ids[best].tobytes(),
                scores=scores.astype("<f4").tobytes(),
            )
            for row, best, scores in _nearest(vectors, outliers, targets)
        ),
        batch_size=ROWS_PER_INSERT,
    )


def _nearest(
    vectors: NDArray[np.float32], rows: NDArray[np.int64], targets: NDArray[np.float32]
) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.float32]]]:
    """Yield each row with its nearest targets, best first; ties go to the lower place."""
    for start in range(0, len(rows), ROWS_PER_BLOCK):
        block = rows[start : start + ROWS_PER_BLOCK]
        cosines = vectors[block] @ targets.T
        n_kept = min(N_STORED, cosines.shape[1])
        nearest = np.argpartition(-cosines, n_kept - 1, axis=1)[:, :n_kept]
        for row, places, scores in zip(block.tolist(), nearest, cosines, strict=True):
            ordered = np.sort(places)
            best = ordered[np.argsort(-scores[ordered], kind="stable")]
            yield row, best, scores[best]
