"""Benchmark of the map; its figures are not tested."""

import json
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from clustering.lab.bench.map.planted_run import points, write
from clustering.models import LabelSource, Logo, Run
from clustering.selectors import map_points

pytestmark = pytest.mark.slow


def test_planted_points_are_the_same_each_time_and_a_third_are_outliers() -> None:
    first, second = points(2_000), points(2_000)

    assert (first.clusters == -1).sum() == 700
    assert np.array_equal(first.places, second.places)
    assert np.bincount(first.clusters[first.clusters >= 0]).max() == 20
    assert len(set(first.names)) == 2_000


@pytest.mark.django_db
def test_the_planted_run_has_a_map_for_its_user() -> None:
    drawn = points(300)

    site = write(drawn)

    shown = map_points.point_columns(Run.objects.get(), LabelSource.CORRECTED)
    assert shown.n_domains.tolist() == drawn.n_domains.tolist()
    assert shown.clusters.tolist() == drawn.clusters.tolist()
    client = Client()
    client.cookies[site["cookie"]] = site["session"]
    assert client.get(f"/d/{site['slug']}/map/").status_code == 200
    sha256 = Logo.objects.latest("pk").sha256
    assert client.get(f"/logos/{sha256}-96.webp").status_code == 200


def test_a_missing_chromium_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", "")

    with pytest.raises(CommandError, match="Chromium is missing"):
        call_command("bench_map", n=10, openings=1)


@pytest.mark.browser
def test_a_browser_opens_the_planted_map(chromium: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", chromium)
    out = StringIO()

    call_command("bench_map", "--json", n=300, openings=1, stdout=out)

    (opening,) = json.loads(out.getvalue())
    assert opening["n_pixels"] > 300
    assert 28 <= opening["n_lassoed"] <= 32
    assert opening["n_logos"] > 40
    assert min(opening[f"{name}_seconds"] for name in ("lasso", "landmarks", "logos")) > 0
    assert 0 < opening["arrived_seconds"] < opening["drawn_seconds"] < opening["named_seconds"]
