"""Clustering metrics.

label_metrics       with labels: B-cubed, pairwise, ARI, AMI, clustered singletons
label_files         labels.csv
silhouettes, dbcv   without labels
pair_sampling, pair_estimates   pairs for human review, precision and recall from the answers
label_errors        likely label errors, ranked
cluster_similarity  mean cosines between clusters
intervals           95 % confidence intervals
"""

from clustering.pipeline.evaluation.intervals import Figure
from clustering.pipeline.evaluation.label_metrics import (
    JUDGED_KINDS,
    Agreement,
    LabelTruth,
    b_cubed,
    evaluate,
    f1_and_singles,
    outliers_as_singletons,
    with_intervals,
)
from clustering.pipeline.evaluation.silhouettes import silhouette

__all__ = [
    "JUDGED_KINDS",
    "Agreement",
    "Figure",
    "LabelTruth",
    "b_cubed",
    "evaluate",
    "f1_and_singles",
    "outliers_as_singletons",
    "silhouette",
    "with_intervals",
]
