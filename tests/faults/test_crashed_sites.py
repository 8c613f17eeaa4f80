"""Killed processes at default settings: only sites that were fetched alone are blamed.

KILL_SEEDS="0 1 2 3 4" KILL_SITES=1000 repeats the kills at other moments, with more sites.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.faults.dying_workers import KILLER, N_SITES
from tests.stack import ROOT, on_test_servers

pytestmark = [pytest.mark.fault, pytest.mark.slow]


def fetched(var: Path, call: str) -> dict[str, Any]:
    kept = {name: value for name, value in os.environ.items() if name != "FETCH_THREADS"}
    code = f"from tests.faults import dying_workers; dying_workers.{call}"
    with on_test_servers() as servers:
        environment = kept | {"LOGOSITE_VAR": str(var), "LEASE_SECONDS": "2"} | servers
        environment["DJANGO_SETTINGS_MODULE"] = "logosite.settings"
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "--no-imports", "--command", code],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=True,
        )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@pytest.mark.parametrize("seed", os.environ.get("KILL_SEEDS", "0").split())
def test_twenty_kills_lose_and_duplicate_no_site(tmp_path: Path, seed: str) -> None:
    result = fetched(tmp_path / "var", f"main(20, seed={int(seed)})")

    assert result["kills"] == 20
    assert result["failed"] == []
    assert result["found"] == result["captures"] == result["with_capture"] == N_SITES
    assert result["differences"] == []


def test_a_site_that_kills_its_workers_ends_alone(tmp_path: Path) -> None:
    result = fetched(tmp_path / "var", f"main(0, [{KILLER!r}])")

    assert result["failed"] == [[KILLER, "crashed"]]
    assert result["found"] == result["with_capture"] == N_SITES - 1
    assert result["differences"] == []
