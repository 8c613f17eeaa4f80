"""Identity of clusters across runs."""

import numpy as np
from scipy.optimize import linear_sum_assignment

from clustering.pipeline.alignment import ClusterMatch, match

NEW = ClusterMatch(None, None, ())


def test_the_same_domains_keep_the_identity_whatever_the_label() -> None:
    old = {"u1": ["a.de", "b.de"], "u2": ["c.de", "d.de"]}

    found = match({0: ["c.de", "d.de"], 1: ["a.de", "b.de"]}, old)

    assert found == {0: ClusterMatch("u2", None, ()), 1: ClusterMatch("u1", None, ())}


def test_half_of_the_union_is_enough_and_less_is_not() -> None:
    old = {"u1": ["a.de", "b.de"]}

    assert match({0: ["a.de"]}, old)[0].continues == "u1"
    assert match({0: ["a.de", "x.de"]}, old)[0].continues is None


def test_a_split_gives_the_identity_to_the_larger_part() -> None:
    old = {"u1": ["a.de", "b.de", "c.de", "d.de", "e.de"]}

    found = match({0: ["a.de", "b.de", "c.de"], 1: ["d.de", "e.de"]}, old)

    assert found == {0: ClusterMatch("u1", None, ()), 1: ClusterMatch(None, "u1", ())}


def test_a_merge_names_its_parts() -> None:
    old = {"u1": ["a.de", "b.de", "c.de"], "u2": ["d.de", "e.de"]}

    found = match({0: ["a.de", "b.de", "c.de", "d.de", "e.de"]}, old)

    assert found == {0: ClusterMatch("u1", None, ("u1", "u2"))}


def test_two_halves_of_equal_claim_are_settled_by_label() -> None:
    old = {"u1": ["a.de", "b.de"]}

    found = match({0: ["a.de"], 1: ["b.de"]}, old)

    assert found == {0: ClusterMatch("u1", None, ()), 1: ClusterMatch(None, "u1", ())}


def test_unknown_domains_make_a_new_cluster() -> None:
    assert match({0: ["x.de", "y.de"]}, {"u1": ["a.de"]}) == {0: NEW}


def test_nothing_matches_nothing() -> None:
    assert match({}, {}) == {}
    assert match({0: ["a.de"]}, {}) == {0: NEW}


def test_no_assignment_has_a_greater_total_index() -> None:
    generator = np.random.default_rng(7)
    for _ in range(200):
        ours, theirs = generator.integers(0, 6, (2, 24))
        new = {label: set(np.flatnonzero(ours == label)) for label in set(ours.tolist())}
        old = {str(uid): set(np.flatnonzero(theirs == uid)) for uid in set(theirs.tolist())}
        index = np.array([[len(a & b) / len(a | b) for b in old.values()] for a in new.values()])
        good = np.where(index >= 0.5, index, 0.0)
        best = good[linear_sum_assignment(good, maximize=True)].sum()

        found = match(
            {label: [f"{one}.de" for one in rows] for label, rows in new.items()},
            {uid: [f"{one}.de" for one in rows] for uid, rows in old.items()},
        )

        pairs = [(new[label], old[m.continues]) for label, m in found.items() if m.continues]
        assert sum(len(a & b) / len(a | b) for a, b in pairs) == best


def test_twenty_thousand_clusters_need_no_matrix() -> None:
    clusters = {label: [f"a{label}.de", f"b{label}.de"] for label in range(20_000)}

    found = match(clusters, {f"u{label}": names for label, names in clusters.items()})

    assert all(found[label].continues == f"u{label}" for label in clusters)
