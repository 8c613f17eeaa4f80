"""The parameter search of an automatic run: from logos as a run sees them to the choice.

Runs, the Tune page and the commands use this one path: placeholders are left out and near-copies
are one logo, as when the run is clustered.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.clusterers import calibration
from clustering.pipeline.clusterers.calibration import Choice
from clustering.pipeline.dedup import Deduplicated, deduplicate
from clustering.pipeline.pipeline import Shown
from clustering.pipeline.tuning.scoring import Labels
from clustering.pipeline.tuning.scoring_rules import TuningData
from clustering.pipeline.tuning.search import Search, search


@dataclass(frozen=True)
class Candidates:
    """Input of a search."""

    rows: NDArray[np.int64]
    """Shape (m,): the row of each logo of ``data`` among the images."""
    data: TuningData


def candidates(
    vectors: NDArray[np.float32], shown: Sequence[Shown], decided: Labels, copy_distance: float
) -> Candidates:
    """Return the m logos of n images that are clustered: no placeholders, no near-copies.

    Args:
        vectors: shape (n, d), rows of L2 norm 1.
        shown: the domains of each row.
        decided: shape (n,), group by corrections; -1 is not reviewed. A logo has the first
            decision about one of its copies.
        copy_distance: cosine; see ``duplicates.near_duplicates``.
    """
    unique = deduplicate(
        vectors,
        np.array([one.phash for one in shown], dtype=np.uint64),
        np.array([one.is_placeholder for one in shown], dtype=np.bool_),
        copy_distance,
    )
    rows = unique.representative_rows
    counts = np.array([len(one.names) for one in shown], dtype=np.int64)
    weights = np.bincount(
        unique.representative_index, counts[unique.logo_rows], minlength=len(rows)
    )
    of_logos = _first_decisions(unique, decided)
    return Candidates(rows, TuningData(unique.vectors, weights.astype(np.int64), of_logos))


def _first_decisions(unique: Deduplicated, decided: Labels) -> Labels:
    found = np.full(len(unique.representative_rows), -1, dtype=np.int64)
    reviewed = np.flatnonzero(decided[unique.logo_rows] >= 0)[::-1]
    found[unique.representative_index[reviewed]] = decided[unique.logo_rows[reviewed]]
    return found


def automatic(
    given: Candidates,
    embedder: str,
    *,
    found: float | None = None,
    random_state: int = 42,
    report_step: Callable[[str], object] = lambda step: None,
) -> Search:
    """Search the settings for an embedder's vectors, and choose.

    Args:
        found: the distance threshold that was found on the data set, if any.

    Raises:
        TooFewLogos, InputError: as ``search``.
    """
    default, hdbscan = (
        Choice(name, calibration.options_at(name, found))
        if found
        else calibration.calibrated(embedder, name)
        for name in (calibration.BEST, "hdbscan")
    )
    return search(
        given.data,
        default=default,
        limits={"max_distance": float(hdbscan.params["max_distance"])},
        random_state=random_state,
        report_step=report_step,
    )
