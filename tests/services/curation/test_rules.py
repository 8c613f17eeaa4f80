"""Rules about pairs: kept by every later run, undone exactly, and told when they contradict."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest

from clustering.models import Correction, LabelSource, PairRule, Run, User
from clustering.pipeline.errors import InputError
from clustering.selectors import export_rows, pair_rules, similarity
from clustering.services.curation import edits, rules, undo
from clustering.services.curation.conflicts import Conflict, refuse_stale
from clustering.services.curation.rule_changes import Pair
from clustering.services.runs import carry_over
from tests.factories import make_dataset, make_embedding, make_run
from tests.services.decisions import GROUPS, ids, move, place

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(alice: User) -> Run:
    return make_run(make_dataset(alice), GROUPS)


def _ids(run: Run, names: Sequence[str]) -> list[int]:
    return [run.dataset.domains.get(name=name).pk for name in names]


def _same(run: Run, user: User, *names: str) -> Correction:
    return rules.same(run, user, domain_ids=_ids(run, names), client_id=uuid4())


def _different(run: Run, user: User, *names: str, others: Sequence[str] = ()) -> Correction:
    return rules.different(
        run, user, domain_ids=_ids(run, names), others=_ids(run, others), client_id=uuid4()
    )


def _state(run: Run) -> list[tuple[str, str, str]]:
    columns = ("first__name", "second__name", "kind")
    return sorted(run.pair_rules.values_list(*columns))


def _next(run: Run, groups: dict[str, list[str]]) -> Run:
    later = make_run(run.dataset, groups)
    carry_over.carry_over(later)
    return later


def test_a_selection_of_one_brand_is_bound_to_its_first_logo(run: Run, alice: User) -> None:
    _same(run, alice, "x.de", "acme.de", "bolt.de")

    assert {kind for *_, kind in _state(run)} == {"same"}
    assert len(_state(run)) == 2


def test_a_selection_of_different_brands_makes_every_pair_a_rule(run: Run, alice: User) -> None:
    _different(run, alice, "x.de", "acme.de", "bolt.de")

    assert len(_state(run)) == 3


def test_different_from_others_leaves_the_sides_alone(run: Run, alice: User) -> None:
    _different(run, alice, "acme.de", "acme.fr", others=["bolt.de", "bolt.fr"])

    assert len(_state(run)) == 4
    assert not run.pair_rules.filter(
        first__name__startswith="acme", second__name__startswith="acme"
    ).exists()


def test_a_rule_moves_no_logo_of_the_run(run: Run, alice: User) -> None:
    before = json.loads(b"".join(export_rows.full_json(run)))

    _same(run, alice, "x.de", "acme.de")
    _different(run, alice, "bolt.de", "bolt.fr")

    after = json.loads(b"".join(export_rows.full_json(run)))
    assert after["clusters"] == before["clusters"]
    assert after["items"] == before["items"]


def test_undo_and_redo_are_exact(run: Run, alice: User) -> None:
    states = [_state(run)]
    pair = Pair.of(*ids(run, "x.de", "y.de"))
    _same(run, alice, "x.de", "y.de")
    states.append(_state(run))
    _different(run, alice, "x.de", "y.de")
    states.append(_state(run))
    rules.remove(run, alice, pairs=[pair], client_id=uuid4())
    states.append(_state(run))

    for state in reversed(states[:-1]):
        undo.undo_last(run, alice, client_id=uuid4())
        assert _state(run) == state
    for state in states[1:]:
        undo.redo_last(run, alice, client_id=uuid4())
        assert _state(run) == state
    assert states[1] != states[2]


def test_a_pair_without_a_rule_cannot_be_removed(run: Run, alice: User) -> None:
    with pytest.raises(InputError, match="have no rule"):
        rules.remove(run, alice, pairs=[Pair.of(1, 2)], client_id=uuid4())


def test_one_logo_makes_no_rule(run: Run, alice: User) -> None:
    with pytest.raises(InputError, match="two logos or more"):
        _same(run, alice, "x.de")
    one = ids(run, "x.de")
    with pytest.raises(InputError, match="two logos or more"):
        rules.different(run, alice, domain_ids=one, others=one, client_id=uuid4())


def test_too_many_pairs_are_refused(
    run: Run, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST_PAIRS", 2)

    with pytest.raises(InputError, match="3 pairs"):
        _different(run, alice, "x.de", "y.de", "acme.de")
    assert not run.pair_rules.exists()


def test_a_page_drawn_before_learns_of_the_other_answer(run: Run, alice: User) -> None:
    seen = undo.state(run, alice).version
    _same(run, alice, "x.de", "y.de")
    pair = Pair.of(*ids(run, "x.de", "y.de"))

    with pytest.raises(Conflict, match="same brand"):
        refuse_stale(run, seen=seen, about=[pair.key], client_id=uuid4())


def test_a_later_run_keeps_one_brand_together(run: Run, alice: User) -> None:
    _same(run, alice, "x.de", "acme.de")

    later = _next(run, GROUPS)

    assert place(later, "x.de") == "acme"
    assert place(later, "y.de") is None
    assert later.carried == {"n_rules": 1, "n_rules_kept": 1}
    assert _state(later) == _state(run)


def test_a_later_run_keeps_different_brands_apart(run: Run, alice: User) -> None:
    _different(run, alice, "acme.fr", "bolt.de")

    later = _next(run, {"all": ["acme.de", "acme.fr", "bolt.de", "bolt.fr"], "-": ["x.de"]})

    assert {place(later, "acme.fr"), place(later, "bolt.de")} == {"all", None}
    assert place(later, "acme.de") == place(later, "bolt.fr") == "all"


def test_a_brand_leaves_as_a_whole(run: Run, alice: User) -> None:
    _same(run, alice, "acme.de", "acme.fr")
    _same(run, alice, "bolt.de", "bolt.fr", "x.de")
    _different(run, alice, "acme.fr", "bolt.de")

    later = _next(run, {"all": ["acme.de", "acme.fr", "bolt.de", "bolt.fr", "x.de", "y.de"]})

    assert place(later, "acme.de") == place(later, "acme.fr") == "acme.de"
    assert place(later, "bolt.de") == place(later, "x.de") == place(later, "y.de") == "all"
    assert later.carried["n_rules_kept"] == 4


def test_the_rest_of_a_brand_follows_the_one_that_a_person_moved(run: Run, alice: User) -> None:
    _same(run, alice, "x.de", "acme.de")
    move(run, alice, "x.de", "bolt")

    later = _next(run, GROUPS)

    assert place(later, "acme.de") == place(later, "x.de") == "bolt"
    assert later.carried["n_decisions_kept"] == 1


def test_a_moved_logo_stays_and_the_other_gives_way(run: Run, alice: User) -> None:
    _different(run, alice, "x.de", "acme.de")
    move(run, alice, "x.de", "acme")

    later = _next(run, GROUPS)

    assert place(later, "x.de") == "acme"
    assert place(later, "acme.de") is None


def test_decisions_about_single_logos_win_over_rules_and_it_is_told(run: Run, alice: User) -> None:
    _different(run, alice, "x.de", "y.de")
    move(run, alice, "x.de", "acme")
    move(run, alice, "y.de", "acme")

    later = _next(run, GROUPS)

    assert place(later, "x.de") == place(later, "y.de") == "acme"
    assert (later.carried["n_rules"], later.carried["n_rules_kept"]) == (1, 0)


def test_merged_clusters_obey_rules_in_later_runs(run: Run, alice: User) -> None:
    _different(run, alice, "acme.fr", "bolt.fr")
    edits.merge(run, alice, clusters=list(run.clusters.all()), client_id=uuid4())

    later = _next(run, GROUPS)

    assert place(later, "acme.de") == place(later, "bolt.de")
    assert None in {place(later, "acme.fr"), place(later, "bolt.fr")}


def test_an_undone_rule_is_not_carried_over(run: Run, alice: User) -> None:
    _same(run, alice, "x.de", "acme.de")
    undo.undo_last(run, alice, client_id=uuid4())

    later = _next(run, GROUPS)

    assert place(later, "x.de") is None
    assert not later.pair_rules.exists()


def test_a_contradiction_names_the_rules_that_make_it(run: Run, alice: User) -> None:
    _same(run, alice, "x.de", "acme.de")
    _same(run, alice, "acme.de", "y.de")
    _different(run, alice, "x.de", "y.de")
    _different(run, alice, "x.de", "bolt.de")

    (found,) = pair_rules.contradictions(run)

    assert {found.different.rule.first.name, found.different.rule.second.name} == {"x.de", "y.de"}
    assert len(found.same) == 2
    assert found.same[0].first.logo is not None


def test_a_cluster_that_a_rule_excludes_is_not_suggested(run: Run, alice: User) -> None:
    for row in run.assignments.select_related("logo"):
        make_embedding(row.logo, [1.0, row.pk % 3])
    logo_id = run.assignments.get(domain__name="x.de").logo_id

    def suggested() -> set[str]:
        found = similarity.suggestions(run, LabelSource.CORRECTED, [logo_id])
        return {one.cluster.name for one in found[logo_id]}

    assert suggested() == {"acme", "bolt"}
    _different(run, alice, "x.de", "acme.fr")
    assert suggested() == {"bolt"}


def test_a_rule_about_a_deleted_domain_is_undone_without_it(run: Run, alice: User) -> None:
    _different(run, alice, "x.de", "y.de", "acme.de")
    run.dataset.domains.get(name="y.de").delete()

    undo.undo_last(run, alice, client_id=uuid4())
    undo.redo_last(run, alice, client_id=uuid4())

    assert run.pair_rules.get().kind == PairRule.Kind.DIFFERENT


@pytest.mark.parametrize("verb", [rules.same, rules.different])
def test_ten_thousand_logos_are_refused_before_their_pairs_are_made(
    run: Run, alice: User, monkeypatch: pytest.MonkeyPatch, verb: Any
) -> None:
    monkeypatch.setattr(rules, "_in_run", lambda _run, ids, _fewest=2: list(ids))

    with pytest.raises(InputError, match="of at most 2000"):
        verb(run, alice, domain_ids=range(10_000), client_id=uuid4())

    assert not run.pair_rules.exists()
