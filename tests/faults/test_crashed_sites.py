"""Killed processes at default settings: only sites that were fetched alone are blamed."""

from pathlib import Path
from typing import Any

import pytest

from tests.faults.dying_workers import KILLER
from tests.faults.product import result_of

pytestmark = [pytest.mark.fault, pytest.mark.slow]


def fetched(var: Path, call: str) -> dict[str, Any]:
    return result_of(var, f"dying_workers.{call}")


def test_kills_lose_and_duplicate_no_site(tmp_path: Path, *, is_thorough: bool) -> None:
    n_sites, n_kills, n_seeds = (1000, 20, 5) if is_thorough else (100, 5, 1)

    for seed in range(n_seeds):
        result = fetched(tmp_path / str(seed), f"main({n_sites}, {n_kills}, seed={seed})")

        assert result["kills"] == n_kills
        assert result["failed"] == []
        assert result["found"] == result["captures"] == result["with_capture"] == n_sites
        assert result["differences"] == []


def test_a_site_that_kills_its_workers_ends_alone(tmp_path: Path) -> None:
    result = fetched(tmp_path / "var", f"main(100, 0, [{KILLER!r}])")

    assert result["failed"] == [[KILLER, "crashed"]]
    assert result["found"] == result["with_capture"] == 99
    assert result["differences"] == []
