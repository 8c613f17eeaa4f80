"""What people decided outlives runs that a domain was absent from, as when its site was down."""

from uuid import uuid4

import pytest
from django.db import connection
from django.db.models.signals import post_init
from django.test.utils import CaptureQueriesContext

from clustering.models import Assignment, Run, User
from clustering.services.curation import edits, undo
from clustering.services.runs import carry_over, last_assignment
from tests.factories import make_dataset, make_run
from tests.services.decisions import GROUPS, ids, move, place

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

WITHOUT_X = {"A": ["acme.de", "acme.fr"], "B": ["bolt.de", "bolt.fr"], "-": ["y.de"]}
WITH_X = {**WITHOUT_X, "-": ["x.de", "y.de"]}


@pytest.fixture
def first(alice: User) -> Run:
    return make_run(make_dataset(alice), GROUPS)


def rerun(run: Run, groups: dict[str, list[str]]) -> Run:
    later = make_run(run.dataset, groups)
    carry_over.carry_over(later)
    return later


def test_a_correction_is_restored_with_its_domain(first: Run, alice: User) -> None:
    move(first, alice, "x.de", "acme")

    rerun(first, WITHOUT_X)
    last = rerun(first, WITH_X)

    assert place(last, "x.de") == "A"
    kept = last.assignments.get(domain__name="x.de")
    assert kept.reviewed_by == alice
    assert last.assignments.reviewed().count() == 1


def test_the_rows_of_two_runs_are_not_compared_in_sql(first: Run) -> None:
    later = make_run(first.dataset, WITHOUT_X)

    with CaptureQueriesContext(connection) as sent:
        carry_over.carry_over(later)

    # Its rows are not in the statistics yet, so PostgreSQL may plan for one of them.
    assert not [one["sql"] for one in sent if "EXISTS" in one["sql"]]


def test_a_decision_outlives_many_runs(first: Run, alice: User) -> None:
    move(first, alice, "acme.fr", None)

    for _ in range(3):
        rerun(first, {"A": ["acme.de"], "-": ["x.de"]})
    last = rerun(first, WITH_X)

    assert place(last, "acme.fr") is None
    assert last.assignments.get(domain__name="acme.fr").reviewed_at is not None


def test_a_decision_that_came_back_can_be_undone(first: Run, alice: User) -> None:
    move(first, alice, "x.de", "acme")
    rerun(first, WITHOUT_X)
    last = rerun(first, WITH_X)
    assert place(last, "x.de") == "A"

    undo.undo_last(last, alice, client_id=uuid4())

    assert place(last, "x.de") is None
    assert place(first, "x.de") == "acme"


def test_an_undone_correction_is_not_restored(first: Run, alice: User) -> None:
    move(first, alice, "x.de", "acme")
    undo.undo_last(first, alice, client_id=uuid4())

    rerun(first, WITHOUT_X)
    last = rerun(first, WITH_X)

    assert last.assignments.reviewed().count() == 0


def test_the_newest_decision_of_an_absent_domain_counts(first: Run, alice: User) -> None:
    move(first, alice, "x.de", "acme")
    second = rerun(first, GROUPS)
    move(second, alice, "x.de", "bolt")

    rerun(first, WITHOUT_X)
    last = rerun(first, WITH_X)

    assert place(last, "x.de") == "B"


def test_an_absent_cluster_keeps_its_identity_and_name(first: Run, alice: User) -> None:
    bolt = first.clusters.get(name="bolt")
    edits.rename(bolt, alice, name="Bolt AG", client_id=uuid4())

    rerun(first, {"A": ["acme.de", "acme.fr"], "-": ["x.de", "y.de"]})
    last = rerun(first, WITH_X)

    assert last.clusters.get(uid=bolt.uid).name == "Bolt AG"
    assert place(last, "bolt.de") == "Bolt AG"


def test_a_manual_cluster_is_restored_with_its_domains(first: Run, alice: User) -> None:
    edits.new_cluster(first, alice, domain_ids=ids(first, "x.de"), name="Mine", client_id=uuid4())

    rerun(first, WITHOUT_X)
    last = rerun(first, WITH_X)

    assert place(last, "x.de") == "Mine"
    assert last.clusters.get(name="Mine").is_handmade


def test_undo_while_a_domain_is_absent_holds_on_its_return(first: Run, alice: User) -> None:
    move(first, alice, "x.de", "acme")
    undo.undo_last(rerun(first, WITHOUT_X), alice, client_id=uuid4())

    last = rerun(first, WITH_X)

    assert place(last, "x.de") is None
    assert last.assignments.reviewed().count() == 0


def test_undo_does_not_separate_domains_moved_together(first: Run, alice: User) -> None:
    acme = first.clusters.get(name="acme")
    both = ids(first, "x.de", "y.de")
    edits.assign(first, alice, domain_ids=both, cluster=acme, client_id=uuid4())
    undo.undo_last(rerun(first, WITHOUT_X), alice, client_id=uuid4())

    last = rerun(first, WITH_X)

    assert (place(last, "x.de"), place(last, "y.de")) == (None, None)


def test_an_undo_while_absent_leaves_the_decision_before_it(first: Run, alice: User) -> None:
    move(first, alice, "x.de", "acme")
    move(first, alice, "x.de", "bolt")
    undo.undo_last(rerun(first, WITHOUT_X), alice, client_id=uuid4())

    last = rerun(first, WITH_X)

    assert place(last, "x.de") == "A"
    assert undo.state(last, alice).undo_label == "move of 1 logo to acme"


def test_redo_while_a_domain_is_absent_holds_on_its_return(first: Run, alice: User) -> None:
    move(first, alice, "x.de", "acme")
    undo.undo_last(first, alice, client_id=uuid4())
    undo.redo_last(rerun(first, WITHOUT_X), alice, client_id=uuid4())

    last = rerun(first, WITH_X)

    assert place(last, "x.de") == "A"
    assert last.assignments.get(domain__name="x.de").reviewed_by == alice


def test_later_corrections_in_an_older_run_stay_there(first: Run, alice: User) -> None:
    move(first, alice, "x.de", "bolt")
    rerun(first, WITHOUT_X)
    move(first, alice, "x.de", "acme")
    move(first, alice, "y.de", "acme")

    last = rerun(first, WITH_X)

    assert (place(last, "x.de"), place(last, "y.de")) == ("B", None)
    assert undo.n_decisions(last) == 1


def test_a_run_that_has_just_ended_respects_undo(first: Run, alice: User) -> None:
    move(first, alice, "x.de", "acme")
    rerun(first, WITHOUT_X)
    last = make_run(first.dataset, WITH_X)
    last.finished_at = None  # as in the worker, which wrote it to the row alone

    carry_over.carry_over(last)

    assert place(last, "x.de") == "A"


def test_a_decision_outlives_more_runs_than_undo_reaches(first: Run, alice: User) -> None:
    move(first, alice, "x.de", "acme")

    for _ in range(undo.MOST_CARRIED + 1):
        rerun(first, {"A": ["acme.de", "acme.fr"]})
    last = rerun(first, WITH_X)

    assert place(last, "x.de") == "A"


def test_a_rename_that_was_undone_while_the_cluster_was_absent_stays_undone(
    first: Run, alice: User
) -> None:
    bolt = first.clusters.get(name="bolt")
    edits.rename(bolt, alice, name="Bolt AG", client_id=uuid4())
    second = rerun(first, {"A": ["acme.de", "acme.fr"], "-": ["x.de", "y.de"]})
    undo.undo_last(second, alice, client_id=uuid4())

    last = rerun(first, WITH_X)

    assert last.clusters.get(uid=bolt.uid).name == "B"


def test_a_manual_cluster_is_restored_with_its_name_after_undo(first: Run, alice: User) -> None:
    chosen = ids(first, "x.de")
    edits.new_cluster(first, alice, domain_ids=chosen, name="Mine", client_id=uuid4())
    mine = first.clusters.get(name="Mine")
    edits.rename(mine, alice, name="Yours", client_id=uuid4())
    undo.undo_last(rerun(first, WITHOUT_X), alice, client_id=uuid4())

    last = rerun(first, WITH_X)

    assert place(last, "x.de") == "Mine"


def test_of_all_the_older_rows_only_the_newest_is_read(first: Run, alice: User) -> None:
    move(first, alice, "x.de", "acme")
    fourth = [rerun(first, GROUPS) for _ in range(3)][-1]
    rerun(first, WITHOUT_X)
    last = make_run(first.dataset, GROUPS)
    read: list[Assignment] = []

    def note(instance: Assignment, **_: object) -> None:
        read.append(instance)

    post_init.connect(note, sender=Assignment)
    try:
        rows = last_assignment.last_assignments(last, last.assignments.filter(domain__name="x.de"))
    finally:
        post_init.disconnect(note, sender=Assignment)

    assert [(row.run_id, row.domain.name) for row in rows] == [(fourth.pk, "x.de")]
    assert len(read) == 1
