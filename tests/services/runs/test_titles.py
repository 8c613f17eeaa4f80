"""Titles of runs: the given name, else method and date."""

from datetime import UTC, datetime
from typing import Any

import pytest

from clustering.models import Run

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
DONE = Run.Status.SUCCEEDED


@pytest.mark.parametrize(
    ("values", "title"),
    [
        (
            {
                "clusterer": "agglomerative",
                "clusterer_params": {"distance_threshold": 0.16, "linkage": "average"},
            },
            "Average linkage, threshold 0.16, 28 Nov 2026",
        ),
        (
            {
                "clusterer": "agglomerative",
                "clusterer_params": {"distance_threshold": 0.3, "linkage": "single"},
            },
            "Single linkage, threshold 0.3, 28 Nov 2026",
        ),
        ({"clusterer": "hdbscan", "clusterer_params": {"min_samples": 2}}, "HDBSCAN, 28 Nov 2026"),
        ({"clusterer": "hdbscan", "is_auto": True}, "HDBSCAN, automatic, 28 Nov 2026"),
        ({"is_auto": True, "status": Run.Status.QUEUED}, "Automatic, 28 Nov 2026"),
        ({"clusterer": "hdbscan", "name": "Before the merger"}, "Before the merger"),
    ],
)
def test_a_run_is_called_by_its_name_or_its_method_and_date(
    values: dict[str, Any], title: str
) -> None:
    run = Run(slug="run-1-9678", created_at=AT, **({"status": DONE} | values))

    assert run.title == title
