"""Answers about likely errors, what runs keep, and cuts at the weakest link."""

import numpy as np
import pytest

from clustering.lab.bench.curation import answering, keeping
from clustering.models import Run, User
from clustering.pipeline.evaluation import LabelTruth
from clustering.services.curation import edits
from clustering.services.runs import carry_over
from tests.factories import make_dataset, make_embedding, make_logo, make_run

pytestmark = pytest.mark.django_db

GROUPS = {
    "one": [f"acme{n}.de" for n in range(4)] + ["bolt0.de"],
    "two": [f"bolt{n}.de" for n in range(1, 4)],
    "-": ["acme9.de"],
}
CENTRES = {"acme": (1.0, 0.0, 0.0), "bolt": (0.7, 0.7, 0.0)}


@pytest.fixture
def run(alice: User) -> Run:
    run = make_run(make_dataset(alice), GROUPS)
    generator = np.random.default_rng(1)
    for names in GROUPS.values():
        for name in names:
            noise = generator.normal(0, 0.05, 3)
            make_embedding(make_logo(name), (np.array(CENTRES[name[:4]]) + noise).tolist())
    return run


def test_true_answers_raise_the_score(run: Run, alice: User) -> None:
    names = [name for some in GROUPS.values() for name in some]
    truth = {name: LabelTruth(name[:4], name[:4], "gold") for name in names}
    before = answering.scores(run, truth)

    asked = answering.questions(run, [], 3)
    answering.answer_by_moves(run, alice, asked, truth)

    after = answering.scores(run, truth)
    assert after.by_look > before.by_look
    assert after.by_brand > before.by_brand
    assert after.gained(before, 1).startswith("+")
    assert {one.key for one in answering.questions(run, asked, 9)}.isdisjoint(
        one.key for one in asked
    )
    assert answering.brands(truth | {"x.de": LabelTruth("x", "x", "bad")})["x.de"] == ""


def test_cuts_at_the_weakest_link_separate_every_pair(run: Run) -> None:
    assert keeping.separated_share(run, 20) == (1.0, 20)


def test_identities_names_and_places_are_compared(run: Run, alice: User) -> None:
    edits.rename(
        run.clusters.get(name="one"),
        alice,
        name="Acme",
        client_id=run.clusters.get(name="one").uid,
    )
    later = make_run(run.dataset, GROUPS | {"-": ["acme9.de", "new.de"]})
    carry_over.carry_over(later)

    found = keeping.kept(run, later)

    assert (found.uids, found.names, found.moved) == (1.0, 1.0, 0.0)
