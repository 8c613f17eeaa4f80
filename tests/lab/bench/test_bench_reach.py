"""Benchmark of reach, two sites of each kind."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from clustering.lab.bench.reach.sites import KINDS

pytestmark = pytest.mark.slow


def test_each_kind_that_needs_no_browser_is_reached() -> None:
    out = StringIO()

    call_command("bench_reach", "--json", sites=2 * len(KINDS), stdout=out)

    found = json.loads(out.getvalue())
    kinds = {one["kind"]: (one["n_sites"], one["n_right"]) for one in found["kinds"]}
    shells = {kind.name for kind in KINDS if kind.needs_browser}
    assert kinds == {kind.name: (2, 0 if kind.name in shells else 2) for kind in KINDS}
    assert found["share_right"] == 1.0
