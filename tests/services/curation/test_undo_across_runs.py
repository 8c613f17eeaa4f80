"""Undo in a newer run: what was carried into it can be taken back there, and only there."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from clustering.models import Correction, Run, User
from clustering.services.curation import edits, undo
from clustering.services.runs import carry_over
from tests.factories import make_dataset, make_run, make_user
from tests.services.decisions import GROUPS, ids, move, place

pytestmark = pytest.mark.django_db


@pytest.fixture
def older(alice: User) -> Run:
    return make_run(make_dataset(alice), GROUPS)


def undo_as(run: Run, user: User) -> Correction | None:
    return undo.undo_last(run, user, client_id=uuid4())


def carried(older: Run, groups: dict[str, list[str]] = GROUPS) -> Run:
    """Return a newer run of the same logos, with the decisions of the older one."""
    with time_machine.travel(timezone.now() + timedelta(seconds=1), tick=False):
        newer = make_run(older.dataset, groups)
    carry_over.carry_over(newer)
    return newer


def later() -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(seconds=2), tick=False)


def test_a_carried_decision_is_undone_in_the_newer_run_only(older: Run, alice: User) -> None:
    move(older, alice, "x.de", "acme")
    newer = carried(older)
    assert place(newer, "x.de") == "acme"
    assert undo.state(newer, alice).undo_label == "move of 1 logo to acme"

    with later():
        undo_as(newer, alice)

    assert place(newer, "x.de") is None
    assert place(older, "x.de") == "acme"
    assert undo.n_decisions(newer) == 0
    assert undo.n_decisions(older) == 1


def test_a_correction_made_while_a_run_is_written_can_be_undone_in_it(
    older: Run, alice: User
) -> None:
    with time_machine.travel(timezone.now() - timedelta(seconds=5), tick=False):
        newer = make_run(older.dataset, GROUPS)  # it ends, and is written for five seconds
    Run.objects.filter(pk=older.pk).update(finished_at=newer.created_at - timedelta(seconds=5))
    move(older, alice, "x.de", "acme")

    carry_over.carry_over(newer)

    assert place(newer, "x.de") == "acme"
    assert undo.state(newer, alice).undo_label == "move of 1 logo to acme"


def test_an_undone_carried_decision_is_redone(older: Run, alice: User) -> None:
    move(older, alice, "x.de", "acme")
    newer = carried(older)
    with later():
        undo_as(newer, alice)
        undo.redo_last(newer, alice, client_id=uuid4())

        assert place(newer, "x.de") == "acme"
        assert undo.state(newer, alice).redo_label == ""


def test_later_corrections_in_an_older_run_do_not_affect_the_newer(
    older: Run, alice: User
) -> None:
    newer = carried(older)
    with later():
        move(older, alice, "x.de", "acme")

        assert undo.state(newer, alice).undo_label == ""
        assert undo_as(newer, alice) is None
    assert place(older, "x.de") == "acme"


def test_corrections_undone_before_a_run_stay_undone_in_it(older: Run, alice: User) -> None:
    move(older, alice, "x.de", "acme")
    undo_as(older, alice)
    newer = carried(older)

    assert undo.state(newer, alice).undo_label == ""


def test_an_undo_in_the_older_run_leaves_the_newer_one_as_it_is(older: Run, alice: User) -> None:
    move(older, alice, "x.de", "acme")
    newer = carried(older)
    with later():
        undo_as(older, alice)

    assert place(newer, "x.de") == "acme"
    assert undo.n_decisions(newer) == 1


def test_a_carried_rename_is_undone(older: Run, alice: User) -> None:
    edits.rename(older.clusters.get(name="acme"), alice, name="ACME Ltd", client_id=uuid4())
    newer = carried(older)
    assert newer.clusters.filter(name="ACME Ltd").exists()

    with later():
        undo_as(newer, alice)

    assert newer.clusters.filter(name="acme").exists()
    assert older.clusters.filter(name="ACME Ltd").exists()


def test_another_users_correction_in_the_newer_run_blocks_the_undo(
    older: Run, alice: User
) -> None:
    move(older, alice, "x.de", "acme")
    newer = carried(older)
    with later():
        move(newer, make_user("bob"), "x.de", "bolt")

        with pytest.raises(undo.UndoBlocked, match="bob"):
            undo_as(newer, alice)


def test_an_undo_brings_back_a_cluster_made_by_hand_that_was_empty(
    older: Run, alice: User
) -> None:
    made = edits.new_cluster(
        older, alice, domain_ids=ids(older, "x.de"), name="Handmade", client_id=uuid4()
    )
    move(older, alice, "x.de", "acme")  # the handmade cluster is empty, and not carried over
    newer = carried(older)
    assert not newer.clusters.filter(uid=made.payload["after"]).exists()

    with later():
        undo_as(newer, alice)

    cluster = newer.clusters.get(uid=made.payload["after"])
    assert (cluster.name, cluster.n_members) == ("Handmade", 1)
    assert place(newer, "x.de") == "Handmade"
    with later():
        undo.redo_last(newer, alice, client_id=uuid4())
    assert place(newer, "x.de") == "acme"


def test_an_undo_brings_back_a_cluster_that_the_machine_no_longer_forms(
    older: Run, alice: User
) -> None:
    uid = older.clusters.get(name="acme").uid
    move(older, alice, "x.de", "acme")
    move(older, alice, "x.de", "bolt")
    newer = carried(older, {"bolt": GROUPS["bolt"], "-": [*GROUPS["acme"], "x.de"]})

    with later():
        undo_as(newer, alice)

    assert newer.clusters.get(name="acme").uid == uid
    assert place(newer, "x.de") == "acme"
    assert place(newer, "acme.de") is None


def test_a_new_cluster_that_was_undone_is_made_again_in_a_newer_run(
    older: Run, alice: User
) -> None:
    chosen = ids(older, "x.de")
    edits.new_cluster(older, alice, domain_ids=chosen, name="Handmade", client_id=uuid4())
    undo_as(older, alice)
    newer = carried(older)

    with later():
        undo.redo_last(newer, alice, client_id=uuid4())

    assert place(newer, "x.de") == "Handmade"
