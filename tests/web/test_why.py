"""The page about two logos: evidence, chain, and the cut."""

import re
from uuid import uuid4

import numpy as np
import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from clustering.models import PairRule
from clustering.services import counts
from clustering.services.curation import edits, rules
from clustering.services.runs import neighbours
from tests.web.pets import World, placed_domain

pytestmark = pytest.mark.django_db


def page(client: Client, world: World, query: str) -> str:
    answer = client.get(address(world, query))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def address(world: World, query: str) -> str:
    name, _, rest = query.partition("&")
    return f"/d/{world.run.dataset.slug}/domains/{name}/why/?{rest}"


def chained(world: World) -> None:
    """Put two outliers between cats and dogs into the cluster of the cats."""
    names = ["lone-a.de", "lone-b.de", "dog-b.de"]
    world.run.assignments.filter(domain__name__in=names).update(cluster=world.cat)
    counts.recount(world.run)


def test_a_member_is_compared_with_the_medoid_of_its_cluster(owner: Client, world: World) -> None:
    shown = page(owner, world, "cat-b.de")

    assert "Why together?" in shown
    assert shown.count(">cat-a.de<") >= 1
    assert "The domains share the word “cat" in shown
    assert "weakest link" in shown


def test_two_logos_of_different_clusters_are_compared(owner: Client, world: World) -> None:
    shown = page(owner, world, "cat-b.de&second=dog-b.de")

    assert "Why not together?" in shown
    assert "Chain of nearest neighbours" not in shown
    assert "The domains share no word" in shown
    assert "lone-a.de" in page(owner, world, f"lone-a.de&cluster={world.cat.uid}")


def test_the_decisions_that_bind_two_logos_are_named(owner: Client, world: World) -> None:
    run, user = world.run, world.owner
    ids = [world.domain(name).pk for name in ("cat-a.de", "dog-a.de", "lone-a.de")]
    rules.same(run, user, domain_ids=ids, client_id=uuid4())
    edits.assign(run, user, domain_ids=ids[2:], cluster=world.cat, client_id=uuid4())

    assert "Same brand, by a rule of owner" in page(owner, world, "cat-a.de&second=dog-a.de")
    shown = page(owner, world, "dog-a.de&second=lone-a.de")
    assert "One brand by rules: dog-a.de = cat-a.de , cat-a.de = lone-a.de" in shown
    assert "lone-a.de was put into Cat by owner" in shown
    edits.merge(run, user, clusters=[world.cat, world.dog], target=world.cat, client_id=uuid4())
    assert "Dog was merged into Cat" in page(owner, world, "dog-a.de&second=cat-a.de")


def test_the_weakest_link_of_a_chain_is_cut_by_one_press(owner: Client, world: World) -> None:
    chained(world)
    shown = page(owner, world, "cat-a.de&second=dog-b.de")
    assert "3 links" in shown or "4 links" in shown
    weakest = shown.split("why-weakest")[1].split("</li>")[0]
    first, other = (
        re.search(rf'name="{name}" value="(\d+)"', weakest) for name in ("domain", "other")
    )
    assert first
    assert other
    fields = {"domain": first[1], "other": other[1], "client_id": str(uuid4())}

    owner.post(f"/d/{world.run.dataset.slug}/corrections/different/", fields)

    rule = PairRule.objects.get()
    names = {rule.first.name, rule.second.name}
    assert rule.kind == "different"
    assert names == {"lone-a.de", "lone-b.de"}


def test_unknown_and_absent_domains_are_not_found(owner: Client, world: World) -> None:
    world.run.assignments.filter(domain__name="dog-a.de").delete()
    for query in ("nobody.de", "lone-a.de", "cat-a.de&second=dog-a.de"):
        answer = owner.get(f"/d/{world.run.dataset.slug}/why/?{query}")
        assert answer.status_code == 404


def test_the_page_costs_the_same_queries_at_any_size(
    owner: Client, world: World, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(40):
        placed_domain(world.run, f"more-{number}.de", (1.0, number / 40))
    world.run.assignments.filter(domain__name__startswith="more").update(cluster=world.cat)
    counts.recount(world.run)

    with django_assert_max_num_queries(40):
        page(owner, world, "cat-a.de&second=more-39.de")


def test_a_cluster_lists_look_alikes_of_other_clusters(owner: Client, world: World) -> None:
    placed_domain(world.run, "copy-cat.de", (0.97, 0.05))
    world.run.assignments.filter(domain__name="copy-cat.de").update(cluster=world.dog)
    counts.recount(world.run)
    logo_ids = sorted(set(world.run.assignments.values_list("logo_id", flat=True)))
    n_logos = len(logo_ids)
    everything = np.tile(np.arange(n_logos), (n_logos, 1))
    neighbours.save(world.run, logo_ids, np.where(np.eye(n_logos, dtype=bool), -1, everything))
    pair = [world.domain("cat-a.de").pk, world.domain("copy-cat.de").pk]
    cluster = f"/d/{world.run.dataset.slug}/clusters/{world.cat.uid}/"

    listed = owner.get(cluster).content.decode().split("Look-alikes in other clusters")[1]
    assert "copy-cat.de" in listed
    assert ">1.00 Dog<" in listed
    assert "different by a rule" not in listed
    rules.different(world.run, world.owner, domain_ids=pair, client_id=uuid4())

    assert "different by a rule" in owner.get(cluster).content.decode()
