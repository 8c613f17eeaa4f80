"""Reads of long responses see one state of the database and leave no transaction open."""

from threading import Thread

import pytest
from django.db import connection

from clustering.models import Domain, Run
from clustering.selectors import export_rows
from clustering.selectors.streaming import chunks, snapshot
from tests.factories import make_dataset, make_run, make_user


@pytest.fixture
def run(transactional_db: None) -> Run:
    return make_run(make_dataset(make_user()), {"acme": ["a.de", "b.de", "c.de"]})


def rename_elsewhere() -> None:
    """Change a domain on another connection."""

    def rename() -> None:
        Domain.objects.filter(name="c.de").update(name="z.de")
        connection.close()

    thread = Thread(target=rename)
    thread.start()
    thread.join()


def names(run: Run) -> list[str]:
    return list(run.dataset.domains.order_by("name").values_list("name", flat=True))


def test_a_snapshot_hides_later_changes_and_blocks_no_writer(run: Run) -> None:
    with snapshot():
        before = names(run)
        rename_elsewhere()
        during = names(run)

    assert before == during == ["a.de", "b.de", "c.de"]
    assert names(run) == ["a.de", "b.de", "z.de"]


def test_an_export_that_is_broken_off_leaves_no_transaction_open(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_rows, "ROWS_PER_CHUNK", 1)
    for document in (export_rows.full_json, export_rows.clusters_json, export_rows.domains_csv):
        parts = document(run)
        next(parts)
        parts.close()

    rename_elsewhere()

    assert names(run) == ["a.de", "b.de", "z.de"]


def test_chunks_have_the_asked_size_and_the_last_is_shorter() -> None:
    assert list(chunks(range(5), 2)) == [[0, 1], [2, 3], [4]]
