"""Any consistent rules and moves hold after every clusterer, and other logos stay."""

from uuid import uuid4

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from clustering.models import Run, User
from clustering.pipeline.clusterers import CLUSTERERS
from clustering.services.curation import edits, rules
from tests.acceptance.planted_set import PlantedSet, homes

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

N_GROUPS, N_EACH, N_OUTLIERS = 10, 5, 12
N_DECIDED = 4  # groups that the decisions are about; the others are left alone
N_NAMES = N_DECIDED * N_EACH + N_OUTLIERS // 2
BRANDS = st.lists(
    st.one_of(st.none(), st.integers(0, N_DECIDED - 1)), min_size=N_NAMES, max_size=N_NAMES
)
"""Of each decided logo; None: that of its look."""
PAIRS = st.lists(st.tuples(st.integers(0, N_NAMES - 1), st.integers(0, N_NAMES - 1)), max_size=16)
MERGED = st.integers(0, 2)  # groups of the others that become one
MOVED = st.sets(st.integers(0, N_NAMES - 1), max_size=5)


def decide(
    planted: PlantedSet, run: Run, user: User, brand_of: dict[str, int], drawn: "Drawn"
) -> None:
    """Answer by the brands: rules about the pairs, and moves to the cluster of the brand."""
    held = homes(run)
    for name in drawn.moved:
        cluster = run.clusters.get(uid=held[planted.of_group(brand_of[name])[0]])
        ids = planted.ids(name)
        edits.assign(run, user, domain_ids=ids, cluster=cluster, client_id=uuid4())
    for pair in drawn.same:
        rules.same(run, user, domain_ids=planted.ids(*pair), client_id=uuid4())
    for pair in drawn.different:
        rules.different(run, user, domain_ids=planted.ids(*pair), client_id=uuid4())


class Drawn:
    """Decisions about names that agree with brands."""

    def __init__(
        self, names: list[str], brand_of: dict[str, int], pairs: list[tuple[int, int]]
    ) -> None:
        given_pairs = {(names[min(p)], names[max(p)]) for p in pairs if p[0] != p[1]}
        self.same = sorted(p for p in given_pairs if brand_of[p[0]] == brand_of[p[1]])
        self.different = sorted(given_pairs - set(self.same))
        self.moved: list[str] = []

    @property
    def names(self) -> set[str]:
        return {name for pair in (*self.same, *self.different) for name in pair} | {*self.moved}


@pytest.mark.parametrize("clusterer", sorted(CLUSTERERS))
@given(brands=BRANDS, pairs=PAIRS, moved=MOVED, n_merged=MERGED)
def test_consistent_decisions_hold_and_untouched_logos_stay(
    alice: User,
    client: Client,
    clusterer: str,
    brands: list[int | None],
    pairs: list[tuple[int, int]],
    moved: set[int],
    n_merged: int,
) -> None:
    planted = PlantedSet(alice, client, [N_EACH] * N_GROUPS, N_OUTLIERS)
    planted.add(planted.names)
    run = planted.cluster(clusterer=clusterer)
    names = [name for number in range(N_DECIDED) for name in planted.of_group(number)]
    names += planted.outliers[: N_OUTLIERS // 2]
    own = [
        number // N_EACH if number < N_DECIDED * N_EACH else number for number in range(N_NAMES)
    ]
    brand_of = {
        name: look if brand is None else brand
        for name, look, brand in zip(names, own, brands, strict=True)
    }
    for number in range(N_DECIDED):  # the logo that a brand's cluster is found by
        brand_of[planted.of_group(number)[0]] = number
    drawn = Drawn(names, brand_of, pairs)
    drawn.moved = [names[one] for one in sorted(moved) if brand_of[names[one]] < N_DECIDED]
    before = homes(run)
    decide(planted, run, alice, brand_of, drawn)
    parts = [planted.of_group(N_DECIDED + number) for number in range(n_merged)]
    merged = {before[name] for part in parts for name in part} - {""}
    if len(merged) > 1:
        clusters = list(run.clusters.filter(uid__in=merged))
        edits.merge(run, alice, clusters=clusters, name="Whole", client_id=uuid4())
    put = {name: homes(run)[name] for name in drawn.moved}

    again = planted.cluster(clusterer=clusterer)
    others = sorted({*CLUSTERERS} - {clusterer})
    changed = planted.cluster(clusterer=others[n_merged % len(others)])

    for later in (again, changed):
        held = homes(later)
        assert {name: held[name] for name in drawn.moved} == put
        assert all(held[one] == held[other] != "" for one, other in drawn.same)
        assert not [pair for pair in drawn.different if held[pair[0]] == held[pair[1]] != ""]
        assert later.carried.get("n_merges_kept") == later.carried.get("n_merges")
        assert later.carried.get("n_rules_kept") == later.carried.get("n_rules")
        if len(merged) > 1:
            (whole,) = later.clusters.filter(name="Whole")
            for uid in merged:
                members = [name for part in parts for name in part if before[name] == uid]
                assert 2 * sum(held[name] == str(whole.uid) for name in members) > len(members)
    held = homes(again)
    touched = {before[name] for name in names} | merged
    untouched = [name for name in held if name not in names and before[name] not in touched - {""}]
    assert len(untouched) > len(held) / 3
    assert sum(held[name] != before[name] for name in untouched) < 0.01 * len(untouched)
