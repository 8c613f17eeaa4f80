"""Equal logos and seeds give equal labels and maps in every process."""

import random
from pathlib import Path

import pytest

from clustering.models import Run, User
from clustering.selectors import export_rows
from clustering.services.runs import request
from tests.pictures import as_png, drawn, write_zip
from tests.tasks.digesting import digest, digest_elsewhere, run_of
from tests.tasks.driving import work_off

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def logos() -> dict[str, bytes]:
    """Sixteen logos, twelve of them different: enough for the real projector."""
    shapes = {"ring": "#c02030", "bars": "#1040a0", "cross": "#108040", "stairs": "#e0a000"}
    return {
        f"{shape}.{country}.png": as_png(drawn(shape, colour, side=side))
        for shape, colour in shapes.items()
        for country, side in (("de", 120), ("fr", 120), ("it", 84), ("es", 180))
    }


def test_two_runs_and_another_database_agree_to_the_last_bit(alice: User, tmp_path: Path) -> None:
    """Where the tests run on PostgreSQL, the other database is SQLite."""
    path = write_zip(tmp_path / "logos.zip", logos())
    first = run_of(alice, path)
    again = request.request_again(first.dataset)
    work_off(first.dataset)

    assert again is not None
    again.refresh_from_db()
    assert first.metrics["n_clusters"] >= 3
    assert digest(again) == digest(first)
    assert digest_elsewhere(path) == digest(first)


def test_the_order_of_the_upload_decides_nothing(alice: User, tmp_path: Path) -> None:
    given = list(logos().items())
    shuffled = random.Random(3).sample(given, len(given))  # noqa: S311 # no secret hangs on it
    first = run_of(alice, write_zip(tmp_path / "logos.zip", dict(given)))
    second = run_of(alice, write_zip(tmp_path / "shuffled.zip", dict(shuffled)))

    assert _keys(second) != _keys(first)
    assert digest(second) == digest(first)
    assert export_rows.labels(second) == export_rows.labels(first)


def _keys(run: Run) -> list[str]:
    return list(run.dataset.domains.order_by("pk").values_list("name", flat=True))
