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
