"""Pages cost the same whatever else the database holds, and whatever was decided before."""

from collections.abc import Mapping

import pytest
from django.db import connection

from clustering.lab.bench.pages import PageCost
from clustering.lab.bench.pages.asking import ask
from clustering.lab.bench.pages.planting import plant
from clustering.models import Run, User

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

N_SMALL = 300
N_LARGE = 6_000
NOISE = 10  # statistics and plans differ a little: rows, or thousands of steps of SQLite


@pytest.fixture
def small(alice: User) -> Run:
    return plant(alice, "small", N_SMALL)


def costs(user: User, run: Run) -> Mapping[str, PageCost]:
    return {cost.page: cost for cost in ask(user, run, times=0)}


def test_a_large_data_set_of_a_stranger_costs_nothing(alice: User, bob: User, small: Run) -> None:
    alone = costs(alice, small)
    plant(bob, "stranger", N_LARGE)

    beside = costs(alice, small)

    assert n_queries(beside) == n_queries(alone)
    # PostgreSQL scans tables of a few thousand rows, whatever their indexes: bench_pages shows
    # its plans at 100,000.
    if connection.vendor == "sqlite":
        assert more_rows(alone, beside, factor=1.5) == {}


def test_the_number_of_queries_does_not_grow_with_the_data_set(alice: User, small: Run) -> None:
    few = n_queries(costs(alice, small))

    many = n_queries(costs(alice, plant(alice, "large", N_LARGE)))

    # The page of a pair samples up to four blocks of the neighbour graph; a small one has one.
    grown = {page: (few[page], n) for page, n in many.items() if n > few[page] + 3}
    assert grown == {}


def n_queries(found: Mapping[str, PageCost]) -> dict[str, int]:
    return {page: cost.n_queries for page, cost in found.items()}


def more_rows(
    few: Mapping[str, PageCost], many: Mapping[str, PageCost], *, factor: float
) -> dict[str, tuple[int, int]]:
    """Return the pages that read more rows, with both numbers."""
    return {
        page: (few[page].rows_read, cost.rows_read)
        for page, cost in many.items()
        if cost.rows_read > factor * few[page].rows_read + NOISE
    }
