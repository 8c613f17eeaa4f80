"""Decisions of people: kept beside the machine's answer, and only about what was selected."""

from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from clustering.models import Correction, LabelSource, Run, User
from clustering.pipeline.errors import InputError
from clustering.selectors import export_rows
from clustering.services.curation import edits, undo
from clustering.services.runs import carry_over
from tests.factories import make_dataset, make_run
from tests.services.decisions import GROUPS, ids, move, place

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(alice: User) -> Run:
    return make_run(make_dataset(alice), GROUPS)


def test_moving_an_outlier_keeps_the_machine_label(run: Run, alice: User) -> None:
    move(run, alice, "x.de", "acme")

    assert place(run, "x.de") == "acme"
    assert place(run, "x.de", LabelSource.MACHINE) is None


def test_only_the_selection_is_touched(run: Run, alice: User) -> None:
    before = {
        name: place(run, name) for name in ("acme.de", "acme.fr", "bolt.de", "bolt.fr", "y.de")
    }

    move(run, alice, "x.de", "acme")

    assert before == {name: place(run, name) for name in before}
    assert run.assignments.reviewed().count() == 1


def test_a_member_is_put_out_as_an_outlier(run: Run, alice: User) -> None:
    move(run, alice, "acme.fr", None)

    assert place(run, "acme.fr") is None
    assert place(run, "acme.fr", LabelSource.MACHINE) == "acme"


def test_a_request_sent_twice_decides_once(run: Run, alice: User) -> None:
    client_id = uuid4()
    cluster = run.clusters.get(name="acme")
    first, second = (
        edits.assign(run, alice, domain_ids=ids(run, "x.de"), cluster=cluster, client_id=client_id)
        for _ in range(2)
    )

    assert first == second
    assert Correction.objects.count() == 1


def test_a_new_cluster_is_made_named_and_undone(run: Run, alice: User) -> None:
    chosen = ids(run, "x.de", "y.de")
    edits.new_cluster(run, alice, domain_ids=chosen, name="  Zed  Group ", client_id=uuid4())

    assert place(run, "x.de") == place(run, "y.de") == "Zed Group"
    undo.undo_last(run, alice, client_id=uuid4())
    assert place(run, "x.de") is None
    assert "Zed Group" not in b"".join(export_rows.full_json(run)).decode()


def test_a_rename_is_human_and_can_be_undone(run: Run, alice: User) -> None:
    cluster = run.clusters.get(name="acme")
    edits.rename(cluster, alice, name="ACME Corp", client_id=uuid4())

    cluster.refresh_from_db()
    assert (cluster.name, cluster.name_source) == ("ACME Corp", "human")
    undo.undo_last(run, alice, client_id=uuid4())
    cluster.refresh_from_db()
    assert (cluster.name, cluster.name_source) == ("acme", "auto")


@pytest.mark.parametrize("name", ["", "   ", "x" * 121])
def test_a_name_that_says_nothing_is_refused(run: Run, alice: User, name: str) -> None:
    with pytest.raises(InputError, match="1 to 120 characters"):
        edits.rename(run.clusters.get(name="acme"), alice, name=name, client_id=uuid4())
    assert Correction.objects.count() == 0


def test_domains_of_another_run_are_refused(run: Run, alice: User) -> None:
    other = make_run(make_dataset(alice, "Other"), {"-": ["z.de"]})

    with pytest.raises(InputError, match="none of the selected"):
        edits.assign(run, alice, domain_ids=ids(other, "z.de"), cluster=None, client_id=uuid4())


def test_a_new_run_keeps_corrections_names_and_identities(run: Run, alice: User) -> None:
    move(run, alice, "x.de", "acme")
    move(run, alice, "bolt.fr", None)
    edits.rename(run.clusters.get(name="bolt"), alice, name="Bolt AG", client_id=uuid4())
    edits.new_cluster(run, alice, domain_ids=ids(run, "y.de"), name="Why", client_id=uuid4())
    uid = run.clusters.get(name="acme").uid

    later = make_run(
        run.dataset,
        {"A": ["acme.de", "acme.fr"], "B": ["bolt.de", "bolt.fr"], "-": ["x.de", "y.de"]},
    )
    carry_over.carry_over(later)

    assert later.clusters.get(name="A").uid == uid
    assert place(later, "x.de") == "A"
    assert place(later, "bolt.fr") is None
    assert place(later, "bolt.de") == "Bolt AG"
    assert place(later, "y.de") == "Why"
    assert later.assignments.reviewed().count() == 3


def test_a_selection_of_many_decisions_is_carried_over_by_few_queries(
    run: Run, alice: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    cluster = run.clusters.get(name="acme")
    everything = list(run.assignments.values_list("domain_id", flat=True))
    edits.assign(run, alice, domain_ids=everything, cluster=cluster, client_id=uuid4())
    later = make_run(run.dataset, {"-": ["acme.de", "acme.fr", "bolt.de", "bolt.fr", "x.de"]})

    with django_assert_max_num_queries(22):
        carry_over.carry_over(later)

    assert {place(later, row.domain.name) for row in later.assignments.all()} == {"acme"}
