"""The benchmark of work on all rows; its times are not tested."""

import pytest

from clustering.lab.bench.rows import child
from clustering.management.commands.bench_rows import FILES, measured

pytestmark = pytest.mark.slow

N_DOMAINS = 60


def test_all_work_is_done_and_measured() -> None:
    costs = {cost.work: cost for cost in measured(N_DOMAINS, "")}

    assert list(costs) == [
        *FILES,
        "preview of a list",
        "import of a list",
        "deletion, the request",
        "deletion, the worker",
    ]
    assert all(costs[file].n_bytes > 0 for file in FILES)
    assert all(cost.first_seconds <= cost.seconds for cost in costs.values())
    assert all(cost.peak_bytes > 0 for cost in costs.values())


def test_the_longest_gap_counts_from_the_start() -> None:
    clock = child.Clock(moments=[0.5, 0.75, 2.0])

    assert clock.longest_gap == 1.25
