"""Selections: tiles, clusters and whole filters, decided about in one request."""

import json
from io import BytesIO

import pyarrow.parquet as pq
import pytest
from django.test import Client

from clustering.models import Assignment, Cluster, PairRule
from tests.web.pets import World

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def shared(world: World) -> int:
    """Let both cats and one outlier show the same picture; return its id."""
    logo = Assignment.objects.get(domain__name="cat-a.de").logo
    Assignment.objects.filter(domain__name__in=["cat-b.de", "lone-a.de"]).update(
        logo=logo, similarity=1.0
    )
    Assignment.objects.filter(domain__name="cat-a.de").update(similarity=1.0)
    return int(logo.pk)


def places(world: World) -> dict[str, str]:
    rows = world.run.assignments.select_related("domain")
    return {row.domain.name: getattr(world.held(row.domain.name), "name", "-") for row in rows}


@pytest.mark.parametrize(
    ("words", "moved"),
    [
        ("p{logo}.0", {"cat-a.de", "cat-b.de"}),
        ("p{logo}.-1", {"lone-a.de"}),
        ("c0 d{dog}", {"cat-a.de", "cat-b.de", "dog-a.de"}),
        ("o.LONE-b", {"lone-b.de"}),
        ("s.-A%20.de -d{dog}", {"cat-a.de", "lone-a.de"}),
        ("o -p{logo}.-1", {"lone-b.de"}),
        ("g -d{dog}", {"cat-a.de", "cat-b.de", "dog-b.de"}),
    ],
)
def test_a_decision_is_about_what_the_words_name_and_nothing_else(
    owner: Client, world: World, shared: int, words: str, moved: set[str]
) -> None:
    before = places(world)
    pick = words.format(logo=shared, dog=world.domain("dog-a.de").pk)

    owner.post("/d/pets/corrections/new-cluster/", {"pick": pick, "cluster_name": "Made"})

    expected = {name: "Made" if name in moved else place for name, place in before.items()}
    assert places(world) == expected


@pytest.mark.parametrize("pick", ["", "d", "x3", "p1", "d0;drop", "c1.2", "p7.99", "o.nobody"])
def test_words_that_name_nothing_change_nothing(owner: Client, world: World, pick: str) -> None:
    answer = owner.post("/d/pets/corrections/ignore/", {"pick": pick}, headers=HTMX)

    assert b"toast-bad" in answer.content
    assert world.run.corrections.count() == 0


def test_copies_are_one_tile_that_lists_its_domains(
    owner: Client, world: World, shared: int
) -> None:
    address = f"/d/pets/clusters/{world.cat.uid}/"

    (tile,) = owner.get(address).context["tiles"]
    copies = owner.get(f"{address}?copies={shared}", headers=HTMX).content.decode()

    assert (tile.n, tile.pick) == (2, f"p{shared}.0")
    assert "cat-a.de" in copies
    assert "cat-b.de" in copies
    assert "lone-a.de" not in copies


def test_a_rule_about_copies_is_about_one_of_them(
    owner: Client, world: World, shared: int
) -> None:
    owner.post("/d/pets/corrections/different/", {"pick": f"p{shared}.0 c1"})

    rule = PairRule.objects.get()
    names = {rule.first.name, rule.second.name}
    assert len(names & {"cat-a.de", "cat-b.de"}) == len(names & {"dog-a.de", "dog-b.de"}) == 1


def test_a_merge_of_what_a_rule_keeps_apart_asks_first(owner: Client, world: World) -> None:
    owner.post("/d/pets/corrections/different/", {"pick": "c0 c1"})

    asked = owner.post("/d/pets/corrections/merge/", {"pick": "c0 c1"}, headers=HTMX)
    compared = owner.get("/d/pets/compare/?c=0&c=1").content.decode()
    unmerged = Cluster.objects.filter(merged_into=None).count()
    owner.post("/d/pets/corrections/merge/", {"pick": "c0 c1", "anyway": "1"})

    assert b"Merge anyway" in asked.content
    assert "1 rule keeps logos of these clusters apart" in compared
    assert unmerged == 2
    assert Cluster.objects.filter(merged_into=None).count() == 1


def test_a_cluster_is_compared_with_similar_ones(owner: Client, world: World) -> None:
    page = owner.get("/d/pets/compare/?c=1&c=99&c=x")

    assert [card.cluster for card in page.context["cards"]] == [world.dog]
    assert [one.card.cluster for one in page.context["similar"]] == [world.cat]


def test_the_selection_is_exported(owner: Client, world: World) -> None:
    world.run.dataset.domains.update(row_numbers=[1])
    answer = owner.post("/d/pets/export/picked/", {"pick": "c1"})

    lines = answer.getvalue().decode().splitlines()
    assert len(lines) == 3
    assert {"dog-a.de", "dog-b.de"} == {name for name in places(world) if name in "".join(lines)}


def test_a_selection_is_exported_as_lines_and_with_vectors(owner: Client, world: World) -> None:
    url = "/d/pets/export/picked/"

    lines = owner.post(url, {"pick": "o", "format": "jsonl"}).getvalue().splitlines()
    table = pq.read_table(BytesIO(owner.post(url, {"pick": "o", "format": "parquet"}).getvalue()))

    assert [json.loads(line)["domain"] for line in lines] == ["lone-a.de", "lone-b.de"]
    assert table.column("domain").to_pylist() == ["lone-a.de", "lone-b.de"]
    assert table.column("embedding").null_count == 0
    assert owner.post(url, {"pick": "o", "format": "exe"}).status_code == 404


def test_a_decision_about_a_filter_states_what_was_seen(owner: Client, world: World) -> None:
    seen = owner.get("/d/pets/outliers/").context["curation"].version
    moved = {"domain": [world.domain("cat-b.de").pk], "cluster": "out"}
    owner.post("/d/pets/corrections/assign/", moved)

    refused = owner.post("/d/pets/corrections/ignore/", {"pick": "o", "seen": seen}, headers=HTMX)

    assert refused.status_code == 409
    assert Assignment.objects.filter(is_ignored=True).count() == 0
