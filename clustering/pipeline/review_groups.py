"""Groups what one decision can settle: outliers of one brand, and clusters of one brand."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.domain_words import ClusterWords
from clustering.pipeline.neighbours import Pairs, components, nearest
from clustering.pipeline.pair_score import PairScore

SURE: Final = 0.5  # probability from which two belong to one question
LOOSER: Final = 1.2  # times the distance threshold: a third of such pairs of outliers are right
N_NEAREST: Final = 6  # itself included
NEAR_SHARE: Final = 1 / 3  # of such groups are right
MOST_AT_ONCE: Final = 24  # logos of one question: what a person takes in at a glance

Vectors = NDArray[np.float32]


def outlier_groups(
    vectors: Vectors, domains: Sequence[Sequence[str]], score: PairScore
) -> list[list[int]]:
    """Return rows that belong together by look or words, in the order of their first row.

    Args:
        vectors: shape (n, d), rows of L2 norm 1.
        domains: the domains that show each row.

    Rows without company are groups of one; larger groups are cut at ``MOST_AT_ONCE``.
    """
    if len(vectors) == 0:
        return []
    graph = nearest(vectors, N_NEAREST)
    is_near = graph.distances <= LOOSER * score.threshold
    rows, columns = np.nonzero(is_near & (graph.indices >= 0))
    near = zip(rows.tolist(), graph.indices[rows, columns].tolist(), strict=True)
    named = ((row, other) for row, other, _ in _by_words(vectors, domains, score))
    return _groups(len(vectors), [*near, *named])


def expected_gain(sizes: Sequence[int], probability: float) -> float:
    """Return how much B-cubed recall grows, in domains, if parts turn out to be of one brand.

    Each domain of a part gains the share of the others: the sum of n (1 - n / N) over the parts,
    times the probability that the answer joins them.
    """
    n_all = sum(sizes)
    return probability * sum(n * (1 - n / n_all) for n in sizes)


def cluster_groups(
    medoids: Vectors,
    domains: Sequence[Sequence[str]],
    score: PairScore,
    apart: Collection[tuple[int, int]] = (),
) -> list[tuple[list[int], float]]:
    """Return the clusters that are likely of one brand: groups of two or more rows.

    Args:
        medoids: shape (n, d), rows of L2 norm 1.
        domains: of each cluster.
        apart: pairs of rows, the lower one first, that are of different brands.

    Returns:
        The rows of each group, and the probability that its least likely row belongs to it.
    """
    likely = {
        (row, other): chance
        for row, other, chance in _by_words(medoids, domains, score)
        if (row, other) not in apart
    }
    best: dict[int, float] = {}
    for pair, chance in likely.items():
        best |= {row: max(chance, best.get(row, 0.0)) for row in pair}
    found = _groups(len(medoids), list(likely))
    return [(group, min(best[row] for row in group)) for group in found if len(group) > 1]


def _by_words(
    vectors: Vectors, domains: Sequence[Sequence[str]], score: PairScore
) -> Iterator[tuple[int, int, float]]:
    """Yield pairs that share a word, with a probability of one brand from ``SURE`` on."""
    words = ClusterWords.of(domains)
    for row, names in enumerate(domains):
        shared = {place: word for place, word in words.shared_with(names).items() if place > row}
        cosines = vectors[list(shared)] @ vectors[row] if shared else ()
        for (other, word), cosine in zip(shared.items(), cosines, strict=True):
            chance = score.probability(float(cosine), word)
            if chance >= SURE:
                yield row, other, chance


def _groups(n_rows: int, pairs: Sequence[tuple[int, int]]) -> list[list[int]]:
    ordered = np.array(sorted({(min(pair), max(pair)) for pair in pairs}), np.int64).reshape(-1, 2)
    distances = np.zeros(len(ordered), np.float32)
    labels = components(n_rows, Pairs(ordered[:, 0], ordered[:, 1], distances))
    groups: dict[int, list[int]] = {}
    for row, label in enumerate(labels.tolist()):
        groups.setdefault(label, []).append(row)
    return [
        group[start : start + MOST_AT_ONCE]
        for group in groups.values()
        for start in range(0, len(group), MOST_AT_ONCE)
    ]
