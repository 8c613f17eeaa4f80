"""The curation file: out of one run, into another, without loss; hostile files are refused."""

import json
from typing import Any
from uuid import uuid4

import pytest

from clustering.models import Run, User
from clustering.pipeline import curation_file
from clustering.pipeline.errors import InputError
from clustering.selectors import export_rows
from clustering.selectors.curation_file import curation_json, document
from clustering.services import counts
from clustering.services.curation import edits, file_import, file_plan, marks, rules, undo
from clustering.services.curation.conflicts import Conflict
from tests.factories import make_dataset, make_run, make_user
from tests.services.decisions import ids, move, partition, place

pytestmark = pytest.mark.django_db

GROUPS = {
    "ash": ["a1.de", "a2.de", "a3.de"],
    "elm": ["e1.de", "e2.de"],
    "fir": ["f1.de", "f2.de", "f3.de"],
    "-": ["o1.de", "o2.de", "o3.de", "o4.de"],
}


@pytest.fixture
def run(alice: User) -> Run:
    """Return a run with a decision of every kind."""
    run = make_run(make_dataset(alice), GROUPS)
    both = list(run.clusters.filter(name__in=["ash", "elm"]))
    edits.merge(run, alice, clusters=both, name="Ash", client_id=uuid4())
    move(run, alice, "o1.de", "Ash")
    move(run, alice, "f3.de", None)
    made = ids(run, "o2.de", "f2.de")
    edits.new_cluster(run, alice, domain_ids=made, name="Oak", client_id=uuid4())
    edits.ignore(run, alice, domain_ids=ids(run, "o3.de"), client_id=uuid4())
    marks.lock(run.clusters.get(name="fir"), alice, client_id=uuid4())
    marks.note_on_cluster(run.clusters.get(name="fir"), alice, text="new mark", client_id=uuid4())
    (domain_id,) = ids(run, "o4.de")
    marks.note_on_domain(run, alice, domain_id=domain_id, text="ask them", client_id=uuid4())
    rules.same(run, alice, domain_ids=ids(run, "a1.de", "o1.de"), client_id=uuid4())
    rules.different(run, alice, domain_ids=ids(run, "a1.de", "f1.de"), client_id=uuid4())
    return run


def exported(run: Run) -> bytes:
    return b"".join(curation_json(run))


def apply(run: Run, user: User, content: bytes) -> file_plan.Plan:
    seen = undo.state(run, user).version
    file = curation_file.read(content)
    return file_import.apply(run, user, file, seen=seen, client_id=uuid4())


def test_every_kind_of_decision_is_exported(run: Run) -> None:
    found: dict[str, Any] = json.loads(exported(run))

    names = {one["id"]: one["name"] for one in found["clusters"]}
    assert found["schema"] == "logo-curation/1"
    (merge,) = found["merges"]
    assert (names[merge["into"]], [names[key] for key in merge["clusters"]]) == ("Ash", ["elm"])
    assert [(names[s["cluster"]], s["domains"]) for s in found["splits"]] == [
        ("Oak", ["f2.de", "o2.de"])
    ]
    assert [(names[s["cluster"]], s["domains"]) for s in found["labels"]] == [("Ash", ["o1.de"])]
    assert (found["removals"], found["ignored"]) == (["f3.de"], ["o3.de"])
    assert {one["name"] for one in found["names"]} == {"Ash", "Oak"}
    assert [names[key] for key in found["locks"]] == ["fir"]
    assert [one["text"] for one in found["notes"]] == ["new mark", "ask them"]
    assert {one["kind"]: one["domains"] for one in found["rules"]} == {
        "different": ["a1.de", "f1.de"],
        "same": ["a1.de", "o1.de"],
    }
    assert exported(run) == exported(Run.objects.get(pk=run.pk))


def test_a_file_makes_another_data_set_the_same(run: Run) -> None:
    bob = make_user("bob")
    other = make_run(make_dataset(bob), GROUPS)

    done = apply(other, bob, exported(run))

    assert done.problems == []
    for names in GROUPS.values():
        for name in names:
            assert place(other, name) == place(run, name)
    assert other.clusters.get(name="fir").is_locked
    assert document(other).model_dump(exclude={"clusters"}).keys()
    again = file_plan.plan(other, curation_file.read(exported(run)))
    assert (again.steps, again.problems) == ([], [])
    assert not counts.differences(other.dataset)
    for _ in done.steps:
        undo.undo_last(other, bob, client_id=uuid4())
    assert place(other, "o1.de") is None
    assert not other.pair_rules.exists()


def test_the_full_export_makes_another_data_set_the_same(run: Run) -> None:
    bob = make_user("bob")
    other = make_run(make_dataset(bob), GROUPS)
    for one in (run, other):
        one.dataset.other_columns = ["firm", "domain"]
        one.dataset.save()
        one.dataset.domains.filter(name="a1.de").update(other_cells=["Ash", "x.de"])
    assert clusters_of(other) != clusters_of(run)

    done = apply(other, bob, b"".join(export_rows.full_json(run)))

    assert done.problems == []
    assert clusters_of(other) == clusters_of(run)
    again = b"".join(export_rows.full_json(other))
    assert columns_of(again) == columns_of(b"".join(export_rows.full_json(run)))
    assert columns_of(again)["a1.de"] == {"firm": "Ash", "domain": "x.de"}
    assert json.loads(again)["curation"]["rules"] == json.loads(exported(run))["rules"]
    undo_all(other, bob)
    apply(other, bob, again)
    assert clusters_of(other) == clusters_of(run)


def columns_of(document: bytes) -> dict[str, dict[str, str]]:
    return {item["domain"]: item["columns"] for item in json.loads(document)["items"]}


def clusters_of(run: Run) -> bytes:
    return b"".join(export_rows.clusters_json(run))


def undo_all(run: Run, user: User) -> None:
    while undo.undo_last(run, user, client_id=uuid4()):
        pass


def test_a_second_import_into_the_same_run_changes_nothing(run: Run, alice: User) -> None:
    before, n_before = exported(run), run.corrections.count()

    done = apply(run, alice, before)

    assert (done.steps, done.problems) == ([], [])
    assert done.n_held > 5
    assert (exported(run), run.corrections.count()) == (before, n_before)


def test_what_is_not_possible_is_told_with_the_reason(run: Run, alice: User) -> None:
    smaller = make_run(make_dataset(alice), {"ash": ["a1.de", "a2.de"], "-": ["o1.de", "new.de"]})

    found = file_plan.plan(smaller, curation_file.read(exported(run)))

    told = {one.what: one.reason for one in found.problems}
    assert "no cluster of this run" in told["merge into Ash: elm"]
    assert "no logo of f2.de, o2.de" in told["move to Oak"]
    assert "no logo of f1.de" in told["rule different"]
    assert "lock fir" in told


def test_what_was_decided_about_a_cluster_made_by_hand_is_imported(alice: User) -> None:
    run, other = (make_run(make_dataset(alice, name), GROUPS) for name in ("One", "Two"))
    made = ids(run, "o1.de", "f1.de")
    edits.new_cluster(run, alice, domain_ids=made, name="Oak", client_id=uuid4())
    oak = run.clusters.get(name="Oak")
    marks.note_on_cluster(oak, alice, text="by hand", client_id=uuid4())
    merged = [oak, run.clusters.get(name="ash")]
    edits.merge(run, alice, clusters=merged, target=oak, client_id=uuid4())
    marks.lock(oak, alice, client_id=uuid4())

    done = apply(other, alice, exported(run))

    assert done.problems == []
    assert partition(other) == {
        "-": ["o2.de", "o3.de", "o4.de"],
        f"{oak.uid} Oak": [*GROUPS["ash"], "f1.de", "o1.de"],
        **{
            f"{other.clusters.get(name=name).uid} {name}": [
                one for one in GROUPS[name] if one != "f1.de"
            ]
            for name in ("elm", "fir")
        },
    }
    assert other.clusters.get(uid=oak.uid).is_locked
    assert other.notes.get().cluster_uid == oak.uid
    again = file_plan.plan(other, curation_file.read(exported(run)))
    assert (again.steps, again.problems) == ([], [])


def test_a_cluster_that_was_locked_and_then_merged_is_imported(alice: User) -> None:
    run, other = (make_run(make_dataset(alice, name), GROUPS) for name in ("One", "Two"))
    elm = run.clusters.get(name="elm")
    marks.lock(elm, alice, client_id=uuid4())
    both = list(run.clusters.filter(name__in=["ash", "elm"]))
    edits.merge(run, alice, clusters=both, client_id=uuid4())

    apply(other, alice, exported(run))

    parts = other.clusters.filter(is_locked=True, merged_into__name="ash")
    assert [one.name for one in parts] == ["elm"]


def test_parts_of_other_clusters_are_told_and_moves_go_to_the_whole(alice: User) -> None:
    run = make_run(make_dataset(alice), GROUPS)
    uid = {one.name: str(one.uid) for one in run.clusters.all()}
    both = list(run.clusters.filter(name__in=["ash", "elm"]))
    edits.merge(run, alice, clusters=both, client_id=uuid4())
    content = {
        "schema": curation_file.SCHEMA,
        "merges": [{"into": uid["fir"], "clusters": [uid["elm"]]}],
        "labels": [{"cluster": uid["elm"], "domains": ["o1.de"]}],
        "locks": [uid["elm"]],
    }

    found = apply(run, alice, json.dumps(content).encode())

    assert [one.what for one in found.problems] == ["lock elm", f"merge into {uid['fir']}: elm"]
    assert place(run, "o1.de") == "ash"


def test_a_decision_after_the_preview_refuses_the_import(run: Run, alice: User) -> None:
    file = curation_file.read(exported(run))
    seen = undo.state(run, alice).version
    move(run, alice, "o4.de", "fir")

    with pytest.raises(Conflict, match="since the preview"):
        file_import.apply(run, alice, file, seen=seen, client_id=uuid4())


def test_an_impossible_decision_leaves_the_run_as_it_was(run: Run, alice: User) -> None:
    fir = str(run.clusters.get(name="fir").uid)
    content = {
        "schema": "logo-curation/1",
        "ignored": ["o4.de"],
        "names": [{"cluster": fir, "name": "\u200b"}],
    }

    with pytest.raises(InputError, match="1 to 120"):
        apply(run, alice, json.dumps(content).encode())

    assert not run.assignments.get(domain__name="o4.de").is_ignored


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'{"schema": "logo-clusters/1"}',
        b'{"schema": "logo-curation/1", "labels": [{"cluster": 7, "domains": []}]}',
        b'{"schema": "logo-curation/1", "rules": [{"kind": "other", "domains": ["a", "b"]}]}',
        b'{"schema": "logo-curation/1", "rules": [{"kind": "same", "domains": ["a"]}]}',
        b'{"schema": "logo-curation/1", "ignored": ["\\ud800"]}',
        b"[" * 100_000,
        b" " * (curation_file.MAX_BYTES + 1),
        b'{"schema": "logo-clusters/1", "curation": {}}',
        b'{"schema": "logo-clusters/1"' + b" " * curation_file.MAX_FULL_BYTES,
    ],
)
def test_other_documents_are_refused(content: bytes) -> None:
    with pytest.raises(InputError):
        curation_file.read(content)


def test_strange_values_lead_to_problems_not_to_errors(run: Run) -> None:
    content = {
        "schema": "logo-curation/1",
        "unknown": 1,
        "clusters": [{"id": "x", "members": ["\x00", "a1.de"]}],
        "merges": [{"into": "x", "clusters": ["x", "\x00"]}, {"into": "none", "clusters": []}],
        "labels": [{"cluster": "none", "domains": ["\x00"]}],
        "notes": [{"text": "about nothing"}],
        "rules": [{"kind": "same", "domains": ["a1.de", "a1.de"]}],
        "locks": ["\x00"],
    }

    found = file_plan.plan(run, curation_file.read(json.dumps(content).encode()))

    assert found.steps == []
    assert found.problems
