"""The scripted reviewer clears a queue by the labels, and counts its keys."""

import pytest

from clustering.lab.bench.review.reviewer import Requests, Reviewer
from clustering.models import Run, User
from clustering.selectors import review_cards
from tests.services.review.queued import GROUPS, make_queue

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(alice: User) -> Run:
    return make_queue(alice)


def held(run: Run, name: str) -> str:
    cluster_id = run.assignments.get(domain__name=name).corrected_cluster_id
    return run.clusters.get(pk=cluster_id).name if cluster_id else "-"


def test_the_reviewer_places_merges_ignores_and_counts_keys(run: Run, alice: User) -> None:
    brand_of = {name: name[:4] for names in GROUPS.values() for name in names}
    brand_of |= {name: "kia" for name in brand_of if name.startswith("kia")}
    brand_of |= {"kia-two.de": ""}  # no logo

    session = Reviewer(run, brand_of, Requests(run, alice)).work()

    assert review_cards.state(run).n_left == 0
    assert held(run, "kia-one.de") == "Kia"
    assert run.assignments.get(domain__name="kia-two.de").is_ignored
    assert held(run, "nova-one.it") == held(run, "nova-two.it") == "Nova"
    assert held(run, "mazda-e.de") == "Mazda"
    assert held(run, "lone.de") == "-"
    # Two arrows, t and 1, then x for the other; n and Enter; Enter for the merge; o.
    assert session.keys == {"group": 4 + 1 + 2, "fragments": 1, "single": 1}
    assert (session.n_known, session.n_first) == (1, 1)
