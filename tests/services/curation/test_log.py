"""The stored form of corrections: versioned, and readable as it was written before versions."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from clustering.models import Correction, Run, User
from clustering.services.curation import edits, undo
from clustering.services.curation.log import decode
from clustering.services.curation.merges import ClusterName, Rename
from clustering.services.curation.payloads import UnknownPayload
from clustering.services.curation.reviews import Move, Review
from tests.factories import make_dataset, make_run
from tests.services.decisions import GROUPS, ids, move, place

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
OLD_MOVE = {
    "before": {"7": [None, None, None], "8": ["u1", "2026-11-28T12:00:00+00:00", 3]},
    "after": "u2",
    "at": "2026-11-28T12:00:00+00:00",
    "by": 4,
    "name": "acme",
}
OLD_RENAME = {
    "cluster": "u1",
    "before": {"name": "acme", "name_source": "auto"},
    "after": {"name": "Acme", "name_source": "human"},
}


@pytest.fixture
def run(alice: User) -> Run:
    return make_run(make_dataset(alice), GROUPS)


def test_a_move_without_a_version_decodes_as_version_1_and_encodes_the_same() -> None:
    decoded = Move.decode(OLD_MOVE)

    before = {7: Review(None, None, None), 8: Review("u1", AT, 3)}
    assert decoded == Move(before, Review("u2", AT, 4), "acme")
    assert decoded.encode() == OLD_MOVE


def test_a_rename_without_a_version_decodes_as_version_1_and_encodes_the_same() -> None:
    decoded = Rename.decode(OLD_RENAME)

    assert decoded == Rename("u1", ClusterName("acme", "auto"), ClusterName("Acme", "human"))
    assert decoded.encode() == OLD_RENAME


def test_a_payload_of_an_unknown_version_is_refused() -> None:
    with pytest.raises(UnknownPayload, match="version 2"):
        Move.decode(OLD_MOVE | {"version": 2})


@pytest.mark.django_db
def test_a_stored_correction_has_its_version(run: Run, alice: User) -> None:
    correction = move(run, alice, "x.de", "acme")

    correction.refresh_from_db()
    assert correction.payload["version"] == 1
    change = decode(correction)
    assert isinstance(change, Move)
    assert list(change.before) == ids(run, "x.de")


@pytest.mark.django_db
def test_old_rows_are_undone_exactly(run: Run, alice: User) -> None:
    rows = run.assignments.order_by("pk").values()
    at_first = list(rows.all())
    move(run, alice, "x.de", "acme")
    after_one = list(rows.all())
    move(run, alice, "x.de", "bolt")
    cluster = run.clusters.get(name="acme")
    edits.rename(cluster, alice, name="Acme", client_id=uuid4())
    for correction in Correction.objects.all():  # as written before payloads had a version
        del correction.payload["version"]
        correction.save(update_fields=["payload"])

    undo.undo_last(run, alice, client_id=uuid4())
    cluster.refresh_from_db()
    assert (cluster.name, cluster.name_source) == ("acme", "auto")
    undo.undo_last(run, alice, client_id=uuid4())
    assert list(rows.all()) == after_one
    undo.undo_last(run, alice, client_id=uuid4())
    assert list(rows.all()) == at_first
    undo.redo_last(run, alice, client_id=uuid4())
    assert place(run, "x.de") == "acme"
