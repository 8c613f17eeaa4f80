"""The queue: what it asks, in which order, and what decisions leave open."""

from uuid import uuid4

import pytest

from clustering.models import ReviewItem, Run, User
from clustering.services.curation import edits
from clustering.services.curation.undo import undo_last
from clustering.services.quality.measure import ask_about_members
from clustering.services.review import queue
from clustering.services.review.build import build
from clustering.services.runs.resuggest import resuggest
from tests.services.decisions import ids, move
from tests.services.review.queued import SITES, asked, item_about, make_queue, make_shared

pytestmark = pytest.mark.django_db

KIAS = ("group", ["kia-one.de", "kia-two.de"])
NEWS = ("group", ["nova-one.it", "nova-two.it"])
MAZDAS = ("fragments", ["Mazda", "Mazda 2"])
LONE = ("single", ["lone.de"])


@pytest.fixture
def run(alice: User) -> Run:
    return make_queue(alice)


def test_what_one_answer_mends_most_of_comes_first(run: Run) -> None:
    assert asked(run) == [MAZDAS, KIAS, NEWS, LONE]


def test_a_decision_closes_its_item_and_undo_opens_it_again(run: Run, alice: User) -> None:
    move(run, alice, "lone.de", None)
    assert asked(run) == [MAZDAS, KIAS, NEWS]

    undo_last(run, alice, client_id=uuid4())

    assert asked(run) == [MAZDAS, KIAS, NEWS, LONE]


def test_what_was_not_ticked_stays_open(run: Run, alice: User) -> None:
    move(run, alice, "kia-one.de", "Kia")

    assert item_about(run, "kia-two.de").n_open == 1


def test_a_merge_on_any_page_closes_the_question_and_undo_asks_it_again(
    run: Run, alice: User
) -> None:
    clusters = list(run.clusters.filter(name__startswith="Mazda"))
    edits.merge(run, alice, clusters=clusters, client_id=uuid4())
    assert MAZDAS not in asked(run)

    undo_last(run, alice, client_id=uuid4())

    assert MAZDAS in asked(run)


def test_clusters_of_different_brands_are_not_asked_about_again_and_undo_asks(
    run: Run, alice: User
) -> None:
    item = run.review_items.get(kind=ReviewItem.Kind.FRAGMENTS)
    queue.dismiss_merge(item, alice, client_id=uuid4())

    build(run)

    assert MAZDAS not in asked(run)
    rule = run.pair_rules.get()
    sides = run.assignments.filter(domain__in=[rule.first_id, rule.second_id])
    assert set(sides.values_list("cluster__name", flat=True)) == {"Mazda", "Mazda 2"}
    item.delete()
    build(run)
    assert MAZDAS not in asked(run)


def test_an_undone_difference_is_asked_again(run: Run, alice: User) -> None:
    item = run.review_items.get(kind=ReviewItem.Kind.FRAGMENTS)
    done = queue.dismiss_merge(item, alice, client_id=uuid4())
    assert MAZDAS not in asked(run)
    undo_last(run, alice, client_id=uuid4())

    queue.ask_again(run, done)

    assert MAZDAS in asked(run)
    assert not run.pair_rules.exists()


def test_skipped_is_not_done_and_comes_back(run: Run) -> None:
    """Request 13: skipped is not done, and comes back."""
    queue.skip(item_about(run, "lone.de"))
    assert asked(run) == [MAZDAS, KIAS, NEWS]
    build(run)
    assert asked(run) == [MAZDAS, KIAS, NEWS]

    assert queue.bring_back(run) == 1

    assert asked(run) == [MAZDAS, KIAS, NEWS, LONE]


def test_a_group_is_taken_apart_into_single_questions(run: Run) -> None:
    queue.take_apart(item_about(run, "nova-one.it"))

    singles = [("single", ["nova-one.it"]), ("single", ["nova-two.it"])]
    assert asked(run) == [MAZDAS, KIAS, LONE, *singles]


def test_suggesting_again_uses_decisions_and_changes_none(run: Run, alice: User) -> None:
    """Request 5: the rest is suggested again, and no human label changes."""
    chosen = ids(run, "nova-one.it")
    edits.new_cluster(run, alice, domain_ids=chosen, name="New", client_id=uuid4())
    labels = list(run.assignments.order_by("pk").values_list("human_cluster", "reviewed_at"))

    resuggest(run)

    item = item_about(run, "nova-two.it")
    assert item.score > 0.5
    assert item.kind == ReviewItem.Kind.SINGLE
    assert (
        list(run.assignments.order_by("pk").values_list("human_cluster", "reviewed_at")) == labels
    )


def test_likely_wrong_members_are_asked_about_last_and_once(run: Run, alice: User) -> None:
    logo = run.assignments.get(domain__name="kia.fr").logo_id
    doubts = [
        {"logo": logo, "why": "strange", "score": 0.4},
        {"logo": logo, "why": "weak", "score": 0.05},
    ]

    ask_about_members(run, doubts)
    ask_about_members(run, doubts)

    assert asked(run) == [MAZDAS, KIAS, NEWS, LONE, ("member", ["kia.fr"])]
    move(run, alice, "kia.fr", "Kia")
    ask_about_members(run, doubts)
    assert asked(run) == [MAZDAS, KIAS, NEWS, LONE]


def test_an_undone_merge_leads_to_its_question_not_to_those_about_members(
    run: Run, alice: User
) -> None:
    clusters = list(run.clusters.filter(name__startswith="Mazda"))
    members = run.assignments.filter(corrected_cluster_id__in=[one.pk for one in clusters])
    doubts = [{"logo": one.logo_id, "why": "strange", "score": 0.4} for one in members]
    ask_about_members(run, doubts)
    edits.merge(run, alice, clusters=clusters, client_id=uuid4())

    undone = undo_last(run, alice, client_id=uuid4())

    assert undone is not None
    shown = queue.asked_by(run, undone)
    assert shown is not None
    assert shown.kind == ReviewItem.Kind.FRAGMENTS


def test_a_picture_of_three_unrelated_sites_is_asked_about_and_decided_for_all(
    alice: User,
) -> None:
    run = make_shared(alice)
    assert asked(run) == [("icon", SITES)]

    edits.assign(run, alice, domain_ids=ids(run, *SITES), cluster=None, client_id=uuid4())
    build(run)
    assert asked(run) == []

    undo_last(run, alice, client_id=uuid4())
    build(run)
    assert asked(run) == [("icon", SITES)]


def test_a_picture_of_two_owners_is_not_asked_about(alice: User) -> None:
    related = ["ironoak-shop.de", "myironoak.com"]
    run = make_shared(alice, *related)
    assert asked(run) == [("icon", sorted([*SITES, *related]))]

    move(run, alice, "velmora.de", None)
    build(run)

    assert asked(run) == []
