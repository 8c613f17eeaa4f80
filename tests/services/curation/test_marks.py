"""Locks and notes: undone exactly, carried over; the machine leaves locked clusters alone."""

from uuid import uuid4

import pytest

from clustering.models import Run, User
from clustering.pipeline.errors import InputError
from clustering.services import counts
from clustering.services.curation import edits, marks, rules, undo
from clustering.services.runs import carry_over
from tests.factories import make_dataset, make_run
from tests.services.decisions import GROUPS, ids, move, place

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(alice: User) -> Run:
    return make_run(make_dataset(alice), GROUPS)


def lock(run: Run, user: User, name: str, *, is_locked: bool = True) -> None:
    cluster = run.clusters.get(name=name)
    marks.lock(cluster, user, is_locked=is_locked, client_id=uuid4())


def rerun(run: Run, groups: dict[str, list[str]]) -> Run:
    later = make_run(run.dataset, groups)
    carry_over.carry_over(later)
    counts.recount(later)
    return later


def members(run: Run, name: str) -> set[str]:
    rows = run.assignments.select_related("domain")
    return {row.domain.name for row in rows if place(run, row.domain.name) == name}


def test_a_locked_cluster_keeps_its_members_in_later_runs(run: Run, alice: User) -> None:
    edits.rename(run.clusters.get(name="acme"), alice, name="Acme", client_id=uuid4())
    lock(run, alice, "Acme")
    everything = {"one": ["acme.de", "x.de", "y.de", "bolt.de"], "-": ["acme.fr", "bolt.fr"]}

    later = rerun(run, everything)

    assert members(later, "Acme") == {"acme.de", "acme.fr"}
    assert later.clusters.get(name="Acme").is_locked
    assert place(later, "x.de") == place(later, "bolt.de") == place(later, "y.de") is not None
    again = rerun(later, {"-": ["acme.de", "acme.fr", "x.de", "y.de", "bolt.de", "bolt.fr"]})
    assert members(again, "Acme") == {"acme.de", "acme.fr"}
    assert not counts.differences(run.dataset)


def test_one_logo_that_looks_like_a_locked_cluster_is_an_outlier(run: Run, alice: User) -> None:
    lock(run, alice, "acme")

    later = rerun(run, GROUPS | {"acme": ["acme.de", "acme.fr", "new.de"]})

    assert place(later, "new.de") is None


def test_people_add_logos_to_a_locked_cluster(run: Run, alice: User) -> None:
    lock(run, alice, "acme")
    move(run, alice, "x.de", "acme")
    rules.same(run, alice, domain_ids=ids(run, "acme.de", "y.de"), client_id=uuid4())

    later = rerun(run, GROUPS)

    assert {"acme.de", "acme.fr", "x.de", "y.de"} == members(later, "acme")


def test_an_unlocked_cluster_follows_the_machine_again(run: Run, alice: User) -> None:
    lock(run, alice, "acme")
    lock(run, alice, "acme", is_locked=False)

    later = rerun(run, GROUPS | {"acme": ["acme.de", "acme.fr", "new.de"]})

    assert place(later, "new.de") == "acme"
    with pytest.raises(InputError, match="not locked already"):
        lock(later, alice, "acme", is_locked=False)


def test_a_lock_that_was_undone_in_a_later_run_is_not_carried_on(run: Run, alice: User) -> None:
    lock(run, alice, "acme")
    later = rerun(run, GROUPS)

    undo.undo_last(later, alice, client_id=uuid4())

    assert not later.clusters.get(name="acme").is_locked
    undo.redo_last(later, alice, client_id=uuid4())
    assert later.clusters.get(name="acme").is_locked


def test_a_locked_cluster_of_merged_parts_keeps_them(run: Run, alice: User) -> None:
    both = list(run.clusters.filter(name__in=["acme", "bolt"]))
    edits.merge(run, alice, clusters=both, name="Both", client_id=uuid4())
    lock(run, alice, "Both")

    later = rerun(run, {"a": ["acme.de", "acme.fr", "x.de"], "b": ["bolt.de"], "-": ["bolt.fr"]})

    assert members(later, "Both") == {"acme.de", "acme.fr", "bolt.de", "bolt.fr"}


def test_notes_are_kept_changed_and_undone(run: Run, alice: User) -> None:
    cluster = run.clusters.get(name="acme")
    marks.note_on_cluster(cluster, alice, text="  old\u200b mark ", client_id=uuid4())
    marks.note_on_cluster(cluster, alice, text="new mark", client_id=uuid4())
    (domain_id,) = ids(run, "x.de")
    marks.note_on_domain(run, alice, domain_id=domain_id, text="ask them", client_id=uuid4())

    later = rerun(run, GROUPS)

    kept = {(note.cluster_uid, note.domain_id): note.text for note in later.notes.all()}
    assert kept == {(cluster.uid, None): "new mark", (None, domain_id): "ask them"}
    undo.undo_last(run, alice, client_id=uuid4())
    undo.undo_last(run, alice, client_id=uuid4())
    assert list(run.notes.values_list("text", flat=True)) == ["old mark"]
    assert later.notes.count() == 2
    marks.note_on_cluster(cluster, alice, text="", client_id=uuid4())
    assert not run.notes.exists()
    with pytest.raises(InputError, match="has not changed"):
        marks.note_on_cluster(cluster, alice, text=" ", client_id=uuid4())
