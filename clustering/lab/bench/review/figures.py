"""What a review took, and what it was worth."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from clustering.lab.bench.review.reviewer import Session
from clustering.models import Run
from clustering.pipeline.evaluation import LabelTruth, evaluate
from clustering.pipeline.evaluation.label_files import for_names, read_labels
from clustering.selectors import export_rows

OF_OUTLIERS = ("group", "single", "icon")


def truth_of(labels: Path, run: Run) -> dict[str, LabelTruth]:
    """Return the labels of the run's domains.

    Raises:
        InputError: if it is no file of labels.
        OSError: if it cannot be read.
    """
    names = run.assignments.values_list("domain__name", flat=True)
    return for_names(read_labels(labels.read_bytes(), str(labels)), names)


def f1(run: Run, truth: Mapping[str, LabelTruth]) -> float:
    """Return the F score over one domain per picture."""
    rows = run.assignments.order_by("domain__name").values_list("logo_id", "domain__name")
    first = dict(reversed(list(rows)))
    pictures = {name: truth[name] for name in first.values() if name in truth}
    return evaluate(export_rows.labels(run), pictures).b3_f1


def n_undecided(run: Run) -> int:
    """Return the number of undecided outliers."""
    return run.assignments.outliers().filter(reviewed_at__isnull=True).count()


def told_cards(session: Session, n_outliers: int) -> Iterator[str]:
    """Yield lines about a review card by card."""
    for kind, n in session.n_cards.items():
        yield f"{kind:<12}{n:>6} cards{session.keys[kind]:>7} keys"
    about_outliers = sum(session.keys[kind] for kind in OF_OUTLIERS)
    yield f"outliers                 {n_outliers}"
    yield f"keys per outlier         {about_outliers / max(1, n_outliers):.2f}"
    yield f"with merges              {session.keys.total() / max(1, n_outliers):.2f}"
    known = max(1, session.n_known)
    yield (
        f"brand has a cluster      {session.n_known}: first suggestion right "
        f"{session.n_first / known:.3f}, one of five {session.n_listed / known:.3f}"
    )


def told_times(what: str, seconds: Sequence[float]) -> str:
    """Return a line with median, 95th percentile and maximum."""
    ascending = sorted(seconds) or [0.0]
    p95 = ascending[round(0.95 * (len(ascending) - 1))]
    return (
        f"{what:<25}{1000 * statistics.median(ascending):.0f} ms, p95 {1000 * p95:.0f}, "
        f"slowest {1000 * ascending[-1]:.0f} (n = {len(seconds)})"
    )


def told_f1(before: float, after: float) -> str:
    """Return a line with the F score before and after a review."""
    return f"B-cubed F by picture     {before:.4f} -> {after:.4f}"
