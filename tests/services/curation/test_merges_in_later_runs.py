"""Merges in later runs: most of each part is kept, and merges that are not kept are reported."""

from uuid import uuid4

import pytest
from django.test import Client

from clustering.models import Run, User
from clustering.services import counts
from clustering.services.curation import edits, undo
from tests.factories import make_dataset, make_run
from tests.services.decisions import FOURS, ids, merge, move, partition, place, rerun

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def run(alice: User) -> Run:
    return make_run(make_dataset(alice), FOURS | {"-": ["x.de"]})


@pytest.mark.parametrize("sizes", [(4, 4, 4, 4), (20, 1), (1, 20)])
@pytest.mark.parametrize("is_by_moves", [False, True])
def test_the_same_run_again_keeps_a_corrected_cluster(
    alice: User, sizes: tuple[int, ...], *, is_by_moves: bool
) -> None:
    groups = {
        f"g{number}": [f"g{number}-{one}.de" for one in range(size)]
        for number, size in enumerate(sizes)
    }
    first = make_run(make_dataset(alice), groups)
    others = list(groups)[1:]
    if is_by_moves:
        moved = ids(first, *(name for group in others for name in groups[group]))
        target = first.clusters.get(name="g0")
        edits.assign(first, alice, domain_ids=moved, cluster=target, client_id=uuid4())
        edits.rename(target, alice, name="Whole", client_id=uuid4())
    else:
        merge(first, alice, *others, into="g0", name="Whole")

    second = rerun(first, groups)
    third = rerun(second, groups)

    assert len(partition(first)) == 1
    assert partition(first) == partition(second) == partition(third)
    if not is_by_moves:
        assert third.carried["n_merges"] == third.carried["n_merges_kept"] == len(others)


def test_a_merge_that_was_carried_over_can_be_undone(run: Run, alice: User) -> None:
    uids = set(run.clusters.values_list("uid", flat=True))
    merge(run, alice, "a", "b", "c", into="a", name="Abc")

    later = rerun(run, FOURS | {"-": ["x.de"]})
    undo.undo_last(later, alice, client_id=uuid4())

    assert len(partition(later)) == 5
    assert place(later, "b0.de") == "b"
    assert place(later, "a0.de") == "a"
    assert set(later.clusters.values_list("uid", flat=True)) == uids
    assert not counts.differences(run.dataset)
    assert place(run, "b0.de") == "Abc"
    undo.redo_last(later, alice, client_id=uuid4())
    assert place(later, "b0.de") == "Abc"


def test_new_domains_of_a_merged_part_join_the_merged_cluster(run: Run, alice: User) -> None:
    merge(run, alice, "a", "b", into="b", name="Ab")

    later = rerun(run, FOURS | {"a": [*FOURS["a"], "a9.de"]})

    assert place(later, "a9.de") == "Ab"


def test_the_majority_of_each_part_stays_together_with_other_parameters(
    run: Run, alice: User
) -> None:
    merge(run, alice, "a", "b", into="b", name="Ab")
    uid = run.clusters.get(name="Ab").uid

    later = rerun(
        run,
        {
            "p": ["a0.de", "a1.de", "a2.de", *FOURS["c"]],  # most of a, in a larger group
            "q": ["a3.de"],
            "r": ["b0.de", "b1.de", "b2.de"],
            "s": ["b3.de", *FOURS["d"]],
        },
    )

    held = [place(later, f"{name}.de") for name in ("a0", "a1", "a2", "b0", "b1", "b2")]
    assert held == ["Ab"] * 6
    assert later.clusters.get(uid=uid).name == "Ab"
    assert place(later, "a3.de") == "q"
    assert place(later, "b3.de") == place(later, "d0.de") == "s"
    assert place(later, "c0.de") == "p"
    assert later.carried["n_merges_kept"] == 1


@pytest.mark.parametrize(
    "groups",
    [
        {"-": FOURS["a"]},
        {"p": ["a0.de", "a1.de"], "q": ["a2.de", "a3.de"]},
        {"p": ["a0.de", "a1.de", *FOURS["c"]], "-": ["a2.de", "a3.de"]},
        {f"p{n}": [f"a{n}.de", f"c{n}.de", f"d{n}.de"] for n in range(4)},
    ],
)
def test_the_majority_of_a_part_that_the_machine_no_longer_forms_stays(
    run: Run, alice: User, groups: dict[str, list[str]]
) -> None:
    merge(run, alice, "a", "b", into="b", name="Ab")
    uids = {one.name: one.uid for one in run.clusters.filter(name__in=["a", "Ab"])}

    later = rerun(run, {"b": FOURS["b"]} | groups)
    again = rerun(later, FOURS)

    held = [row.domain.name for row in later.assignments.members_of(later.clusters.get(name="Ab"))]
    assert sum(name in held for name in FOURS["a"]) > 2
    assert {*FOURS["b"]} <= {*held} <= {*FOURS["a"], *FOURS["b"]}
    assert later.clusters.get(name="Ab").uid == again.clusters.get(name="Ab").uid == uids["Ab"]
    assert later.carried["n_merges_kept"] == later.carried["n_merges"] == 1
    assert {place(again, name) for name in (*FOURS["a"], *FOURS["b"])} == {"Ab"}
    assert later.clusters.get(uid=uids["a"]).merged_into == later.clusters.get(name="Ab")
    part = again.clusters.get(uid=uids["a"])
    assert part.merged_into == again.clusters.get(name="Ab")
    assert part.size == 4 or later.clusters.get(uid=uids["a"]).size == 2  # one of two halves
    assert not counts.differences(run.dataset)
    undo.undo_last(later, alice, client_id=uuid4())
    assert not later.assignments.filter(bound_cluster__isnull=False)


def test_an_undone_merge_leaves_no_fragment_of_its_target_behind(run: Run, alice: User) -> None:
    merge(run, alice, "a", "b", into="b", name="Ab")
    groups = {"a": FOURS["a"], "p": [*FOURS["b"][:3], *FOURS["c"], *FOURS["d"]], "-": ["b3.de"]}
    later = rerun(run, groups)
    assert place(later, "b0.de") == "Ab"

    undo.undo_last(later, alice, client_id=uuid4())

    assert place(later, "a0.de") == "a"
    assert place(later, "b0.de") == place(later, "c0.de") == "p"
    assert not counts.differences(run.dataset)


def test_a_merge_by_the_clusterer_keeps_uid_and_name(run: Run, alice: User) -> None:
    merge(run, alice, "a", "b", "c", into="b", name="Abc")
    uid = run.clusters.get(name="Abc").uid

    later = rerun(run, {"all": [*FOURS["a"], *FOURS["b"], *FOURS["c"]], "d": FOURS["d"]})

    assert later.clusters.get(name="Abc").uid == uid
    assert place(later, "a0.de") == place(later, "c3.de") == "Abc"


def test_an_absent_domain_follows_a_later_merge(run: Run, alice: User) -> None:
    move(run, alice, "x.de", "a")
    second = rerun(run, FOURS)
    merge(second, alice, "a", "b", into="b", name="Ab")

    third = rerun(second, FOURS | {"-": ["x.de"]})

    assert place(third, "x.de") == "Ab"


def test_an_absent_domain_follows_a_later_merge_and_its_split(run: Run, alice: User) -> None:
    move(run, alice, "x.de", "a")
    absent = rerun(run, FOURS)
    merge(absent, alice, "a", "b", into="b")
    edits.split_back(absent.clusters.get(name="b"), alice, client_id=uuid4())

    later = rerun(absent, FOURS | {"-": ["x.de"]})

    assert place(later, "x.de") == "a"


@pytest.mark.parametrize("is_undone", [True, False])
def test_a_cluster_made_by_hand_comes_back_from_a_merge_in_a_later_run(
    run: Run, alice: User, *, is_undone: bool
) -> None:
    edits.new_cluster(run, alice, name="Mine", domain_ids=ids(run, "x.de"), client_id=uuid4())
    merge(run, alice, "a", "Mine", into="a")
    later = rerun(rerun(run, FOURS | {"-": ["x.de"]}), FOURS | {"-": ["x.de"]})
    assert place(later, "x.de") == "a"

    if is_undone:
        undo.undo_last(later, alice, client_id=uuid4())
    else:
        edits.split_back(later.clusters.get(name="a"), alice, client_id=uuid4())

    assert place(later, "x.de") == "Mine"
    assert place(later, "a0.de") == "a"
    assert not counts.differences(later.dataset)


def test_the_page_of_runs_says_how_many_decisions_and_merges_were_kept(
    run: Run, alice: User, client: Client
) -> None:
    move(run, alice, "x.de", "a")
    move(run, alice, "d3.de", None)
    merge(run, alice, "a", "b", "c", into="c")
    rerun(run, FOURS | {"-": ["x.de"]})
    client.force_login(alice)

    page = client.get(f"/d/{run.dataset.slug}/runs/").content.decode()

    assert "2 of 2 decisions kept, 2 of 2 merges" in " ".join(page.split())
    assert "Not kept" not in page


def test_the_page_of_runs_says_why_a_decision_was_not_kept(
    run: Run, alice: User, client: Client
) -> None:
    move(run, alice, "x.de", "a")
    rerun(run, FOURS)
    client.force_login(alice)

    page = client.get(f"/d/{run.dataset.slug}/runs/").content.decode()

    assert "0 of 1 decision kept" in " ".join(page.split())
    assert "x.de: it has no logo in this run" in page
