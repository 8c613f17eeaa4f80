"""What SQLite reads for pages and decisions, before it has statistics."""

import re
from collections.abc import Callable
from typing import Any, Final

import pytest
from django.db import connection

from clustering.lab.bench.pages.asking import ask, decide, poll
from clustering.lab.bench.pages.planting import plant
from clustering.models import Run, User

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
WHOLE_RUN: Final = re.compile(
    r"SEARCH (\w+) USING (?:COVERING )?INDEX "
    r"(?!assignment_(?:outliers|ignored|reviewed|placed)\b)"  # of what is shown
    r"\w*(?:assignment|reviewitem)\w* \(run_id=\?\)$"
)


@pytest.fixture
def run(alice: User) -> Run:
    made = plant(alice, "planted", 300)
    with connection.cursor() as cursor:  # statistics are rarely there, and hide bad queries
        cursor.execute("DELETE FROM sqlite_stat1")
        cursor.execute("ANALYZE sqlite_schema")
    return made


def test_no_page_and_no_decision_reads_all_assignments_of_a_run(alice: User, run: Run) -> None:
    found: set[str] = set()

    def explain(execute: Callable[..., Any], sql: str, params: Any, *rest: Any) -> Any:
        if sql.startswith(("SELECT", "UPDATE")) and not rest[0]:
            plan = execute(f"EXPLAIN QUERY PLAN {sql}", params, *rest).fetchall()
            if any(WHOLE_RUN.match(step) for *_, step in plan):
                found.add(f"{sql} {plan}")
        return execute(sql, params, *rest)

    with connection.execute_wrapper(explain):
        for part in (ask, poll, decide):
            list(part(alice, run, times=0))

    assert found == set()
