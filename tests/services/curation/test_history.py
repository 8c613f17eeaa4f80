"""The history of decisions: who, what, when, and the undo of any of them."""

from uuid import uuid4

import pytest
from django.db.models.signals import post_init
from django.test import Client

from clustering.models import Correction, Run, User
from clustering.pipeline.errors import InputError
from clustering.services.curation import edits, history, rules, undo
from clustering.services.runs import carry_over
from tests.factories import make_dataset, make_run, make_user
from tests.services.decisions import GROUPS, ids, move, place

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(alice: User) -> Run:
    return make_run(make_dataset(alice), GROUPS)


def test_decisions_are_listed_newest_first_with_who_made_them(run: Run, alice: User) -> None:
    move(run, alice, "x.de", "acme")
    rules.same(run, make_user("bob"), domain_ids=ids(run, "x.de", "y.de"), client_id=uuid4())
    undo.undo_last(run, alice, client_id=uuid4())

    entries = history.page(run).entries

    assert [(str(one.correction.actor), one.label) for one in entries] == [
        ("alice", "undo of the move of 1 logo to acme"),
        ("bob", "rule “same brand” for 1 pair"),
        ("alice", "move of 1 logo to acme"),
    ]
    assert [one.may_be_undone for one in entries] == [False, True, False]


def test_an_earlier_decision_is_undone_by_itself(run: Run, alice: User) -> None:
    first = move(run, alice, "x.de", "acme")
    move(run, alice, "y.de", "bolt")

    history.undo_decision(run, alice, correction=first, client_id=uuid4())

    assert place(run, "x.de") is None
    assert place(run, "y.de") == "bolt"
    undo.redo_last(run, alice, client_id=uuid4())
    assert place(run, "x.de") == "acme"


def test_a_decision_is_blocked_by_a_later_one_about_the_same_logo(run: Run, alice: User) -> None:
    first = move(run, alice, "x.de", "acme")
    later = move(run, make_user("bob"), "x.de", "bolt")

    entry = next(one for one in history.page(run).entries if one.correction == first)

    assert entry.blocked_by == later
    assert not entry.may_be_undone
    with pytest.raises(undo.UndoBlocked, match="bob"):
        history.undo_decision(run, alice, correction=first, client_id=uuid4())


def test_an_undo_into_a_cluster_that_was_merged_since_is_not_offered(
    run: Run, alice: User, client: Client
) -> None:
    move(run, alice, "x.de", "acme")
    left = move(run, alice, "x.de", "bolt")
    edits.merge(
        run,
        make_user("bob"),
        clusters=list(run.clusters.filter(name__in=["acme", "bolt"])),
        target=run.clusters.get(name="bolt"),
        client_id=uuid4(),
    )

    entry = next(one for one in history.page(run).entries if one.correction == left)

    assert not entry.may_be_undone
    client.force_login(alice)
    page = client.get(f"/d/{run.dataset.slug}/history/").content.decode()
    assert "Acme is part of another cluster; split it back first" in page
    assert f'name="correction" value="{left.pk}"' not in page


def test_a_decision_is_undone_once(run: Run, alice: User) -> None:
    done = move(run, alice, "x.de", "acme")
    history.undo_decision(run, alice, correction=done, client_id=uuid4())

    with pytest.raises(InputError, match="undone already"):
        history.undo_decision(run, alice, correction=done, client_id=uuid4())


def test_carried_decisions_are_listed_in_later_runs(run: Run, alice: User) -> None:
    done = edits.ignore(run, alice, domain_ids=ids(run, "x.de"), client_id=uuid4())
    later = make_run(run.dataset, GROUPS)
    carry_over.carry_over(later)

    (entry,) = history.page(later).entries
    assert entry.is_carried
    history.undo_decision(later, alice, correction=done, client_id=uuid4())
    assert not later.assignments.get(domain__name="x.de").is_ignored
    assert run.assignments.get(domain__name="x.de").is_ignored


def test_pages_follow_each_other_without_gaps(
    run: Run, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "ENTRIES_PER_PAGE", 2)
    made = [move(run, alice, "x.de", name) for name in ("acme", "bolt", None, "acme", "bolt")]

    listed, before = [], None
    while True:
        page = history.page(run, before)
        listed += [one.correction for one in page.entries]
        before = page.older
        if before is None:
            break

    assert listed == made[::-1]


def test_a_decision_of_an_older_page_is_blocked_by_one_of_a_newer_page(
    run: Run, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "ENTRIES_PER_PAGE", 1)
    move(run, alice, "x.de", "acme")
    move(run, alice, "y.de", "bolt")
    later = move(run, make_user("bob"), "x.de", "bolt")

    middle = history.page(run, history.page(run).older)
    oldest = history.page(run, middle.older)

    assert [one.may_be_undone for one in middle.entries] == [True]
    assert [one.blocked_by for one in oldest.entries] == [later]


def test_the_newest_page_reads_no_older_decision_and_no_reversed_one(
    run: Run, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "ENTRIES_PER_PAGE", 2)
    for name in ("acme", "bolt"):
        move(run, alice, "y.de", name)
        undo.undo_last(run, alice, client_id=uuid4())
    for name in ("acme", "bolt", "acme", "bolt"):
        move(run, alice, "x.de", name)
    read: list[Correction] = []

    def note(*_: object, instance: Correction, **__: object) -> None:
        read.append(instance)

    post_init.connect(note, sender=Correction)
    try:
        page = history.page(run)
    finally:
        post_init.disconnect(note, sender=Correction)

    assert page.n_all == 8
    assert len({one.pk for one in read}) == 3, "those of the page and the next one"
