"""Brands of a run: stored with it, and bound by people's decisions."""

from uuid import uuid4

import numpy as np
import pytest

from clustering.models import BrandLink, Run, User
from clustering.selectors import export_rows
from clustering.services.curation import edits, rules, undo
from clustering.services.runs import brands
from tests.factories import make_dataset, make_embedding, make_run

pytestmark = pytest.mark.django_db

GROUPS = {
    "Mazda": ["mazdaoflodi.com", "mazdacity.com"],
    "Mazda 2": ["mazda.fr", "mazda.it"],
    "Spie": ["spie.be", "spie.lu", "lueck-gruppe.de"],
    "-": ["mazda-press.es", "lone.de"],
}
ANGLES = {"Mazda": 0, "Mazda 2": 70, "Spie": 180, "mazda-press.es": 40, "lone.de": 250}


@pytest.fixture
def run(alice: User) -> Run:
    run = make_run(make_dataset(alice), GROUPS)
    for row in run.assignments.select_related("domain", "logo", "cluster"):
        angle = np.radians(ANGLES[row.cluster.name if row.cluster else row.domain.name])
        make_embedding(row.logo, [np.cos(angle), np.sin(angle)], key=run.embedder_key)
    brands.build(run)
    return run


def found(run: Run) -> set[frozenset[str]]:
    """Return the domains of each brand."""
    held: dict[int, set[str]] = {}
    for name, number in export_rows.brand_labels(run).items():
        if number >= 0:
            held.setdefault(number, set()).add(name)
    sizes = sorted(run.brands.values_list("n_members", flat=True))
    assert sizes == sorted(map(len, held.values())), "kept counts"
    return {frozenset(names) for names in held.values()}


MAZDA, SECOND = frozenset(GROUPS["Mazda"]), frozenset(GROUPS["Mazda 2"])
SPIE, PRESS = frozenset(GROUPS["Spie"]), frozenset({"mazda-press.es"})


def ids(run: Run, *names: str) -> list[int]:
    return [run.dataset.domains.get(name=name).pk for name in names]


def test_looks_of_one_brand_are_joined_and_each_link_says_why(run: Run) -> None:
    assert found(run) == {MAZDA | SECOND | PRESS, SPIE}
    links = run.brand_links.filter(kind=BrandLink.Kind.LINK)
    assert {(one.word, one.probability > 0.95) for one in links} == {("mazda", True)}
    (off,) = run.brand_links.filter(kind=BrandLink.Kind.OFF_NAME)
    assert str(off.second_domain) == "lueck-gruppe.de"


def test_different_brands_part_at_once_and_undo_joins_again(run: Run, alice: User) -> None:
    first, second = ids(run, "mazdacity.com"), ids(run, "mazda.fr")
    rules.different(run, alice, domain_ids=first, others=second, client_id=uuid4())

    after = found(run)
    assert not any(brand >= MAZDA | SECOND for brand in after)
    assert run.brands.count() == 3

    undo.undo_last(run, alice, client_id=uuid4())

    assert found(run) == {MAZDA | SECOND | PRESS, SPIE}


def test_one_brand_by_a_person_joins_what_no_word_does(run: Run, alice: User) -> None:
    rules.same(run, alice, domain_ids=ids(run, "spie.be", "lone.de"), client_id=uuid4())

    assert SPIE | {"lone.de"} in found(run)


def test_a_merge_joins_the_brands_of_both_clusters(run: Run, alice: User) -> None:
    chosen = list(run.clusters.filter(name__in=["Mazda", "Spie"]))
    edits.merge(run, alice, clusters=chosen, client_id=uuid4())

    assert found(run) == {MAZDA | SECOND | PRESS | SPIE}

    undo.undo_last(run, alice, client_id=uuid4())

    assert found(run) == {MAZDA | SECOND | PRESS, SPIE}


def test_a_moved_outlier_follows_its_cluster_and_one_left_out_leaves_its_brand(
    run: Run, alice: User
) -> None:
    press, spie = ids(run, "mazda-press.es"), run.clusters.get(name="Spie")
    edits.assign(run, alice, domain_ids=press, cluster=spie, client_id=uuid4())
    assert SPIE | PRESS in found(run)

    edits.assign(run, alice, domain_ids=press, cluster=None, client_id=uuid4())
    assert found(run) == {MAZDA | SECOND, SPIE} or found(run) == {MAZDA, SECOND, SPIE}


def test_a_new_cluster_is_a_brand(run: Run, alice: User) -> None:
    edits.new_cluster(run, alice, domain_ids=ids(run, "lone.de"), name="Lone", client_id=uuid4())

    assert frozenset({"lone.de"}) in found(run)


def test_decisions_hold_when_the_layer_is_built_again(run: Run, alice: User) -> None:
    first, second = ids(run, "mazdacity.com"), ids(run, "mazda.fr")
    rules.different(run, alice, domain_ids=first, others=second, client_id=uuid4())
    before = found(run)

    brands.build(run)

    assert {MAZDA, SECOND} & {brand - PRESS for brand in found(run)} == {MAZDA, SECOND}
    assert len(found(run)) == len(before)


def test_runs_without_brands_are_left_alone(run: Run, alice: User) -> None:
    run.brands.all().delete()

    rules.same(run, alice, domain_ids=ids(run, "spie.be", "lone.de"), client_id=uuid4())

    assert found(run) == set()
