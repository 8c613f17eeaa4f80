"""How good a clustering is.

labelled     against labels: B-cubed, pairwise, ARI, AMI, singletons wrongly clustered
silhouettes  without labels: how much nearer each logo is to its own cluster than to the next
dbcv         without labels: how dense clusters are, compared with what parts them
sampled      by people: pairs to ask about, and what their answers say of all pairs
doubts       what is most likely wrong, ranked
likeness     which clusters look like which
label_files  labels.csv
intervals    95 % intervals, without which no figure is shown
"""

from clustering.pipeline.evaluation.intervals import Figure
from clustering.pipeline.evaluation.label_metrics import (
    JUDGED_KINDS,
    Agreement,
    LabelTruth,
    alone,
    b_cubed,
    evaluate,
    with_intervals,
)
from clustering.pipeline.evaluation.silhouettes import silhouette

__all__ = [
    "JUDGED_KINDS",
    "Agreement",
    "Figure",
    "LabelTruth",
    "alone",
    "b_cubed",
    "evaluate",
    "silhouette",
    "with_intervals",
]
