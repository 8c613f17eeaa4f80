"""Stored runs and searches use the clusterer's current name and options after the migration."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps

from clustering.models import Run, Tuning
from clustering.pipeline.clusterers import CLUSTERERS
from clustering.selectors import sweep_curves
from tests.factories import make_dataset, make_run, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

MODULE = import_module("clustering.migrations.0011_agglomerative_parameters")


def migrate() -> None:
    MODULE.rename_parameters(apps, None)


def stored(clusterer: str, params: dict[str, Any]) -> Run:
    run = make_run(make_dataset(make_user()), {}, clusterer_params=params)
    Run.objects.filter(pk=run.pk).update(clusterer=clusterer)
    return run


@pytest.mark.parametrize(
    ("clusterer", "params", "expected"),
    [
        (
            "threshold",
            {"distance": 0.16, "linkage": "average", "min_size": 2},
            {"linkage": "average", "distance_threshold": 0.16, "n_clusters": 0, "min_size": 2},
        ),
        (
            "threshold",
            {"distance": 0.2, "linkage": "connected", "min_size": 3},
            {"linkage": "single", "distance_threshold": 0.2, "n_clusters": 0, "min_size": 3},
        ),
        (
            "threshold",
            {"distance": 0.25},
            {"linkage": "single", "distance_threshold": 0.25, "n_clusters": 0, "min_size": 2},
        ),
        (
            "agglomerative",
            {"linkage": "ward", "distance": 0.4, "n_clusters": 7, "min_size": 1},
            {"linkage": "ward", "distance_threshold": 0.4, "n_clusters": 7, "min_size": 1},
        ),
        (
            "agglomerative",
            {},
            {"linkage": "complete", "distance_threshold": 0.3, "n_clusters": 0, "min_size": 2},
        ),
    ],
)
@pytest.mark.parametrize("times", [1, 2])
def test_a_run_gets_the_current_names(
    clusterer: str, params: dict[str, Any], expected: dict[str, Any], times: int
) -> None:
    run = stored(clusterer, params)

    for _ in range(times):
        migrate()

    run.refresh_from_db()
    assert (run.clusterer, run.clusterer_params) == ("agglomerative", expected)
    CLUSTERERS.create(run.clusterer, **run.clusterer_params)


def test_runs_of_other_clusterers_stay_as_they_are() -> None:
    run = stored("kmeans", {"max_distance": 0.3})

    migrate()

    run.refresh_from_db()
    assert (run.clusterer, run.clusterer_params) == ("kmeans", {"max_distance": 0.3})


def setting(linkage: str, distance: float) -> dict[str, Any]:
    return {
        "clusterer": "threshold",
        "params": {"distance": distance, "linkage": linkage, "min_size": 2},
        "n_clusters": 1,
        "n_outliers": 0,
        "largest": 3,
        "silhouette": distance,
        "agreement": None,
        "validity": None,
    }


@pytest.mark.parametrize("times", [1, 2])
def test_a_search_result_gets_the_current_names(times: int) -> None:
    hdbscan = {"clusterer": "hdbscan", "params": {"min_samples": 1}, "n_clusters": 2}
    cuts = [round(0.05 + 0.01 * step, 2) for step in range(56)]
    empty: dict[str, list[Any]] = {"largest": [], "joined": []}
    result = {
        "report": {
            "chosen": setting("connected", 0.31),
            "sweeps": {
                "connected": [setting("connected", cut) for cut in cuts],
                "average": [setting("average", cut) for cut in cuts],
            },
            "grid": [hdbscan],
            "why": "has the best silhouette",
        },
        "previews": {"connected": [empty] * 56, "average": [empty] * 56},
    }
    tuning = Tuning.objects.create(run=stored("threshold", {}), result=result)
    waiting = Tuning.objects.create(run=tuning.run)

    for _ in range(times):
        migrate()

    tuning.refresh_from_db()
    waiting.refresh_from_db()
    report = tuning.result["report"]
    assert report["chosen"]["clusterer"] == "agglomerative"
    assert report["chosen"]["params"] == {
        "distance_threshold": 0.31,
        "linkage": "single",
        "min_size": 2,
    }
    assert list(report["sweeps"]) == list(tuning.result["previews"]) == ["single", "average"]
    assert report["sweeps"]["average"][3]["params"]["distance_threshold"] == 0.08
    assert report["grid"] == [hdbscan]
    assert waiting.result == {}
    shown = sweep_curves.curve(tuning)
    assert (shown.linkage, shown.distance) == ("single", 0.31)
