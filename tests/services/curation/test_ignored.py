"""Logos that a person ignored: out of everything that counts, and back where they were."""

import json
from uuid import uuid4

import pytest

from clustering.models import Correction, LabelSource, Run, User
from clustering.pipeline.errors import InputError
from clustering.selectors import export_rows, gallery, map_points
from clustering.services import counts
from clustering.services.curation import edits, undo
from clustering.services.curation.conflicts import Conflict, refuse_stale
from clustering.services.curation.log import decode
from clustering.services.curation.reviews import Move
from clustering.services.quality.items import quality_items
from clustering.services.runs import carry_over
from tests.factories import make_dataset, make_embedding, make_run
from tests.services.decisions import GROUPS, ids, move, place

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(alice: User) -> Run:
    return make_run(make_dataset(alice), GROUPS)


def _ignore(run: Run, user: User, *names: str) -> Correction:
    return edits.ignore(run, user, domain_ids=ids(run, *names), client_id=uuid4())


def _restore(run: Run, user: User, *names: str) -> Correction:
    return edits.restore(run, user, domain_ids=ids(run, *names), client_id=uuid4())


def _full(run: Run) -> bytes:
    return b"".join(export_rows.full_json(Run.objects.get(pk=run.pk)))


def test_ignored_logos_leave_outliers_clusters_and_counts(run: Run, alice: User) -> None:
    _ignore(run, alice, "x.de", "acme.de")

    run.refresh_from_db()
    found = gallery.counts(run, LabelSource.CORRECTED)
    assert (found.n_domains, found.n_outliers, found.n_ignored) == (4, 1, 2)
    assert [row.domain.name for row in run.assignments.outliers()] == ["y.de"]
    assert run.clusters.get(name="acme").n_members == 1
    assert counts.counted(run) == {name: getattr(run, name) for name in counts.counted(run)}


def test_a_cluster_whose_logos_are_all_ignored_is_no_longer_counted(run: Run, alice: User) -> None:
    _ignore(run, alice, "acme.de", "acme.fr")

    run.refresh_from_db()
    assert run.n_clusters == 1


LABELS = ("clusters", "items")  # of a full export, which lists the decisions too


def test_the_machine_labels_know_no_ignored_logos(run: Run, alice: User) -> None:
    machine = LabelSource.MACHINE
    before = json.loads(b"".join(export_rows.full_json(run, machine)))

    _ignore(run, alice, "x.de", "acme.de")

    after = json.loads(b"".join(export_rows.full_json(run, machine)))
    assert [after[name] for name in LABELS] == [before[name] for name in LABELS]


def test_exports_give_their_status_and_clusters_json_leaves_them_out(
    run: Run, alice: User
) -> None:
    _ignore(run, alice, "x.de")

    plain = b"".join(export_rows.clusters_json(run)).decode()
    table = b"".join(export_rows.domains_csv(run)).decode("utf-8-sig")
    assert "x.de" not in plain
    assert "y.de" in plain
    assert "x.de" not in export_rows.labels(run)
    assert [line.count("ignored") for line in table.splitlines() if "x.de" in line] == [1]
    assert b'"ignored"' in _full(run)


def test_ignored_logos_are_not_on_the_map(run: Run, alice: User) -> None:
    _ignore(run, alice, "x.de")

    assert len(map_points.point_columns(run, LabelSource.CORRECTED).logos) == 5
    assert map_points.matches(run, "x.de").n == 0


def test_ignored_logos_are_not_measured(run: Run, alice: User) -> None:
    for row in run.assignments.select_related("logo"):
        make_embedding(row.logo, [1.0, row.pk])
    _ignore(run, alice, "x.de")

    assert ["x.de"] not in quality_items(run).domains


@pytest.mark.parametrize("where", ["acme", "bolt", None])
def test_a_restored_logo_is_where_it_was(run: Run, alice: User, where: str | None) -> None:
    move(run, alice, "x.de", where)
    before = _full(run)

    _ignore(run, alice, "x.de")
    _restore(run, alice, "x.de")

    assert _full(run) == before
    assert place(run, "x.de") == where


def test_a_restored_logo_that_nobody_reviewed_follows_the_machine(run: Run, alice: User) -> None:
    _ignore(run, alice, "acme.de")
    _restore(run, alice, "acme.de")

    assert place(run, "acme.de") == "acme"
    assert run.assignments.reviewed().count() == 0


def test_a_logo_whose_cluster_was_merged_meanwhile_is_restored_into_the_merge(
    run: Run, alice: User
) -> None:
    move(run, alice, "x.de", "acme")
    _ignore(run, alice, "x.de")
    edits.merge(
        run,
        alice,
        clusters=list(run.clusters.all()),
        target=run.clusters.get(name="bolt"),
        client_id=uuid4(),
    )

    _restore(run, alice, "x.de")

    assert place(run, "x.de") == "bolt"


def test_a_logo_is_restored_into_the_part_that_was_split_back_meanwhile(
    run: Run, alice: User
) -> None:
    move(run, alice, "x.de", "acme")
    both = list(run.clusters.filter(name__in=["acme", "bolt"]))
    bolt = run.clusters.get(name="bolt")
    edits.merge(run, alice, clusters=both, target=bolt, client_id=uuid4())
    _ignore(run, alice, "x.de")
    edits.split_back(bolt, alice, client_id=uuid4())

    _restore(run, alice, "x.de")

    assert place(run, "x.de") == place(run, "acme.de") == "acme"


def test_undo_is_exact_after_ignoring_and_restoring(run: Run, alice: User) -> None:
    move(run, alice, "x.de", "bolt")
    states = [_full(run)]
    for verb in (_ignore, _restore, _ignore):
        verb(run, alice, "x.de", "acme.fr")
        states.append(_full(run))

    for state in reversed(states[:-1]):
        undo.undo_last(run, alice, client_id=uuid4())
        assert _full(run) == state
    for state in states[1:]:
        undo.redo_last(run, alice, client_id=uuid4())
        assert _full(run) == state
    run.refresh_from_db()
    assert counts.counted(run)["n_ignored"] == run.n_ignored == 2


def test_only_ignored_logos_are_restored(run: Run, alice: User) -> None:
    with pytest.raises(InputError, match="none of the selected logos is ignored"):
        _restore(run, alice, "x.de")


def test_a_logo_moved_to_a_cluster_is_ignored_no_longer(run: Run, alice: User) -> None:
    _ignore(run, alice, "x.de")
    move(run, alice, "x.de", "acme")

    run.refresh_from_db()
    assert place(run, "x.de") == "acme"
    assert run.n_ignored == 0


def test_a_page_drawn_before_learns_that_the_logo_was_ignored(run: Run, alice: User) -> None:
    seen = undo.state(run, alice).version
    _ignore(run, alice, "x.de")

    with pytest.raises(Conflict, match=r"x\.de was in the outliers, is ignored"):
        refuse_stale(run, seen=seen, about=ids(run, "x.de"), client_id=uuid4())


def test_later_runs_keep_ignored_logos(run: Run, alice: User) -> None:
    _ignore(run, alice, "x.de", "acme.de")

    later = make_run(run.dataset, {"all": ["acme.de", "acme.fr", "x.de", "y.de"]})
    carry_over.carry_over(later)

    kept = later.assignments.filter(is_ignored=True)
    assert sorted(row.domain.name for row in kept) == ["acme.de", "x.de"]
    assert later.carried["n_decisions_kept"] == later.carried["n_decisions"] == 2


def test_an_ignored_logo_that_was_absent_from_a_run_stays_ignored(run: Run, alice: User) -> None:
    _ignore(run, alice, "x.de")
    between = make_run(run.dataset, {"acme": ["acme.de", "acme.fr"]})
    carry_over.carry_over(between)

    later = make_run(run.dataset, {"acme": ["acme.de", "acme.fr", "x.de"]})
    carry_over.carry_over(later)

    assert later.assignments.get(domain__name="x.de").is_ignored
    _restore(later, alice, "x.de")
    assert place(later, "x.de") == "acme"


def test_payloads_without_ignored_logos_are_stored_as_before(run: Run, alice: User) -> None:
    moved = move(run, alice, "x.de", "acme").payload
    ignored = _ignore(run, alice, "x.de")

    assert "ignored" not in moved
    assert all(len(review) == 3 for review in moved["before"].values())
    change = decode(ignored)
    assert isinstance(change, Move)
    assert change.after.is_ignored
    assert undo.describe(ignored) == "ignoring of 1 logo"
