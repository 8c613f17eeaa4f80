"""Imports and deletions of a list, killed with SIGKILL in the middle, end by themselves."""

from pathlib import Path

import pytest

from tests.faults.product import result_of

pytestmark = [pytest.mark.fault, pytest.mark.slow]


def test_kills_lose_and_duplicate_no_row(tmp_path: Path, *, is_thorough: bool) -> None:
    n_rows, n_kills = (5_000, 8) if is_thorough else (1_000, 2)

    result = result_of(tmp_path / "var", f"dying_imports.main({n_rows}, {n_kills})")

    assert result == {
        "kills": n_kills,
        "imported": n_rows - 1,
        "rows": n_rows,
        "rejected": 1,
        "differences": [],
        "kills of the deletion": n_kills,
        "left": 0,
    }
