"""Any corrections of any partition hold in every later run."""

from collections.abc import Sequence
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clustering.models import Assignment, Cluster, Dataset, Domain, Run, User
from clustering.selectors import export_rows
from clustering.services import counts
from clustering.services.curation import edits, undo
from clustering.services.runs import carry_over
from tests.factories import make_dataset, make_logo, make_run

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

N_DOMAINS = 16
LABELS = st.lists(st.integers(-1, 4), min_size=N_DOMAINS, max_size=N_DOMAINS)
ADDED = st.lists(st.integers(-1, 4), max_size=4)
POINTS = st.integers(0, N_DOMAINS - 1)
EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("merge"), POINTS, POINTS),
        st.tuples(st.just("move"), POINTS, POINTS),
        st.tuples(st.just("out"), POINTS, POINTS),
        st.tuples(st.just("new"), POINTS, POINTS),
        st.tuples(st.just("rename"), POINTS, POINTS),
    ),
    max_size=8,
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
        for label in sorted({*labels} - {-1})
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
    """Apply an edit to the clusters of two domains; False where it does not apply."""
    rows = list(run.assignments.order_by("domain__name"))
    ids = [rows[one].domain_id]
    held = [
        run.clusters.filter(pk=rows[n].corrected_cluster_id or 0).first() for n in (one, other)
    ]
    match verb:
        case "out":
            edits.assign(run, user, domain_ids=ids, cluster=None, client_id=uuid4())
        case "new":
            ids.append(rows[other].domain_id)
            edits.new_cluster(run, user, domain_ids=ids, name="Made", client_id=uuid4())
        case "move" if held[1]:
            edits.assign(run, user, domain_ids=ids, cluster=held[1], client_id=uuid4())
        case "rename" if held[0]:
            edits.rename(held[0], user, name=f"Name {other}", client_id=uuid4())
        case "merge" if held[0] and held[1] and held[0] != held[1]:
            edits.merge(run, user, clusters=[h for h in held if h], client_id=uuid4())
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


@given(labels=LABELS, others=LABELS, added=ADDED, decisions=EDITS)
def test_other_groups_and_added_domains_leave_every_decided_logo_where_it_was_put(
    alice: User,
    labels: list[int],
    others: list[int],
    added: list[int],
    decisions: list[tuple[str, int, int]],
) -> None:
    run = first_run(alice, labels)
    for decision in decisions:
        edit(run, alice, *decision)
    human = dict(run.clusters.filter(name_source="human").values_list("uid", "name"))

    add(run.dataset, len(added))
    later = next_run(run.dataset, [*others, *added])

    decided = run.assignments.reviewed().values_list("domain", "human_cluster__uid")
    kept = later.assignments.reviewed().values_list("domain", "human_cluster__uid")
    assert dict(decided) == dict(kept)
    for uid, name in later.clusters.filter(uid__in=human).values_list("uid", "name"):
        assert name == human[uid]
    carried = later.carried
    assert carried.get("n_decisions") == carried.get("n_decisions_kept")
    merged = {row.bound_cluster_id for row in run.assignments.all() if not row.reviewed_at}
    for cluster in run.clusters.filter(pk__in=[pk for pk in merged if pk]):
        again = later.clusters.filter(uid=cluster.uid).first()
        rows = run.assignments.filter(reviewed_at=None, corrected_cluster_id=cluster.pk)
        parts: dict[int | None, list[int]] = {}
        for domain_id, part in rows.values_list("domain", "cluster"):
            parts.setdefault(part, []).append(domain_id)
        for members in parts.values():
            found = list(later.assignments.filter(domain__in=members, reviewed_at=None))
            groups = {row.cluster_id for row in found if row.cluster_id}
            largest = max((sum(r.cluster_id == g for r in found) for g in groups), default=0)
            assert again or not largest
            held = sum(bool(again) and r.corrected_cluster_id == again.pk for r in found if again)
            assert held >= largest


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
