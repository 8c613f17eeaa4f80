"""Stored suggestions equal a comparison with all medoids."""

from uuid import uuid4

import numpy as np
import pytest
from pytest_django import DjangoAssertNumQueries

from clustering.models import LabelSource, Run, User
from clustering.pipeline.pair_score import Reason
from clustering.selectors.similarity import suggestions
from clustering.services.curation import edits, rules
from clustering.services.runs import suggestions as stored
from tests.factories import make_dataset, make_embedding, make_run

pytestmark = pytest.mark.django_db

CORRECTED = LabelSource.CORRECTED
ANGLES = {"cat.de": 0, "dog.de": 40, "owl.de": 80, "near-cat.de": 10, "between.de": 58}


@pytest.fixture
def run(alice: User) -> Run:
    """Three clusters and two outliers, their vectors on a circle."""
    clusters = {"Cat": ["cat.de"], "Dog": ["dog.de"], "Owl": ["owl.de"]}
    run = make_run(make_dataset(alice), clusters | {"-": ["near-cat.de", "between.de"]})
    for row in run.assignments.select_related("domain", "logo"):
        angle = np.radians(ANGLES[row.domain.name])
        make_embedding(row.logo, [np.cos(angle), np.sin(angle)], key=run.embedder_key)
    return run


def store(run: Run) -> None:
    rows = list(run.assignments.select_related("logo", "domain").order_by("pk"))
    clusters = list(run.clusters.all())
    place = {cluster.pk: number for number, cluster in enumerate(clusters)}
    vectors = np.stack([row.logo.embeddings.get().as_array() for row in rows])
    labels = np.array([place.get(row.cluster_id or 0, -1) for row in rows])
    names = [(row.domain.name,) for row in rows]
    logos = stored.ComparedLogos([row.logo_id for row in rows], vectors, names)
    stored.save(run, logos, labels, clusters)


def suggested(run: Run, *names: str) -> dict[str, list[str]]:
    rows = run.assignments.filter(domain__name__in=names).select_related("domain")
    found = suggestions(run, CORRECTED, sorted(row.logo_id for row in rows))
    return {row.domain.name: [one.cluster.name for one in found[row.logo_id]] for row in rows}


def test_stored_suggestions_are_those_that_a_comparison_finds(run: Run) -> None:
    compared = suggested(run, "near-cat.de", "between.de")

    store(run)

    assert run.suggestions.count() == 2
    assert suggested(run, "near-cat.de", "between.de") == compared
    assert compared == {
        "near-cat.de": ["Cat", "Dog", "Owl"],
        "between.de": ["Dog", "Owl", "Cat"],
    }


def test_an_emptied_cluster_is_not_suggested_and_a_new_one_is(run: Run, alice: User) -> None:
    store(run)
    dog = run.assignments.get(domain__name="dog.de")

    edits.new_cluster(run, alice, domain_ids=[dog.domain_id], name="Wolf", client_id=uuid4())

    assert suggested(run, "between.de") == {"between.de": ["Wolf", "Owl", "Cat"]}


def test_stored_suggestions_cost_few_queries(
    run: Run, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    store(run)
    logo_ids = list(run.suggestions.values_list("logo_id", flat=True))

    with django_assert_max_num_queries(8):
        suggestions(run, CORRECTED, logo_ids)


def test_a_run_without_clusters_stores_nothing(run: Run) -> None:
    logos = stored.ComparedLogos([1], np.ones((1, 2), np.float32), [("cat.de",)])
    stored.save(run, logos, np.array([-1]), [])

    assert run.suggestions.count() == 0


def test_a_shared_domain_word_outranks_a_nearer_look(run: Run) -> None:
    run.dataset.domains.filter(name="between.de").update(name="cat-shop.fr")
    store(run)
    logo_id = run.assignments.get(domain__name="cat-shop.fr").logo_id

    first = suggestions(run, CORRECTED, [logo_id])[logo_id][0]

    assert (first.cluster.name, first.word, first.reasons) == ("Cat", "cat", (Reason.SAME_WORD,))


def test_the_clusters_of_decided_logos_leave_out_refused_and_locked_ones(
    run: Run, alice: User
) -> None:
    store(run)
    cat, dog, owl, near = (
        run.assignments.get(domain__name=f"{name}.de").domain_id
        for name in ("cat", "dog", "owl", "near-cat")
    )
    for pk, name in ((cat, "Lynx"), (dog, "Wolf"), (owl, "Bird")):
        edits.new_cluster(run, alice, domain_ids=[pk], name=name, client_id=uuid4())
    rules.different(run, alice, domain_ids=[near], others=[cat], client_id=uuid4())

    refused = suggested(run, "near-cat.de")
    run.clusters.filter(name="Wolf").update(is_locked=True)
    locked = suggested(run, "near-cat.de")

    assert (refused, locked) == ({"near-cat.de": ["Wolf", "Bird"]}, {"near-cat.de": ["Bird"]})
