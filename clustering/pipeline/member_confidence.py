"""Probability that a member of a cluster is of the cluster's brand."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from clustering.pipeline.membership import members_by_group
from clustering.pipeline.naming.words import common_words, word_fragments


@dataclass(frozen=True)
class MemberWeights:
    """A logistic regression: the intercept, and what each piece of evidence adds to the logit."""

    intercept: float
    distance: float
    """Per distance threshold of the embedder, of the mean distance to the other members."""
    shared_word: float
    """Its domain shares a word with that of another member."""


# `manage.py evaluate_confidence` on logos-dev, both embedders together; see docs/quality.md:
# mean distance           0.00   0.25   0.50   0.75   1.00   1.25   1.50
# no shared word         0.995  0.986  0.956  0.875  0.692  0.418  0.187
# a shared word          0.999  0.997  0.990  0.969  0.910  0.763  0.507
WEIGHTS: Final = MemberWeights(intercept=5.37, distance=-4.56, shared_word=1.5)


def member_confidence(
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    domains: Sequence[Sequence[str]],
    threshold: float,
) -> NDArray[np.float32]:
    """Return the confidence of each row, shape (n,); 0 for outliers.

    Args:
        vectors: shape (n, d), rows of L2 norm 1.
        labels: shape (n,), -1 for outliers.
        domains: the domains that show each row.
        threshold: the distance threshold of the embedder, whatever the clusterer's is.
    """
    given = member_evidence(vectors, labels, domains, threshold)
    return np.where(labels < 0, 0.0, probabilities(given, WEIGHTS)).astype(np.float32)


def probabilities(evidence: NDArray[np.float64], weights: MemberWeights) -> NDArray[np.float64]:
    """Return the probability for each row of evidence."""
    factors = np.array([weights.distance, weights.shared_word])
    return np.asarray(expit(weights.intercept + evidence @ factors), dtype=np.float64)


def mean_distances(
    vectors: NDArray[np.float32], n_domains: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the mean cosine distance of each image of a cluster to the other members.

    Args:
        n_domains: that show each image; each is a member.
    """
    # Double precision and einsum: BLAS sums in an order that depends on the machine.
    total = np.einsum("i,ij->j", n_domains, vectors, dtype=np.float64)
    similarity = np.einsum("ij,j->i", vectors, total, dtype=np.float64)
    n_members = int(n_domains.sum())
    return np.asarray(np.maximum((n_members - similarity) / max(1, n_members - 1), 0.0))


def member_evidence(
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    domains: Sequence[Sequence[str]],
    threshold: float,
) -> NDArray[np.float64]:
    """Return the mean distance in thresholds and whether a word is shared, shape (n, 2)."""
    evidence = np.zeros((len(labels), 2))
    groups = members_by_group(labels)
    names = [[name for row in rows for name in domains[int(row)]] for rows in groups]
    common = common_words(names)
    n_domains = np.array([len(some) for some in domains], dtype=np.int64)
    for rows, every in zip(groups, names, strict=True):
        evidence[rows, 0] = mean_distances(vectors[rows], n_domains[rows]) / threshold
        fragments = {name: word_fragments([name], common) for name in every}
        n_with = Counter(one for some in fragments.values() for one in some)
        evidence[rows, 1] = [
            any(n_with[one] > 1 for name in domains[int(row)] for one in fragments[name])
            for row in rows
        ]
    return evidence
