"""The tune and bench_tuning commands; figures of the benchmark are not tested."""

import json
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from clustering.lab.bench import tuning
from clustering.pipeline.tuning import Grid
from tests.pipeline.planted import groups

SIZES = [6, 5, 4, 3]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Four groups of 18 names, two of which show the same image."""
    vectors, _ = groups(SIZES, dim=80)
    vectors[1] = vectors[0]
    path = tmp_path / "vectors.npz"
    names = [f"d{row}.de" for row in range(len(vectors))]
    np.savez(path, names=np.array(names, dtype=np.str_), vectors=vectors)
    return path


def tuned(path: Path, *arguments: str) -> str:
    out = StringIO()
    call_command("tune", str(path), *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_tune_finds_planted_groups_and_says_why(archive: Path) -> None:
    report = json.loads(tuned(archive, "--json"))

    assert (report["n_logos"], report["n_domains"]) == (17, 18)
    assert (report["chosen"]["n_clusters"], report["chosen"]["n_outliers"]) == (4, 0)
    assert "chosen: agglomerative linkage=" in tuned(archive)


def test_tune_judges_by_labels_where_they_are_given(archive: Path, tmp_path: Path) -> None:
    _, truth = groups(SIZES)
    labels = tmp_path / "labels.csv"
    lines = [f"d{row}.de,brand{group}" for row, group in enumerate(truth)]
    labels.write_text("\n".join(["domain,brand", *lines]))

    report = json.loads(tuned(archive, "--labels", str(labels), "--json"))

    # 17 images are fewer than the 20 decisions from which people's word is the score.
    assert report["n_decided"] == 17
    assert report["chosen"]["agreement"] is None


def test_tune_rejects_files_that_are_no_archive(tmp_path: Path) -> None:
    path = tmp_path / "broken.npz"
    path.write_bytes(b"no archive")

    with pytest.raises(CommandError, match="holds no vectors"):
        tuned(path)


def test_tune_refuses_half_an_archive(archive: Path) -> None:
    archive.write_bytes(archive.read_bytes()[:500])

    with pytest.raises(CommandError, match="holds no vectors"):
        tuned(archive)


def test_tune_refuses_labels_that_are_not_there(archive: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        tuned(archive, "--labels", str(tmp_path / "none.csv"))


def test_the_bench_compares_the_same_settings(archive: Path) -> None:
    out = StringIO()

    call_command("bench_tuning", str(archive), "--sample", "4", "--json", stdout=out)

    found = json.loads(out.getvalue())
    assert (found["n_rows"], found["n_configurations"]) == (18, 320)
    assert (found["n_sampled"], found["n_identical"]) == (4, 4)
    assert found["largest_difference"] < 1e-6


def test_brute_force_is_extrapolated_from_as_many_settings_of_each_metric() -> None:
    vectors, _ = groups(SIZES, dim=80)
    grid = Grid((2, 3), (2,), ("cosine", "euclidean"), (0.0, 0.1), ("eom",))

    found = tuning.compare(vectors.astype(np.float64), grid, n_sampled=4)

    assert (found.n_configurations, found.n_sampled, found.n_identical) == (8, 4, 4)
    assert found.labels_ratio == found.brute_labels_seconds / found.labels_seconds
