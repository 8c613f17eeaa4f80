"""The benchmark of bulk mode, on few logos."""

from io import StringIO

import pytest
from django.core.management import call_command

pytestmark = pytest.mark.slow


def test_shards_agree_with_one_process_and_with_a_disturbed_run() -> None:
    out = StringIO()

    call_command("bench_bulk", n=[1_000], workers=1, kills=1, block=600, stdout=out)

    text = out.getvalue()
    assert "equal labels: True" in text
    assert "the same bytes" in text
    assert "MB peak of a process" in text
    in_shards, in_one = (line for line in text.splitlines() if "largest component" in line)
    assert in_shards == in_one


def test_sites_give_the_same_logos_and_errors_in_both_modes() -> None:
    out = StringIO()

    call_command("bench_bulk", sites=300, workers=1, stdout=out)

    assert "equal results: 300 of 300 (272 logos, 28 errors; 300 results of shards)" in (
        out.getvalue()
    )
