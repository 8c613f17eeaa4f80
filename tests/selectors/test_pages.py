"""Keyset pages walk through a list forwards and backwards without losing a row."""

import random

import pytest

from clustering.models import Cluster, Run, User
from clustering.selectors.pages import KeysetPage, Sort, capped_count, keyset_page
from tests.factories import make_dataset, make_run

pytestmark = pytest.mark.django_db

ORDER = (Sort("n_members", is_descending=True), Sort("number"))
N_CLUSTERS = 23


@pytest.fixture
def run(alice: User) -> Run:
    run = make_run(make_dataset(alice), {})
    sizes = random.Random(7)  # noqa: S311 # no secret depends on it
    Cluster.objects.bulk_create(
        Cluster(run=run, number=number, name=f"c{number}", n_members=sizes.randint(1, 4))
        for number in range(N_CLUSTERS)
    )
    return run


def page(run: Run, token: str = "", size: int = 5) -> KeysetPage[Cluster]:
    rows = Cluster.objects.filter(run=run)
    return keyset_page(rows, ORDER, token=token, size=size, count=N_CLUSTERS)


def test_pages_forward_and_back_show_every_row_once(run: Run) -> None:
    expected = list(Cluster.objects.filter(run=run).order_by("-n_members", "number"))

    shown = [page(run)]
    while shown[-1].next:
        shown.append(page(run, shown[-1].next))
    back = [shown[-1]]
    while back[-1].previous:
        back.append(page(run, back[-1].previous))

    assert [row for one in shown for row in one.rows] == expected
    assert [row for one in reversed(back) for row in one.rows] == expected
    assert [(one.first, one.last) for one in shown] == [
        (1, 5),
        (6, 10),
        (11, 15),
        (16, 20),
        (21, 23),
    ]
    assert [one.first for one in reversed(back)] == [one.first for one in shown]
    assert shown[0].is_first
    assert not shown[1].is_first


def test_a_page_that_is_full_by_chance_is_the_last(run: Run) -> None:
    assert page(run, size=N_CLUSTERS).is_only
    assert page(run, size=N_CLUSTERS).rows == page(run, size=100).rows


@pytest.mark.parametrize("token", ["2", "no:token", "\0", "W10:1abc:def"])
def test_an_unknown_token_is_the_first_page(run: Run, token: str) -> None:
    assert page(run, token).rows == page(run).rows


def test_a_row_that_joins_meanwhile_shifts_no_page(run: Run) -> None:
    first = page(run)
    following = page(run, first.next).rows

    Cluster.objects.create(run=run, number=99, name="new", n_members=100)

    assert page(run, first.next).rows == following


def test_counting_stops(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clustering.selectors.pages.MOST_COUNTED", 10)

    assert capped_count(Cluster.objects.filter(run=run)) == 11
    assert capped_count(Cluster.objects.filter(run=run, number__lt=4)) == 4
