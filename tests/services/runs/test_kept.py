"""What a run says about the decisions, merges and rules that it kept, and those it could not."""

from uuid import uuid4

import pytest
from django.test import Client

from clustering.models import Run, User
from clustering.services.curation import edits, rules, undo
from tests.factories import make_dataset, make_run
from tests.services.decisions import FOURS, ids, merge, move, rerun

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(alice: User) -> Run:
    return make_run(make_dataset(alice), FOURS | {"-": ["x.de", "y.de"]})


def pair(run: Run, user: User, verb: str, *names: str) -> None:
    getattr(rules, verb)(run, user, domain_ids=ids(run, *names), client_id=uuid4())


def test_the_page_of_runs_counts_what_was_kept_and_lists_the_rest_with_reasons(
    run: Run, alice: User, client: Client
) -> None:
    for name, to in (
        ("x.de", "c"),
        ("y.de", "c"),
        ("c0.de", None),
        ("c2.de", "d"),
        ("c3.de", "d"),
    ):
        move(run, alice, name, to)
    edits.ignore(run, alice, domain_ids=ids(run, "d3.de"), client_id=uuid4())
    merge(run, alice, "a", "b", into="b", name="Ab")
    pair(run, alice, "same", "d0.de", "d1.de")
    pair(run, alice, "same", "c1.de", "x.de")
    pair(run, alice, "different", "d2.de", "d3.de")
    pair(run, alice, "different", "c2.de", "c3.de")

    later = rerun(run, {name: FOURS[name] for name in "bcd"} | {"-": ["y.de"]})

    client.force_login(alice)
    page = " ".join(client.get(f"/d/{run.dataset.slug}/runs/").content.decode().split())
    assert "5 of 6 decisions kept, 0 of 1 merge, 1 of 4 rules" in page
    reasons = [(one["domain"], one["reason"]) for one in later.carried["not_kept"]]
    assert reasons == [
        ("x.de", "it has no logo in this run"),
        ("merge of a into Ab", "none of its logos is in this run"),
        ("c1.de and x.de", "one of them has no logo in this run"),
        ("c2.de and c3.de", "other decisions contradict this rule"),
        ("d2.de and d3.de", "one of them is ignored"),
    ]
    assert all(f"<li>{what}: {why}</li>" in page for what, why in reasons)


def test_decisions_about_logos_that_are_absent_for_long_are_counted(run: Run, alice: User) -> None:
    move(run, alice, "x.de", "c")
    merge(run, alice, "a", "b", into="b", name="Ab")
    edits.ignore(run, alice, domain_ids=ids(run, "y.de"), client_id=uuid4())
    first = rerun(run, {name: FOURS[name] for name in "bcd"})

    later = rerun(first, {name: FOURS[name] for name in "bcd"})

    assert later.carried == first.carried
    assert (later.carried["n_decisions"], later.carried["n_decisions_kept"]) == (2, 0)
    assert (later.carried["n_merges"], later.carried["n_merges_kept"]) == (1, 0)
    assert [one["domain"] for one in later.carried["not_kept"]] == [
        "x.de",
        "y.de",
        "merge of a into Ab",
    ]
    undo.undo_last(later, alice, client_id=uuid4())
    assert rerun(later, FOURS).carried["n_decisions"] == 1


def test_a_rule_for_one_brand_does_not_follow_a_logo_that_was_taken_out(
    run: Run, alice: User
) -> None:
    pair(run, alice, "same", "a0.de", "b0.de")
    move(run, alice, "a0.de", None)

    later = rerun(run, FOURS | {"-": ["x.de", "y.de"]})

    assert later.assignments.get(domain__name="b0.de").corrected_cluster_id is not None
    assert (later.carried["n_rules"], later.carried["n_rules_kept"]) == (1, 0)
