"""Lets the answers of earlier review queues teach the pair score of a run."""

from math import exp
from typing import Any, Final

import numpy as np

from clustering.models import ReviewItem, Run
from clustering.pipeline.pair_teaching import logits, teach

MOST_ANSWERS: Final = 2_000  # the newest ones
Kind = ReviewItem.Kind
SAME: Final = frozenset({"1", "grid", "merged"})
"""Answers that took the first suggestion, or that merged the clusters."""
DIFFERENT: Final = frozenset({"2", "3", "4", "5", "typed", "new", "out", "different"})


def taught_by_answers(run: Run) -> dict[str, Any]:
    """Return what answers about earlier runs change: ``Run.taught``; empty if nothing.

    A score is stored as the run showed it, so the effect of earlier answers is first removed.
    """
    items = ReviewItem.objects.filter(
        run__dataset=run.dataset_id,
        kind__in=(Kind.GROUP, Kind.FRAGMENTS, Kind.SINGLE),
        answer__in=SAME | DIFFERENT,
        answered_at__isnull=False,
    ).exclude(run=run)
    rows = items.order_by("-answered_at", "-pk").values_list("score", "answer", "run__taught")
    found = list(rows[:MOST_ANSWERS])
    shown = logits(np.array([score for score, *_ in found], dtype=np.float64))
    shifts = np.array([taught.get("shift", 0.0) for *_, taught in found])
    scales = np.array([taught.get("scale", 1.0) for *_, taught in found])
    is_same = np.array([answer in SAME for _, answer, _ in found], dtype=np.bool_)
    teaching = teach((shown - shifts) / scales, is_same)
    if teaching is None:
        return {}
    return {
        "shift": round(teaching.shift, 4),
        "scale": round(teaching.scale, 4),
        "n_answers": teaching.n_answers,
        "at_half": round(100 / (1 + exp(-teaching.shift))),
        "loss_before": round(teaching.loss_before, 4),
        "loss_after": round(teaching.loss_after, 4),
    }
