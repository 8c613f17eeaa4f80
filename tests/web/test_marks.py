"""Locks, notes and the suggested split, through the pages."""

import re
from uuid import uuid4

import pytest
from django.test import Client

from clustering.models import LabelSource
from clustering.selectors import similarity
from clustering.services import counts
from clustering.services.curation import undo
from tests.web.pets import World

pytestmark = pytest.mark.django_db


def page(client: Client, world: World, address: str) -> str:
    return client.get(f"/d/{world.run.dataset.slug}/{address}").content.decode()


def post(client: Client, world: World, verb: str, **fields: object) -> int:
    given = {"client_id": str(uuid4())} | fields
    path = f"/d/{world.run.dataset.slug}/corrections/{verb}/"
    return client.post(path, given, headers={"HX-Request": "true"}).status_code


def test_a_cluster_is_locked_shown_and_unlocked(owner: Client, world: World) -> None:
    address = f"clusters/{world.cat.uid}/"
    assert "Lock as complete" in page(owner, world, address)

    assert post(owner, world, "lock", cluster=world.cat.uid, is_locked="true") == 200

    assert "locked as complete" in page(owner, world, address)
    assert "locked" in page(owner, world, "gallery/")
    assert "Locking of Cat" in page(owner, world, "history/")
    lone = world.run.assignments.get(domain__name="lone-a.de").logo_id
    found = similarity.suggestions(world.run, LabelSource.CORRECTED, [lone])
    assert [one.cluster.name for one in found[lone]] == ["Dog"]
    assert post(owner, world, "undo") == 200
    assert "locked as complete" not in page(owner, world, address)


def test_a_lock_on_an_old_page_is_refused(owner: Client, world: World) -> None:
    seen = undo.state(world.run).version
    post(owner, world, "lock", cluster=world.cat.uid, is_locked="true")

    stale = {"cluster": world.cat.uid, "is_locked": "false", "seen": seen}
    assert post(owner, world, "lock", **stale) == 409


def test_notes_are_shown_on_cluster_and_domain(owner: Client, world: World) -> None:
    post(owner, world, "note", cluster=world.cat.uid, text="their <old> mark")
    post(owner, world, "note", domain=world.domain("lone-a.de").pk, text="ask them")

    assert "Note: their &lt;old&gt; mark" in page(owner, world, f"clusters/{world.cat.uid}/")
    assert "Note: ask them" in page(owner, world, "domains/lone-a.de/")
    assert "their &lt;old&gt; mark" in page(owner, world, "history/")
    for damaged in ("", "x", "999999999999999999999999"):
        assert post(owner, world, "note", domain=damaged, text="lost") == 200
    assert world.run.notes.count() == 2


def test_a_suggested_split_selects_the_odd_logos(owner: Client, world: World) -> None:
    world.run.assignments.filter(domain__name="dog-b.de").update(cluster=world.cat)
    counts.recount(world.run)

    shown = page(owner, world, f"clusters/{world.cat.uid}/?split=1")

    checked = re.findall(r'value="d(\d+)"\s+checked', shown)
    assert checked == [str(world.domain("dog-b.de").pk)]
    assert shown.count('class="pick-box"') == 3


def test_a_cluster_of_one_logo_has_no_split(owner: Client, world: World) -> None:
    world.run.assignments.filter(domain__name="cat-b.de").delete()

    assert "No split to suggest" in page(owner, world, f"clusters/{world.cat.uid}/?split=1")
