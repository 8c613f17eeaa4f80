"""Stores the clusters that each outlier of a run most likely belongs to, so that no page
computes them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.models import Cluster, Run, Suggestion
from clustering.models.suggestion import ScoredCluster
from clustering.pipeline.domain_words import ClusterWords, SharedWord
from clustering.pipeline.membership import members_by_group
from clustering.pipeline.pair_score import PairScore

N_STORED: Final = 8  # per logo; more than shown, because clusters may become empty
ROWS_PER_BLOCK: Final = 1_024  # rows times 70,000 medoids: 287 MB of cosines
ROWS_PER_INSERT: Final = 2_000
NO_WORD: Final = SharedWord()


@dataclass(frozen=True)
class ComparedLogos:
    """The logos of a run."""

    ids: Sequence[int]
    vectors: NDArray[np.float32]
    """Shape (n, d), rows of L2 norm 1."""
    names: Sequence[Sequence[str]]
    """The domains that show each logo."""


def save(
    run: Run, logos: ComparedLogos, labels: NDArray[np.int64], clusters: Sequence[Cluster]
) -> None:
    """Write the suggestions for the outliers among ``logos``.

    Args:
        labels: shape (n,), place in ``clusters``; -1 for an outlier.
    """
    row_of = {logo_id: row for row, logo_id in enumerate(logos.ids)}
    medoids = [row_of.get(cluster.medoid_id or 0, -1) for cluster in clusters]
    known = [place for place, row in enumerate(medoids) if row >= 0]
    outliers = np.flatnonzero(labels < 0)
    if not known or len(outliers) == 0:
        return
    targets = _targets(logos, labels, [medoids[place] for place in known])
    ids = [clusters[place].pk for place in known]
    Suggestion.objects.bulk_create(
        (
            Suggestion.of(run, logos.ids[row], found)
            for row, found in _ranked(logos, outliers, targets, ids, run.pair_score)
        ),
        batch_size=ROWS_PER_INSERT,
    )


@dataclass(frozen=True)
class _Targets:
    medoids: NDArray[np.float32]
    words: ClusterWords


def _targets(logos: ComparedLogos, labels: NDArray[np.int64], medoids: list[int]) -> _Targets:
    rows_of = {int(labels[rows[0]]): rows for rows in members_by_group(labels)}
    members = [rows_of.get(int(labels[row]), np.array([row])) for row in medoids]
    domains = ([name for row in rows for name in logos.names[int(row)]] for rows in members)
    return _Targets(logos.vectors[medoids], ClusterWords.of(domains))


def _ranked(
    logos: ComparedLogos,
    rows: NDArray[np.int64],
    targets: _Targets,
    ids: list[int],
    score: PairScore,
) -> Iterator[tuple[int, list[ScoredCluster]]]:
    """Yield each row with its likeliest clusters, best first; ties go to the lower place."""
    for start in range(0, len(rows), ROWS_PER_BLOCK):
        block = rows[start : start + ROWS_PER_BLOCK]
        cosines = logos.vectors[block] @ targets.medoids.T
        n_kept = min(N_STORED, cosines.shape[1])
        nearest = np.argpartition(-cosines, n_kept - 1, axis=1)[:, :n_kept]
        for row, near, own in zip(block.tolist(), nearest.tolist(), cosines, strict=True):
            words = targets.words.shared_with(logos.names[row])
            found = [
                ScoredCluster.of(ids[place], float(own[place]), words.get(place, NO_WORD), score)
                for place in sorted({*near, *words})
            ]
            yield row, sorted(found, key=ScoredCluster.rank)[:N_STORED]
