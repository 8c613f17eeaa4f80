"""Two runs compared, and the way of a domain through the runs."""

from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from clustering.models import Run, User
from clustering.services import counts
from clustering.services.curation import edits
from clustering.services.runs import carry_over
from tests.factories import make_dataset, make_run
from tests.services.decisions import move

pytestmark = pytest.mark.django_db

BEFORE = {
    "same": ["s1.de", "s2.de"],
    "grows": ["g1.de", "g2.de"],
    "breaks": ["b1.de", "b2.de", "b3.de", "b4.de"],
    "left": ["l1.de", "l2.de"],
    "right": ["r1.de", "r2.de"],
    "ends": ["e1.de", "e2.de"],
    "-": ["o1.de", "o2.de", "o3.de"],
}
AFTER = {
    "same": ["s1.de", "s2.de"],
    "grows": ["g1.de", "g2.de", "o1.de"],
    "breaks": ["b1.de", "b2.de"],
    "breaks too": ["b3.de", "b4.de"],
    "both": ["l1.de", "l2.de", "r1.de", "r2.de"],
    "begins": ["o2.de", "o3.de"],
    "-": ["e1.de", "e2.de"],
}


@pytest.fixture
def runs(alice: User) -> tuple[Run, Run]:
    first = make_run(make_dataset(alice), BEFORE)
    move(first, alice, "o3.de", "same")
    edits.rename(first.clusters.get(name="same"), alice, name="Same", client_id=uuid4())
    second = make_run(first.dataset, AFTER)
    carry_over.carry_over(second)
    counts.recount(second)
    return first, second


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_clusters_are_told_by_kind_with_counts_and_a_filter(
    alice_client: Client, runs: tuple[Run, Run]
) -> None:
    address = f"/d/{runs[1].dataset.slug}/runs/{runs[1].slug}/compare/"

    page = text(alice_client, address)

    for kind in ("Merged 1", "Split 1", "New 1", "Gone 1", "Grown 1", "Unchanged 1"):
        assert kind in page
    assert "1 of 1 decision kept" in page
    assert page.count("compare-row") == 6
    split = text(alice_client, f"{address}?kind=split")
    assert "breaks too" in split
    assert ">both<" not in split
    backwards = f"/d/{runs[0].dataset.slug}/runs/{runs[0].slug}/compare/?with={runs[1].slug}"
    assert "Gone 1" in text(alice_client, backwards)
    assert "No earlier run" in text(alice_client, backwards.split("?")[0])


@pytest.mark.slow
def test_the_page_costs_the_same_queries_for_any_number_of_clusters(
    alice_client: Client,
    alice: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    groups = {f"c{number}": [f"c{number}.de", f"d{number}.de"] for number in range(70)}
    run = make_run(make_dataset(alice), groups)
    second = make_run(run.dataset, groups)
    carry_over.carry_over(second)
    counts.recount(second)
    address = f"/d/{run.dataset.slug}/runs/{second.slug}/compare/"

    with django_assert_max_num_queries(25):
        page = text(alice_client, address)

    assert "Unchanged 70" in page
    assert "Page 1 of 2" in page
    assert text(alice_client, f"{address}?page=99").count("compare-row") == 20
    assert text(alice_client, f"{address}?page=x&kind=x").count("compare-row") == 50


def test_a_domain_shows_where_it_was_in_each_run(
    alice_client: Client, runs: tuple[Run, Run]
) -> None:
    slug = runs[0].dataset.slug

    moved = text(alice_client, f"/d/{slug}/domains/o3.de/")
    assert moved.count("by a person") == 2
    page = text(alice_client, f"/d/{slug}/domains/e1.de/").split("In each run")[1]
    assert page.index("Outlier") < page.index(">ends<")
    assert "by the clusterer" in page


def test_runs_of_another_data_set_are_not_compared(
    alice_client: Client, runs: tuple[Run, Run], alice: User
) -> None:
    other = make_run(make_dataset(alice), BEFORE, name="other")
    Run.objects.filter(pk=other.pk).update(slug="other")
    address = f"/d/{runs[1].dataset.slug}/runs/{runs[1].slug}/compare/?with=other"

    assert alice_client.get(address).status_code == 404
