"""A decision made on a page that is out of date is refused with both values."""

import re
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client

from clustering.models import Correction, Membership, Run, User
from clustering.services.curation import edits, undo
from tests.factories import make_dataset, make_run, make_user
from tests.services.decisions import GROUPS, ids, move, place

pytestmark = pytest.mark.django_db
SEEN = re.compile(r'name="seen" value="(\d+)"')


@pytest.fixture
def run(alice: User) -> Run:
    return make_run(make_dataset(alice), GROUPS)


@pytest.fixture
def bob(run: Run) -> User:
    bob = make_user("bob")
    Membership.objects.create(dataset=run.dataset, user=bob, role=Membership.Role.EDITOR)
    return bob


@pytest.fixture
def page(run: Run, alice: User) -> tuple[Client, str]:
    """Return a browser in which alice looks at the gallery, and the version that it shows."""
    client = Client(headers={"HX-Request": "true"})
    client.force_login(alice)
    found = SEEN.search(client.get(f"/d/{run.dataset.slug}/outliers/").content.decode())
    assert found
    return client, found[1]


def post(page: tuple[Client, str], run: Run, verb: str, **fields: object) -> HttpResponse:
    client, seen = page
    values = {"client_id": str(uuid4()), "seen": seen} | fields
    answer = client.post(f"/d/{run.dataset.slug}/corrections/{verb}/", values)
    assert isinstance(answer, HttpResponse)
    return answer


def test_a_logo_that_somebody_else_moved_meanwhile_is_not_moved(
    run: Run, bob: User, page: tuple[Client, str]
) -> None:
    move(run, bob, "x.de", "acme")

    answer = post(
        page, run, "assign", domain=ids(run, "x.de"), cluster=run.clusters.get(name="bolt").uid
    )

    assert answer.status_code == 409
    text = answer.content.decode()
    assert "This was changed by bob" in text
    assert "x.de was in the outliers, is in acme" in text
    assert answer["HX-Trigger"]
    assert place(run, "x.de") == "acme"


def test_an_undo_of_somebody_else_is_a_change_too(
    run: Run, alice: User, bob: User, page: tuple[Client, str]
) -> None:
    move(run, bob, "x.de", "acme")
    version = str(undo.state(run, alice).version)
    undo.undo_last(run, bob, client_id=uuid4())

    chosen = ids(run, "x.de")
    answer = post((page[0], version), run, "new-cluster", domain=chosen, name="Mine")

    assert answer.status_code == 409
    assert "x.de was in acme, is in the outliers" in answer.content.decode()
    assert place(run, "x.de") is None
    undo.redo_last(run, bob, client_id=uuid4())
    answer = post((page[0], version), run, "new-cluster", domain=chosen, name="Mine")
    assert answer.status_code == 409


def test_other_logos_can_be_decided_on_an_old_page(
    run: Run, bob: User, page: tuple[Client, str]
) -> None:
    move(run, bob, "x.de", "acme")

    answer = post(page, run, "assign", domain=ids(run, "y.de"), cluster="out")

    assert answer.status_code == 200
    assert run.assignments.reviewed().count() == 2


def test_a_cluster_that_was_renamed_meanwhile_is_not_renamed(
    run: Run, bob: User, page: tuple[Client, str]
) -> None:
    cluster = run.clusters.get(name="acme")
    edits.rename(cluster, bob, name="Acme Ltd", client_id=uuid4())

    answer = post(page, run, "rename", cluster=cluster.uid, name="ACME")

    assert answer.status_code == 409
    assert "acme is now called Acme Ltd" in answer.content.decode()
    cluster.refresh_from_db()
    assert cluster.name == "Acme Ltd"


def test_a_cluster_that_was_merged_meanwhile_is_not_merged(
    run: Run, bob: User, page: tuple[Client, str]
) -> None:
    acme, bolt = run.clusters.get(name="acme"), run.clusters.get(name="bolt")
    edits.merge(run, bob, clusters=[acme, bolt], target=bolt, client_id=uuid4())

    answer = post(page, run, "merge", cluster=[acme.uid, bolt.uid], name="Both")

    assert answer.status_code == 409
    assert "acme is now part of bolt" in answer.content.decode()


def test_a_request_sent_twice_is_no_conflict(run: Run, page: tuple[Client, str]) -> None:
    client_id = str(uuid4())
    fields = {"domain": ids(run, "x.de"), "cluster": "out", "client_id": client_id}

    answers = [post(page, run, "assign", **fields) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert Correction.objects.count() == 1


def test_a_form_without_javascript_leads_back_with_the_reason(
    run: Run, alice: User, bob: User, page: tuple[Client, str]
) -> None:
    move(run, bob, "x.de", "acme")
    plain = Client()
    plain.force_login(alice)

    answer = post((plain, page[1]), run, "assign", domain=ids(run, "x.de"), cluster="out")

    assert answer.status_code == 302
    shown = plain.get(f"/d/{run.dataset.slug}/outliers/").content.decode()
    assert "x.de was in the outliers, is in acme" in shown


def test_a_decision_that_waited_for_a_new_run_belongs_to_it(
    run: Run, page: tuple[Client, str]
) -> None:
    later = make_run(run.dataset, GROUPS)
    (moved,) = ids(run, "acme.de")

    with patch("clustering.views.access.get_run", side_effect=[run, later, later]):
        answer = post(page, run, "assign", domain=[moved], cluster="out")

    assert answer.status_code == 200
    assert Correction.objects.get().run == later
