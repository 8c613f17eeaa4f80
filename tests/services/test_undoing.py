"""Decisions taken back and made again, in order, and never over somebody else's."""

from uuid import uuid4

import pytest

from clustering.models import Run, User
from clustering.services import exporting, undoing
from tests.factories import make_dataset, make_run, make_user
from tests.services.deciding import GROUPS, move, place

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(alice: User) -> Run:
    return make_run(make_dataset(alice), GROUPS)


def test_undo_and_redo_walk_back_and_forth(run: Run, alice: User) -> None:
    move(run, alice, "x.de", "acme")
    move(run, alice, "x.de", "bolt")

    undoing.undo(run, alice, client_id=uuid4())
    assert place(run, "x.de") == "acme"
    undoing.undo(run, alice, client_id=uuid4())
    assert place(run, "x.de") is None
    assert run.assignments.reviewed().count() == 0
    undoing.redo(run, alice, client_id=uuid4())
    assert place(run, "x.de") == "acme"
    undoing.redo(run, alice, client_id=uuid4())
    assert place(run, "x.de") == "bolt"
    assert undoing.redo(run, alice, client_id=uuid4()) is None


def test_a_redone_decision_can_be_undone_again(run: Run, alice: User) -> None:
    move(run, alice, "x.de", "acme")
    undoing.undo(run, alice, client_id=uuid4())
    undoing.redo(run, alice, client_id=uuid4())

    undoing.undo(run, alice, client_id=uuid4())

    assert place(run, "x.de") is None


def test_a_new_decision_ends_redo(run: Run, alice: User) -> None:
    move(run, alice, "x.de", "acme")
    undoing.undo(run, alice, client_id=uuid4())
    move(run, alice, "y.de", "bolt")

    assert undoing.redo(run, alice, client_id=uuid4()) is None
    assert place(run, "x.de") is None


def test_twenty_undos_restore_a_byte_identical_export(run: Run, alice: User) -> None:
    before = b"".join(exporting.full_json(run))
    for index in range(10):
        move(run, alice, "x.de", "acme" if index % 2 else "bolt")
        move(run, alice, "acme.de", None if index % 2 else "bolt")

    for _ in range(20):
        undoing.undo(run, alice, client_id=uuid4())

    assert b"".join(exporting.full_json(run)) == before


def test_undo_is_refused_after_somebody_elses_edit_of_the_same_logos(
    run: Run, alice: User
) -> None:
    bob = make_user("bob")
    move(run, alice, "x.de", "acme")
    move(run, bob, "x.de", "bolt")

    with pytest.raises(undoing.UndoBlocked, match="bob"):
        undoing.undo(run, alice, client_id=uuid4())
    assert place(run, "x.de") == "bolt"


def test_undo_takes_back_ones_own_decision_only(run: Run, alice: User) -> None:
    bob = make_user("bob")
    move(run, alice, "x.de", "acme")
    move(run, bob, "y.de", "bolt")

    undoing.undo(run, alice, client_id=uuid4())

    assert place(run, "x.de") is None
    assert place(run, "y.de") == "bolt"


def test_state_says_what_undo_and_redo_would_do(run: Run, alice: User) -> None:
    move(run, alice, "x.de", "acme")

    assert undoing.state(run, alice) == undoing.CurationState("move of 1 logo to acme", "", 1)
    undoing.undo(run, alice, client_id=uuid4())
    assert undoing.state(run, alice) == undoing.CurationState("", "move of 1 logo to acme", 0)


def test_redo_is_refused_after_somebody_elses_edit_of_the_same_logos(
    run: Run, alice: User
) -> None:
    bob = make_user("bob")
    move(run, alice, "x.de", "acme")
    undoing.undo(run, alice, client_id=uuid4())
    move(run, bob, "x.de", "bolt")

    with pytest.raises(undoing.UndoBlocked, match="bob"):
        undoing.redo(run, alice, client_id=uuid4())

    assert place(run, "x.de") == "bolt"


def test_redo_is_refused_after_somebody_elses_undo_of_the_same_logos(
    run: Run, alice: User
) -> None:
    bob = make_user("bob")
    move(run, alice, "x.de", "acme")
    move(run, bob, "x.de", "bolt")
    undoing.undo(run, bob, client_id=uuid4())
    undoing.undo(run, alice, client_id=uuid4())

    with pytest.raises(undoing.UndoBlocked, match="alice"):
        undoing.redo(run, bob, client_id=uuid4())

    assert place(run, "x.de") is None


def test_ones_own_decisions_on_one_logo_are_redone_in_order(run: Run, alice: User) -> None:
    move(run, alice, "x.de", "acme")
    move(run, alice, "x.de", "bolt")
    for _ in range(2):
        undoing.undo(run, alice, client_id=uuid4())

    places = []
    for _ in range(2):
        undoing.redo(run, alice, client_id=uuid4())
        places.append(place(run, "x.de"))

    assert places == ["acme", "bolt"]
