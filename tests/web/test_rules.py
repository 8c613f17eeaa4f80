"""The pages Rules and History, and the forms that set and remove rules."""

from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from clustering.models import Correction, PairRule, Run, User
from clustering.services.curation import undo
from tests.factories import make_dataset, make_run, make_user
from tests.services.decisions import GROUPS, ids, move, place

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(alice: User) -> Run:
    return make_run(make_dataset(alice), GROUPS)


def _post(client: Client, run: Run, verb: str, **values: object) -> int:
    given = {"client_id": str(uuid4())} | values
    path = f"/d/{run.dataset.slug}/corrections/{verb}/"
    return client.post(path, given, headers={"HX-Request": "true"}).status_code


def _page(client: Client, run: Run, name: str) -> str:
    return client.get(f"/d/{run.dataset.slug}/{name}/").content.decode()


def test_rules_are_set_shown_with_both_logos_and_removed(alice_client: Client, run: Run) -> None:
    _post(alice_client, run, "same", domain=ids(run, "x.de", "acme.de"))
    _post(alice_client, run, "different", domain=ids(run, "x.de"), other=ids(run, "bolt.de"))

    page = _page(alice_client, run, "rules")
    assert [name in page for name in ("x.de", "acme.de", "bolt.de")] == [True] * 3
    assert page.count('class="tile') >= 4
    rule = PairRule.objects.get(kind="same")
    _post(alice_client, run, "remove-rule", pair=f"{rule.first_id}-{rule.second_id}")
    assert PairRule.objects.get().kind == "different"
    assert "acme.de" not in _page(alice_client, run, "rules")


def test_contradictions_come_first_with_the_choice_to_drop_one(
    alice_client: Client, run: Run
) -> None:
    _post(alice_client, run, "same", domain=ids(run, "x.de", "acme.de"))
    _post(alice_client, run, "same", domain=ids(run, "acme.de", "y.de"))
    assert "contradict" not in _page(alice_client, run, "rules")
    _post(alice_client, run, "different", domain=ids(run, "x.de", "y.de"))

    page = _page(alice_client, run, "rules")

    assert "These rules contradict each other" in page
    section = page.split("These rules contradict")[1].split("</section>")[0]
    assert section.count(">Remove</button>") == 3


def test_contradictions_are_shown_before_a_new_run(alice_client: Client, run: Run) -> None:
    _post(alice_client, run, "same", domain=ids(run, "x.de", "acme.de"))
    assert "contradict" not in _page(alice_client, run, "runs/new")
    _post(alice_client, run, "same", domain=ids(run, "acme.de", "y.de"))
    _post(alice_client, run, "different", domain=ids(run, "x.de", "y.de"))

    assert "Some rules contradict each other" in _page(alice_client, run, "runs/new")


def test_two_answers_about_one_pair_conflict(alice_client: Client, run: Run) -> None:
    seen = undo.state(run).version
    pair = {"domain": ids(run, "x.de", "y.de"), "seen": seen}

    assert _post(alice_client, run, "same", **pair) == 200
    assert _post(alice_client, run, "different", **pair) == 409


@pytest.mark.parametrize("pair", ["", "7", "a-b", "1-2-3", f"1-{10**30}"])
def test_a_damaged_pair_changes_nothing(alice_client: Client, run: Run, pair: str) -> None:
    assert _post(alice_client, run, "remove-rule", pair=pair) == 200
    assert not Correction.objects.exists()


def test_the_history_tells_who_decided_and_undoes_one_decision(
    alice_client: Client, alice: User, run: Run
) -> None:
    first = move(run, alice, "x.de", "acme")
    move(run, make_user("bob"), "y.de", "bolt")

    page = _page(alice_client, run, "history")
    assert "Move of 1 logo to acme" in page
    assert "bob" in page
    assert _post(alice_client, run, "undo-one", correction=first.pk) == 200
    assert place(run, "x.de") is None
    assert place(run, "y.de") == "bolt"
    assert "Undone" in _page(alice_client, run, "history")


def test_a_decision_of_another_data_set_is_unknown(
    alice_client: Client, alice: User, run: Run
) -> None:
    other = make_run(make_dataset(make_user("eve")), GROUPS)
    theirs = move(other, alice, "x.de", "acme")

    assert _post(alice_client, run, "undo-one", correction=theirs.pk) == 200
    assert _post(alice_client, run, "undo-one", correction="x") == 200
    assert place(other, "x.de") == "acme"
    assert not run.corrections.exists()


@pytest.mark.parametrize("name", ["rules", "history"])
def test_only_members_see_the_page(client: Client, run: Run, name: str) -> None:
    client.force_login(make_user("eve"))

    assert client.get(f"/d/{run.dataset.slug}/{name}/").status_code == 404


def test_a_page_of_rules_costs_the_same_queries_at_any_size(
    alice_client: Client, run: Run, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    every = ids(run, *(name for names in GROUPS.values() for name in names))
    _post(alice_client, run, "different", domain=every)

    with django_assert_max_num_queries(22):
        _page(alice_client, run, "rules")
