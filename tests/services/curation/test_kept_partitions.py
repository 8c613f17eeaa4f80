"""Any corrections of any partition hold in every later run."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustering.models import Assignment, Cluster, Dataset, Domain, PairRule, Run, User
from clustering.pipeline.errors import InputError
from clustering.selectors import export_rows
from clustering.services import counts
from clustering.services.curation import edits, marks, rules, undo
from clustering.services.runs import carry_over
from tests.factories import make_dataset, make_logo, make_run

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

N_DOMAINS = 16
LABELS = st.lists(st.integers(-1, 4), min_size=N_DOMAINS, max_size=N_DOMAINS)
OTHERS = st.lists(st.integers(-2, 4), min_size=N_DOMAINS, max_size=N_DOMAINS)
"""Labels of a later run; -2: the domain has no logo in it."""
ADDED = st.lists(st.integers(-1, 4), max_size=4)
POINTS = st.integers(0, N_DOMAINS - 1)
VERBS = (
    "merge",
    "move",
    "out",
    "new",
    "rename",
    "split back",
    "ignore",
    "restore",
    "lock",
    "note",
)
RULES = ("same", "different")
EDITS = st.lists(st.tuples(st.sampled_from(VERBS), POINTS, POINTS), max_size=8)
EDITS_AND_RULES = st.lists(
    st.tuples(st.sampled_from((*VERBS, *RULES)), POINTS, POINTS), max_size=12
)


def first_run(user: User, labels: Sequence[int]) -> Run:
    dataset = make_dataset(user)
    Domain.objects.bulk_create(
        Domain(dataset=dataset, name=f"d{one:02}.de", as_given="", row_numbers=[], status="found")
        for one in range(N_DOMAINS)
    )
    counts.recount_domains(dataset)
    return next_run(dataset, labels)


def add(dataset: Dataset, n_domains: int) -> None:
    """Add domains that come after all others by name."""
    Domain.objects.bulk_create(
        Domain(dataset=dataset, name=f"e{one:02}.de", as_given="", row_numbers=[], status="found")
        for one in range(n_domains)
    )
    counts.recount_domains(dataset)


def next_run(dataset: Dataset, labels: Sequence[int]) -> Run:
    run = make_run(dataset, {})
    logo = make_logo("one")
    clusters = {
        label: Cluster(run=run, number=label, name=f"auto {label}", medoid=logo)
        for label in sorted({*labels} - {-1, -2})
    }
    Cluster.objects.bulk_create(clusters.values())
    domains = dataset.domains.order_by("name")
    Assignment.objects.bulk_create(
        Assignment(
            run=run,
            domain=domain,
            logo=logo,
            cluster=clusters.get(label),
            probability=1.0,
            outlier_score=0.0,
        )
        for domain, label in zip(domains, labels, strict=True)
        if label != -2
    )
    carry_over.carry_over(run)
    counts.recount(run)
    return run


def placed(run: Run) -> list[tuple[str, str] | None]:
    """Return uid and name of the corrected cluster of each domain."""
    known = {one.pk: (str(one.uid), one.name) for one in run.clusters.all()}
    rows = run.assignments.order_by("domain__name")
    return [known.get(pk or 0) for pk in rows.values_list("corrected_cluster_id", flat=True)]


def edit(run: Run, user: User, verb: str, one: int, other: int) -> bool:
    """Decide about two domains or their clusters; False where it does not apply."""
    try:
        return _edit(run, user, verb, one, other)
    except InputError:
        return False


def _edit(run: Run, user: User, verb: str, one: int, other: int) -> bool:
    rows = list(run.assignments.order_by("domain__name"))
    held = [
        run.clusters.filter(pk=rows[n].corrected_cluster_id or 0).first() for n in (one, other)
    ]
    both = [rows[one].domain_id, rows[other].domain_id]
    new: dict[str, Any] = {"client_id": uuid4()}
    match verb:
        case "out":
            edits.assign(run, user, domain_ids=both[:1], cluster=None, **new)
        case "new":
            edits.new_cluster(run, user, domain_ids=both, name="Made", **new)
        case "ignore" | "restore":
            getattr(edits, verb)(run, user, domain_ids=both, **new)
        case "same" | "different":
            getattr(rules, verb)(run, user, domain_ids=both, **new)
        case "move" if held[1]:
            edits.assign(run, user, domain_ids=both[:1], cluster=held[1], **new)
        case _ if held[0]:
            return _edit_cluster(run, user, verb, held[0], held[1], f"{verb} {other}")
        case _:
            return False
    return True


def _edit_cluster(
    run: Run, user: User, verb: str, cluster: Cluster, other: Cluster | None, text: str
) -> bool:
    new: dict[str, Any] = {"client_id": uuid4()}
    match verb:
        case "rename":
            edits.rename(cluster, user, name=text, **new)
        case "split back":
            edits.split_back(cluster, user, **new)
        case "lock":
            marks.lock(cluster, user, is_locked=not cluster.is_locked, **new)
        case "note":
            marks.note_on_cluster(cluster, user, text=text, **new)
        case "merge" if other and other != cluster:
            edits.merge(run, user, clusters=[cluster, other], **new)
        case _:
            return False
    return True


@given(labels=LABELS, decisions=EDITS)
def test_the_same_groups_again_give_the_same_corrected_partition(
    alice: User, labels: list[int], decisions: list[tuple[str, int, int]]
) -> None:
    run = first_run(alice, labels)
    for decision in decisions:
        edit(run, alice, *decision)

    second = next_run(run.dataset, labels)
    third = next_run(run.dataset, labels)

    assert placed(run) == placed(second) == placed(third)
    assert second.carried.get("n_decisions") == second.carried.get("n_decisions_kept")
    assert second.carried.get("n_merges") == second.carried.get("n_merges_kept")


@given(labels=LABELS, others=OTHERS, added=ADDED, decisions=EDITS_AND_RULES)
def test_other_groups_and_added_domains_leave_every_decided_logo_where_it_was_put(
    alice: User,
    labels: list[int],
    others: list[int],
    added: list[int],
    decisions: list[tuple[str, int, int]],
) -> None:
    run = first_run(alice, labels)
    verbs = {one[0] for one in decisions if edit(run, alice, *one)}
    human = dict(run.clusters.filter(name_source="human").values_list("uid", "name"))
    before = homes(run)

    add(run.dataset, len(added))
    later = next_run(run.dataset, [*others, *added])

    now = homes(later)
    decided = set(run.assignments.reviewed().values_list("domain__name", flat=True))
    assert {name: now[name] for name in decided & {*now}} == {
        name: before[name] for name in decided & {*now}
    }
    names = later.clusters.filter(uid__in=human).values_list("uid", "name")
    assert all(human[uid] == name for uid, name in names)
    assert not counts.differences(run.dataset)
    told = {one["domain"] for one in later.carried.get("not_kept", [])}
    assert decided - {*now} == {name for name in told if name in before}
    n_kept = len(decided & {*now})
    assert (later.carried.get("n_decisions", 0), later.carried.get("n_decisions_kept", 0)) == (
        len(decided),
        n_kept,
    )
    parts = merged_parts(run)
    left = [(uid, names & {*now}) for uid, names in parts]
    n_together = sum(2 * sum(now[name] == uid for name in some) > len(some) for uid, some in left)
    assert (later.carried.get("n_merges", 0), later.carried.get("n_merges_kept", 0)) == (
        len(parts),
        n_together,
    )
    if not verbs.intersection(RULES):
        assert n_together == sum(bool(some) for _, some in left)
    assert later.carried.get("n_rules", 0) == run.pair_rules.count()
    assert later.carried.get("n_rules_kept", 0) == sum(
        holds(rule, later, now) for rule in later.pair_rules.select_related("first", "second")
    )


def homes(run: Run) -> dict[str, str]:
    """Return uid of the corrected cluster by domain; empty for an outlier."""
    names = run.assignments.order_by("domain__name").values_list("domain__name", flat=True)
    return {name: one[0] if one else "" for name, one in zip(names, placed(run), strict=True)}


def merged_parts(run: Run) -> list[tuple[str, set[str]]]:
    """Return the undecided domains of each machine's group in another cluster, with its uid."""
    found: dict[tuple[int, str], set[str]] = {}
    rows = run.assignments.filter(
        reviewed_at=None, bound_cluster__isnull=False, cluster__isnull=False
    )
    for row in rows.select_related("domain", "bound_cluster"):
        assert row.bound_cluster is not None
        key = (row.cluster_id or 0, str(row.bound_cluster.uid))
        found.setdefault(key, set()).add(row.domain.name)
    return [(uid, names) for (_, uid), names in found.items()]


def holds(rule: PairRule, run: Run, held: dict[str, str]) -> bool:
    names = (rule.first.name, rule.second.name)
    if run.assignments.filter(domain__name__in=names, is_ignored=False).count() < 2:
        return False
    are_together = held[names[0]] == held[names[1]] != ""
    return are_together == (rule.kind == PairRule.Kind.SAME)


@given(labels=LABELS, decisions=EDITS)
def test_undoing_everything_gives_a_byte_identical_export(
    alice: User, labels: list[int], decisions: list[tuple[str, int, int]]
) -> None:
    run = first_run(alice, labels)
    states = [b"".join(export_rows.full_json(run))]
    for decision in decisions:
        if edit(run, alice, *decision):
            states.append(b"".join(export_rows.full_json(run)))

    for before in states[-2::-1]:
        undo.undo_last(run, alice, client_id=uuid4())
        assert b"".join(export_rows.full_json(run)) == before
    for after in states[1:]:
        undo.redo_last(run, alice, client_id=uuid4())
        assert b"".join(export_rows.full_json(run)) == after
    assert not counts.differences(run.dataset)
