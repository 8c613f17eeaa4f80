"""A computed run obeys the rules about pairs, with its pictures and its placed logos."""

from uuid import uuid4

import pytest

from clustering.models import Dataset, Run, User
from clustering.services.curation import rules
from clustering.services.runs import obey, request
from clustering.services.runs.compute import claim, compute
from clustering.services.runs.spec import RunSpec
from tests.factories import make_dataset, make_domain, make_embedding, make_logo
from tests.services.decisions import ids, place

pytestmark = pytest.mark.django_db

VECTORS: dict[str, list[float]] = {
    "a": [1, 0, 0],
    "b": [1, 0.05, 0],
    "c": [1, 0.1, 0],
    "d": [0, 1, 0],
    "e": [0, 1, 0.05],
    "f": [0, 0, 1],
}


@pytest.fixture
def dataset(alice: User) -> Dataset:
    dataset = make_dataset(alice)
    key = request.request_first_run(dataset).embedder_key
    for name, vector in VECTORS.items():
        logo = make_logo(name)
        make_domain(dataset, f"{name}.de", logo=logo)
        make_embedding(logo, vector, key=key)
    return dataset


def _computed(run: Run) -> Run:
    claimed = claim(run)
    assert claimed is not None
    compute(claimed)
    run.refresh_from_db()
    return run


def _groups(run: Run) -> set[frozenset[str]]:
    found: dict[int | None, set[str]] = {}
    for row in run.assignments.select_related("domain"):
        held = row.corrected_cluster_id
        found.setdefault(held if held else -row.pk, set()).add(row.domain.name[0])
    return {frozenset(names) for names in found.values()}


def _decide(run: Run, user: User) -> None:
    rules.same(run, user, domain_ids=ids(run, "f.de", "d.de"), client_id=uuid4())
    rules.different(run, user, domain_ids=ids(run, "a.de", "c.de"), client_id=uuid4())


def test_a_run_with_rules_obeys_them_and_is_another_run(dataset: Dataset, alice: User) -> None:
    first = _computed(dataset.runs.get())
    assert _groups(first) == {frozenset("abc"), frozenset("de"), frozenset("f")}
    _decide(first, alice)

    second = _computed(request.request_run(dataset, RunSpec.of(first)))

    assert frozenset("def") in _groups(second)
    assert place(second, "a.de") != place(second, "c.de")
    assert second.carried == {"n_rules": 2, "n_rules_kept": 2}
    assert second.fingerprint != first.fingerprint
    third = _computed(request.request_run(dataset, RunSpec.of(first)))
    assert _groups(third) == _groups(second)
    assert third.fingerprint == second.fingerprint


@pytest.mark.parametrize("clusterer", ["dbscan", "hdbscan", "kmeans"])
def test_every_clusterer_obeys(dataset: Dataset, alice: User, clusterer: str) -> None:
    first = _computed(dataset.runs.get())
    _decide(first, alice)

    later = _computed(request.request_run(dataset, RunSpec("descriptor", clusterer)))

    assert later.status == "succeeded", later.error_detail
    where = {row.domain.name: row.corrected_cluster_id for row in later.assignments.all()}
    assert where["f.de"] == where["d.de"] is not None
    assert where["a.de"] is None or where["a.de"] != where["c.de"]


def test_a_replaced_logo_does_not_join_a_cluster_that_a_rule_excludes(
    dataset: Dataset, alice: User
) -> None:
    run = _computed(dataset.runs.get())
    rules.different(run, alice, domain_ids=ids(run, "f.de", "d.de"), client_id=uuid4())
    cluster = run.assignments.get(domain__name="d.de").cluster
    run.assignments.filter(domain__name="f.de").update(cluster=cluster)

    broken = obey.obey(run, movable=ids(run, "f.de"))

    assert broken == {}
    assert place(run, "f.de") is None
    assert place(run, "d.de") is not None
