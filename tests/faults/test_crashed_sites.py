"""Killed processes at default settings: only sites that were fetched alone are blamed."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.faults.dying_workers import KILLER
from tests.stack import ROOT, copy_empty_database, on_test_servers

pytestmark = [pytest.mark.fault, pytest.mark.slow]


def fetched(var: Path, call: str) -> dict[str, Any]:
    kept = {name: value for name, value in os.environ.items() if name != "FETCH_THREADS"}
    code = f"from tests.faults import dying_workers; dying_workers.{call}"
    copy_empty_database(var)
    with on_test_servers() as servers:
        environment = kept | {"LOGOSITE_VAR": str(var), "LEASE_SECONDS": "2"} | servers
        environment["DJANGO_SETTINGS_MODULE"] = "logosite.settings"
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "--no-imports", "--command", code],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=True,
        )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


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
