"""Everything undone and redone in a newer run gives the export that it had."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from clustering.models import Cluster, Run, User
from clustering.selectors import export_rows
from clustering.services import counts
from clustering.services.curation import edits, marks, undo
from tests.factories import make_dataset, make_run
from tests.services.decisions import GROUPS, ids, merge, move, place, rerun

pytestmark = pytest.mark.django_db


def new(run: Run, user: User, name: str, *domains: str) -> Cluster:
    edits.new_cluster(run, user, domain_ids=ids(run, *domains), name=name, client_id=uuid4())
    return run.clusters.get(name=name)


def lock(run: Run, user: User) -> None:
    marks.lock(new(run, user, "Made", "x.de"), user, client_id=uuid4())


def note(run: Run, user: User) -> None:
    made = new(run, user, "Made", "x.de")
    marks.note_on_cluster(made, user, text="odd", client_id=uuid4())


def merge_two(run: Run, user: User) -> None:
    new(run, user, "Made", "x.de")
    new(run, user, "Other", "y.de")
    merge(run, user, "Made", "Other", into="Made")


@pytest.mark.parametrize("decide", [lock, note, merge_two])
def test_a_decision_about_a_cluster_that_is_empty_now_is_redone_exactly(
    alice: User, decide: Callable[[Run, User], None]
) -> None:
    run = make_run(make_dataset(alice), GROUPS)
    decide(run, alice)
    for name in ("x.de", "y.de"):
        move(run, alice, name, "acme")
    later = rerun(run, GROUPS)
    kept = b"".join(export_rows.full_json(later))
    n_decisions = undo.n_decisions(later)

    for _ in range(n_decisions):
        undo.undo_last(later, alice, client_id=uuid4())
    for _ in range(n_decisions):
        undo.redo_last(later, alice, client_id=uuid4())

    assert b"".join(export_rows.full_json(later)) == kept


@pytest.mark.parametrize(
    "groups",
    [
        {"acme": [*GROUPS["acme"], "new.de"], "bolt": GROUPS["bolt"]},
        {"p": ["acme.de", "x.de", "y.de"], "acme": ["acme.fr"], "bolt": GROUPS["bolt"]},
        {"acme": GROUPS["acme"], "p": ["bolt.de", "bolt.fr", "x.de", "y.de"]},
    ],
)
def test_a_merge_is_redone_as_the_later_run_had_it(
    alice: User, groups: dict[str, list[str]]
) -> None:
    run = make_run(make_dataset(alice), GROUPS)
    merge(run, alice, "acme", "bolt", into="bolt")
    later = rerun(run, groups)
    kept = b"".join(export_rows.full_json(later))

    undo.undo_last(later, alice, client_id=uuid4())
    assert b"".join(export_rows.full_json(later)) != kept
    undo.redo_last(later, alice, client_id=uuid4())

    assert b"".join(export_rows.full_json(later)) == kept
    assert not counts.differences(run.dataset)


def test_what_joined_a_group_that_was_moved_leaves_with_it(alice: User) -> None:
    run = make_run(make_dataset(alice), GROUPS)
    for name in GROUPS["acme"]:
        move(run, alice, name, "bolt")
    groups = GROUPS | {"acme": [*GROUPS["acme"], "new.de"]}
    later = rerun(rerun(run, groups), groups)
    assert place(later, "new.de") == "bolt"
    assert later.carried["n_merges"] == 0

    undo.undo_last(later, alice, client_id=uuid4())
    assert place(later, "new.de") == place(later, "acme.fr") == "acme"
    undo.redo_last(later, alice, client_id=uuid4())

    assert place(later, "new.de") == place(later, "acme.fr") == "bolt"
    assert not counts.differences(run.dataset)
