"""The choice of an automatic run: the default, or a near threshold that decisions confirm.

Scores without labels reward pairs of strangers, so they never replace the default. People decide
mostly about outliers, so agreement with their decisions favours larger thresholds; what they did
not decide counts against a change.
"""

from typing import Final

import numpy as np

from clustering.pipeline.clusterers import CLUSTERERS
from clustering.pipeline.clusterers.agglomerative import Linkage
from clustering.pipeline.clusterers.calibration import Choice
from clustering.pipeline.evaluation import outliers_as_singletons
from clustering.pipeline.membership import members_by_group
from clustering.pipeline.neighbours import N_NEIGHBOURS, nearest
from clustering.pipeline.tuning import Setting
from clustering.pipeline.tuning.cuts import plateau
from clustering.pipeline.tuning.scoring import Labels, agreement
from clustering.pipeline.tuning.scoring_rules import Scorer, TuningData

TOLERANCE: Final = 0.005  # of a score: differences below it are noise
NEAR: Final = 0.25  # of the default threshold; the plateau on labelled logos is as wide
N_RESAMPLES: Final = 400
MIN_CONFIRMED: Final = 0.95
"""Share of the joins and cuts of a change that decisions must confirm."""

KEPT: Final = "is the default, calibrated on labelled logos"


def keep_or_improve(
    data: TuningData,
    scorer: Scorer,
    default: Choice,
    sweeps: dict[Linkage, list[Setting]],
    labels: dict[Linkage, list[Labels]],
) -> tuple[Setting, str]:
    """Return the default, or a near threshold that people's decisions clearly prefer.

    A threshold replaces the default only within ``NEAR`` of it, if decisions confirm nearly all
    joins and cuts that it makes, and if its agreement is higher in 97.5 % of resamples of the
    decisions. The second value is the reason in words.
    """
    clusterer = CLUSTERERS.create(default.clusterer, **default.params)
    neighbours = nearest(data.vectors, N_NEIGHBOURS)
    default_labels = clusterer.fit(data.vectors, neighbours, data.weights)
    kept = scorer.setting(default.clusterer, dict(default.params), default_labels)
    linkage = default.params.get("linkage")
    points = next((found for link, found in sweeps.items() if link == linkage), [])
    if not data.has_enough_corrections or not points:
        return kept, KEPT
    found = next(found for link, found in labels.items() if link == linkage)
    threshold = float(default.params["distance_threshold"])
    near = [
        place
        for place, point in enumerate(points)
        if abs(point.params["distance_threshold"] - threshold) <= NEAR * threshold
        and is_confirmed(found[place], default_labels, data.decided)
    ]
    if near:
        scores = [points[place].agreement or 0.0 for place in near]
        place = near[plateau(scores, tolerance=TOLERANCE)]
        if is_clearly_better(found[place], default_labels, data.decided):
            return points[
                place
            ], f"agrees clearly better with decisions about {data.n_decided} logos"
    return kept, "is the default; no near threshold is confirmed by decisions and clearly better"


def is_confirmed(labels: Labels, other: Labels, decided: Labels) -> bool:
    """Return whether decisions confirm nearly all joins and cuts from ``other`` to ``labels``.

    Undecided ones count against it, as they may be wrong.

    Args:
        labels: shape (n,), -1 is an outlier.
        other: shape (n,), what is replaced.
        decided: shape (n,), equal numbers belong together, -1 is not reviewed.
    """
    after, before = outliers_as_singletons(labels), outliers_as_singletons(other)
    n_joins, n_right_joins = _changes(after, before, decided, are_joined=True)
    n_cuts, n_right_cuts = _changes(before, after, decided, are_joined=False)
    return n_right_joins + n_right_cuts >= MIN_CONFIRMED * (n_joins + n_cuts)


def _changes(
    whole: Labels, parts: Labels, decided: Labels, *, are_joined: bool
) -> tuple[int, int]:
    """Return how many parts are joined in the groups of ``whole``, and how many rightly.

    If ``are_joined`` is false the parts are what the groups were cut into. Each part but the
    largest is one change; it is right if a decision about one of its rows and one about the
    rest of its group say so, and none says the opposite.
    """
    n_changes = n_right = 0
    for rows in members_by_group(whole):
        pieces = [rows[parts[rows] == part] for part in np.unique(parts[rows])]
        if len(pieces) < 2:
            continue
        pieces.sort(key=len)
        n_changes += len(pieces) - 1
        for piece in pieces[:-1]:
            rest = np.setdiff1d(rows, piece)
            n_right += _is_right(
                _groups(decided, piece), _groups(decided, rest), are_joined=are_joined
            )
    return n_changes, n_right


def _groups(decided: Labels, rows: Labels) -> set[int]:
    return set(decided[rows].tolist()) - {-1}


def _is_right(piece: set[int], rest: set[int], *, are_joined: bool) -> bool:
    if not piece or not rest:
        return False
    return piece <= rest if are_joined else not piece & rest


def is_clearly_better(
    labels: Labels, other: Labels, decided: Labels, *, random_state: int = 0
) -> bool:
    """Return whether ``labels`` agree better with decisions in 97.5 % of bootstrap resamples."""
    rows = np.flatnonzero(decided >= 0)
    generator = np.random.default_rng(random_state)
    gains = []
    for _ in range(N_RESAMPLES):
        drawn = generator.choice(rows, len(rows))
        gains.append(
            agreement(labels[drawn], decided[drawn]) - agreement(other[drawn], decided[drawn])
        )
    return float(np.percentile(gains, 2.5)) > 0.0
