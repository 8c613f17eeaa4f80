"""Any decisions in any order: undone exactly, and about nothing but the selection."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import example, given
from hypothesis import strategies as st

from clustering.models import Cluster, Correction, LabelSource, Run, User
from clustering.pipeline.errors import InputError
from clustering.selectors import export_rows
from clustering.services import counts
from clustering.services.curation import edits, history, marks, rules, undo
from tests.factories import make_dataset, make_run, make_user
from tests.services.decisions import partition, rerun

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
GROUPS = {
    "ash": ["a1.de", "a2.de", "a3.de"],
    "elm": ["e1.de", "e2.de", "e3.de"],
    "-": ["o1.de", "o2.de"],
    "fir": ["f1.de", "f2.de", "f3.de"],
}
BOBS = ("f1.de", "f2.de", "f3.de")
VERBS = (
    "move",
    "out",
    "new",
    "ignore",
    "restore",
    "rename",
    "merge",
    "split back",
    "same",
    "different",
    "lock",
    "note",
)
RULES = ("same", "different")
SELECTIONS = st.lists(st.integers(0, 7), min_size=1, max_size=4, unique=True)
STEPS = st.tuples(st.sampled_from(VERBS), SELECTIONS, st.booleans())
NO_GROUP = [-1] * 11
MERGE, LOCK = ("merge", [0, 1], False), ("lock", [0], False)


def _decide(run: Run, user: User, verb: str, picked: Sequence[int]) -> Correction | None:
    """Decide about some of the first eight domains; None if it makes no sense now."""
    clusters = list(run.clusters.filter(n_members__gt=0).exclude(name="fir").order_by("number"))
    try:
        if verb in {"rename", "merge", "split back", "lock", "note"}:
            return _about_clusters(run, user, verb, _some(clusters, picked), f"name {picked}")
        return _about_logos(run, user, verb, picked, _some(clusters, picked))
    except InputError:
        return None


def _about_clusters(
    run: Run, user: User, verb: str, chosen: Sequence[Cluster], name: str
) -> Correction | None:
    if not chosen:
        return None
    if verb == "merge":
        return edits.merge(run, user, clusters=chosen, client_id=uuid4())
    if verb == "rename":
        return edits.rename(chosen[0], user, name=name, client_id=uuid4())
    if verb == "lock":
        return marks.lock(chosen[0], user, is_locked=not chosen[0].is_locked, client_id=uuid4())
    if verb == "note":
        return marks.note_on_cluster(chosen[0], user, text=name, client_id=uuid4())
    return edits.split_back(chosen[0], user, client_id=uuid4())


def _about_logos(
    run: Run, user: User, verb: str, picked: Sequence[int], clusters: Sequence[Cluster]
) -> Correction | None:
    names = [name for group in ("ash", "elm", "-") for name in GROUPS[group]]
    ids = [run.dataset.domains.get(name=names[place]).pk for place in picked]
    given: dict[str, Any] = {"domain_ids": ids, "client_id": uuid4()}
    if verb in {"move", "out"}:
        cluster = clusters[0] if clusters and verb == "move" else None
        return edits.assign(run, user, cluster=cluster, **given)
    if verb == "new":
        return edits.new_cluster(run, user, name=f"new {picked}", **given)
    decide: Callable[..., Correction] = getattr(rules if verb in RULES else edits, verb)
    return decide(run, user, **given)


def _some(clusters: Sequence[Cluster], picked: Sequence[int]) -> list[Cluster]:
    return [clusters[place % len(clusters)] for place in picked] if clusters else []


def _export(run: Run) -> bytes:
    """Return a fresh reading, as after a reload."""
    return b"".join(export_rows.full_json(Run.objects.get(pk=run.pk)))


def _items(run: Run) -> dict[str, dict[str, Any]]:
    return {item["domain"]: item for item in json.loads(_export(run))["items"]}


def _places(run: Run) -> dict[str, int | None]:
    rows = run.assignments.select_related("domain")
    return {row.domain.name: row.cluster_id_by(LabelSource.CORRECTED) for row in rows}


@given(steps=st.lists(STEPS, min_size=20, max_size=20))
def test_twenty_decisions_and_undos_leave_the_same_export(
    alice: User, steps: list[tuple[str, list[int], bool]]
) -> None:
    run = make_run(make_dataset(alice), GROUPS)
    bob = make_user(f"bob-{uuid4().hex[:6]}")
    before, items = _export(run), _items(run)
    bobs_ids = list(run.dataset.domains.filter(name__in=BOBS).values_list("pk", flat=True))
    n_bobs = n_mine = 0
    for number, (verb, picked, is_bobs_turn) in enumerate(steps):
        if is_bobs_turn:
            one = [bobs_ids[number % 3]]
            edits.assign(run, bob, domain_ids=one, cluster=None, client_id=uuid4())
            n_bobs += 1
        n_mine += _decide(run, alice, verb, picked) is not None

    assert_history_offers_what_is_possible(run, alice)
    for _ in range(n_mine):
        assert undo.undo_last(run, alice, client_id=uuid4()) is not None

    assert undo.undo_last(run, alice, client_id=uuid4()) is None
    assert not run.pair_rules.exists()
    assert not run.notes.exists()
    assert not run.clusters.filter(is_locked=True).exists()
    mine = {name: item for name, item in _items(run).items() if name not in BOBS}
    assert _without_numbers(mine) == _without_numbers(
        {name: item for name, item in items.items() if name not in BOBS}
    )
    for _ in range(n_bobs):
        undo.undo_last(run, bob, client_id=uuid4())
    assert _export(run) == before
    run.refresh_from_db()
    assert counts.counted(run) == {name: getattr(run, name) for name in counts.counted(run)}


@given(
    steps=st.lists(
        st.tuples(st.sampled_from((*VERBS, "undo", "redo", "undo")), SELECTIONS, st.booleans()),
        min_size=20,
        max_size=20,
    )
)
def test_two_people_who_decide_and_undo_about_the_same_logos_can_take_all_back(
    alice: User, steps: list[tuple[str, list[int], bool]]
) -> None:
    run = make_run(make_dataset(alice), GROUPS)
    bob = make_user(f"bob-{uuid4().hex[:6]}")
    before = _export(run)
    for verb, picked, is_bobs_turn in steps:
        user = bob if is_bobs_turn else alice
        if verb in {"undo", "redo"}:
            with suppress(InputError):
                getattr(undo, f"{verb}_last")(run, user, client_id=uuid4())
        else:
            _decide(run, user, verb, picked)
    kept = _export(run)
    assert not counts.differences(run.dataset)

    n_undone = 0
    while left := undo.decisions_in_force(run):
        history.undo_decision(run, bob, correction=left[-1], client_id=uuid4())
        n_undone += 1

    assert _export(run) == before
    for _ in range(n_undone):
        undo.redo_last(run, bob, client_id=uuid4())
    assert _export(run) == kept


def assert_history_offers_what_is_possible(run: Run, user: User) -> None:
    for entry in history.page(run).entries:
        with transaction.atomic():
            try:
                history.undo_decision(run, user, correction=entry.correction, client_id=uuid4())
            except InputError:
                assert not entry.may_be_undone, entry.label
            else:
                assert entry.may_be_undone, entry.label
            transaction.set_rollback(True)


@pytest.mark.parametrize("is_same", [True, False])
# A part that the later run lacks, and that is no part any longer.
@example(steps=[MERGE, LOCK, ("split back", [0], False)], labels=NO_GROUP)
# A locked cluster that the later run lacks.
@example(
    steps=[("out", [1, 5], False), MERGE, LOCK, ("ignore", [0, 2, 3, 4], False)], labels=NO_GROUP
)
# A group that a rule empties.
@example(
    steps=[("different", [1, 0], False), ("different", [4, 3], False), MERGE],
    labels=[1, -1, -1, -1, 0, *NO_GROUP[5:]],
)
# A group of a merge whose own members a rule takes out.
@example(
    steps=[("different", [4, 1], False), ("merge", [4, 3], False)],
    labels=[0, 2, -1, -1, 2, *NO_GROUP[5:]],
)
# A fragment of a cluster that lost a member by a decision.
@example(steps=[("new", [3], False)], labels=[-1, -1, -1, 0, 0, 1, *NO_GROUP[6:]])
@given(
    steps=st.lists(STEPS, min_size=12, max_size=12),
    labels=st.lists(st.integers(-1, 3), min_size=11, max_size=11),
)
def test_undone_in_a_later_run_only_the_machines_groups_are_left(
    alice: User, *, is_same: bool, steps: list[tuple[str, list[int], bool]], labels: list[int]
) -> None:
    run = make_run(make_dataset(alice), GROUPS)
    before = partition(run)
    verbs = {verb for verb, picked, _ in steps if _decide(run, alice, verb, picked)}
    n_mine = run.corrections.count()
    later = rerun(run, GROUPS if is_same else _regrouped(labels))
    kept = _export(later)
    assert_history_offers_what_is_possible(later, alice)

    for _ in range(n_mine):
        assert undo.undo_last(later, alice, client_id=uuid4()) is not None

    assert undo.undo_last(later, alice, client_id=uuid4()) is None
    held = later.assignments.values_list("corrected_cluster_id", "cluster_id")
    assert all(corrected == machine for corrected, machine in held)
    assert not later.assignments.reviewed()
    assert not later.pair_rules.exists()
    assert not later.clusters.filter(is_locked=True)
    assert not later.clusters.filter(merged_into__isnull=False)
    assert not counts.differences(later.dataset)
    if is_same and not verbs.intersection(RULES):
        assert partition(later) == before
    for _ in range(n_mine):
        assert undo.redo_last(later, alice, client_id=uuid4()) is not None
    assert _export(later) == kept


def _regrouped(labels: Sequence[int]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    names = [name for members in GROUPS.values() for name in members]
    for name, label in zip(names, labels, strict=True):
        groups.setdefault("-" if label < 0 else f"other {label}", []).append(name)
    return groups


def _without_numbers(items: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Leave out the clusters' numbers, which follow from sizes."""
    return {
        name: {key: value for key, value in item.items() if "number" not in key}
        for name, item in items.items()
    }


@given(
    verb=st.sampled_from(["move", "out", "new", "ignore", "same", "different"]), picked=SELECTIONS
)
def test_members_outside_the_selection_keep_their_cluster(
    alice: User, verb: str, picked: list[int]
) -> None:
    run = make_run(make_dataset(alice), GROUPS)
    names = [name for group in ("ash", "elm", "-") for name in GROUPS[group]]
    chosen = {names[place] for place in picked}
    before = _places(run)

    _decide(run, alice, verb, picked)

    after = _places(run)
    assert {n: c for n, c in after.items() if n not in chosen} == {
        n: c for n, c in before.items() if n not in chosen
    }
