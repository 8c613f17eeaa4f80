"""Decisions taken back and made again, in order, and never over somebody else's."""

from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from clustering.models import Correction, Run, User
from clustering.selectors import export_rows
from clustering.services.curation import undo
from tests.factories import make_dataset, make_run, make_user
from tests.services.decisions import GROUPS, move, place

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(alice: User) -> Run:
    return make_run(make_dataset(alice), GROUPS)


def test_undo_and_redo_walk_back_and_forth(run: Run, alice: User) -> None:
    move(run, alice, "x.de", "acme")
    move(run, alice, "x.de", "bolt")

    undo.undo_last(run, alice, client_id=uuid4())
    assert place(run, "x.de") == "acme"
    undo.undo_last(run, alice, client_id=uuid4())
    assert place(run, "x.de") is None
    assert run.assignments.reviewed().count() == 0
    undo.redo_last(run, alice, client_id=uuid4())
    assert place(run, "x.de") == "acme"
    undo.redo_last(run, alice, client_id=uuid4())
    assert place(run, "x.de") == "bolt"
    assert undo.redo_last(run, alice, client_id=uuid4()) is None


def test_a_redone_decision_can_be_undone_again(run: Run, alice: User) -> None:
    move(run, alice, "x.de", "acme")
    undo.undo_last(run, alice, client_id=uuid4())
    undo.redo_last(run, alice, client_id=uuid4())

    undo.undo_last(run, alice, client_id=uuid4())

    assert place(run, "x.de") is None


def test_a_new_decision_ends_redo(run: Run, alice: User) -> None:
    move(run, alice, "x.de", "acme")
    undo.undo_last(run, alice, client_id=uuid4())
    move(run, alice, "y.de", "bolt")

    assert undo.redo_last(run, alice, client_id=uuid4()) is None
    assert place(run, "x.de") is None


def test_twenty_undos_restore_a_byte_identical_export(run: Run, alice: User) -> None:
    before = b"".join(export_rows.full_json(run))
    for index in range(10):
        move(run, alice, "x.de", "acme" if index % 2 else "bolt")
        move(run, alice, "acme.de", None if index % 2 else "bolt")

    for _ in range(20):
        undo.undo_last(run, alice, client_id=uuid4())

    assert b"".join(export_rows.full_json(run)) == before


def test_undo_is_blocked_by_another_users_edit_of_the_same_logos(run: Run, alice: User) -> None:
    bob = make_user("bob")
    move(run, alice, "x.de", "acme")
    move(run, bob, "x.de", "bolt")

    with pytest.raises(undo.UndoBlocked, match="bob"):
        undo.undo_last(run, alice, client_id=uuid4())
    assert place(run, "x.de") == "bolt"


def test_undo_takes_back_ones_own_decision_only(run: Run, alice: User) -> None:
    bob = make_user("bob")
    move(run, alice, "x.de", "acme")
    move(run, bob, "y.de", "bolt")

    undo.undo_last(run, alice, client_id=uuid4())

    assert place(run, "x.de") is None
    assert place(run, "y.de") == "bolt"


def test_state_describes_undo_and_redo(run: Run, alice: User) -> None:
    move(run, alice, "x.de", "acme")

    assert undo.state(run, alice) == undo.CurationState("move of 1 logo to acme", "")
    undo.undo_last(run, alice, client_id=uuid4())
    assert undo.state(run, alice) == undo.CurationState("", "move of 1 logo to acme")


def test_redo_is_blocked_by_another_users_edit_of_the_same_logos(run: Run, alice: User) -> None:
    bob = make_user("bob")
    move(run, alice, "x.de", "acme")
    undo.undo_last(run, alice, client_id=uuid4())
    move(run, bob, "x.de", "bolt")

    with pytest.raises(undo.UndoBlocked, match="bob"):
        undo.redo_last(run, alice, client_id=uuid4())

    assert place(run, "x.de") == "bolt"


def test_redo_is_blocked_by_another_users_undo_of_the_same_logos(run: Run, alice: User) -> None:
    bob = make_user("bob")
    move(run, alice, "x.de", "acme")
    move(run, bob, "x.de", "bolt")
    undo.undo_last(run, bob, client_id=uuid4())
    undo.undo_last(run, alice, client_id=uuid4())

    with pytest.raises(undo.UndoBlocked, match="alice"):
        undo.redo_last(run, bob, client_id=uuid4())

    assert place(run, "x.de") is None


def test_ones_own_decisions_on_one_logo_are_redone_in_order(run: Run, alice: User) -> None:
    move(run, alice, "x.de", "acme")
    move(run, alice, "x.de", "bolt")
    for _ in range(2):
        undo.undo_last(run, alice, client_id=uuid4())

    places = []
    for _ in range(2):
        undo.redo_last(run, alice, client_id=uuid4())
        places.append(place(run, "x.de"))

    assert places == ["acme", "bolt"]


def test_five_thousand_decisions_cost_the_queries_of_a_few(
    run: Run, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = move(run, alice, "x.de", "acme")
    Correction.objects.bulk_create(
        Correction(
            dataset=run.dataset, run=run, actor=alice, verb=first.verb, payload=first.payload
        )
        for _ in range(5_000)
    )
    undo.undo_last(run, alice, client_id=uuid4())

    with django_assert_num_queries(3):
        state = undo.state(run, alice)

    assert state == undo.CurationState("move of 1 logo to acme", "move of 1 logo to acme")
    assert undo.n_decisions(run) == 5_000
