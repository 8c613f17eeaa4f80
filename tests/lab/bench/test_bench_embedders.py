"""Benchmark of the embedders; its figures are not tested."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.slow


def test_the_built_in_embedders_are_measured_side_by_side() -> None:
    out = StringIO()

    call_command("bench_embedders", "descriptor", "logonet-bf16", "--json", images=2, stdout=out)

    found = json.loads(out.getvalue())
    assert list(found) == ["descriptor", "logonet-bf16"]
    assert found["logonet-bf16"]["dim"] == 256
    assert found["logonet-bf16"]["weights_bytes"] < 8_000_000
    assert found["logonet-bf16"]["least_cosine"] > 0.997
    assert found["descriptor"]["least_cosine"] is None
    assert all(one["images_per_second"] > 0 for one in found.values())


def test_an_unknown_contender_is_refused_by_name() -> None:
    with pytest.raises(CommandError, match="unknown: alexnet"):
        call_command("bench_embedders", "alexnet")
