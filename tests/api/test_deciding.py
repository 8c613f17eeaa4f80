"""Corrections through the API: the services, undo and conflicts of the pages."""

from collections.abc import Callable
from typing import Any

import pytest

from clustering.models import ApiToken, Correction, Membership, Run, User
from clustering.selectors import export_rows
from tests.api.conftest import ApiClient

Post = Callable[..., Any]


@pytest.fixture
def post(client: ApiClient, run: Run) -> Post:
    """Send a decision about the run."""

    def send(verb: str, body: Any = None, query: str = "", **headers: str) -> Any:
        path = f"/api/v1/datasets/{run.dataset.slug}/runs/latest/corrections/{verb}{query}"
        return client.post(path, body, content_type="application/json", headers=headers)

    return send


def exported(run: Run) -> bytes:
    return b"".join(export_rows.clusters_json(run))


def uid(run: Run, name: str) -> str:
    return str(run.clusters.get(name=name).uid)


def bodies(run: Run) -> dict[str, Any]:
    a, b = uid(run, "A"), uid(run, "B")
    return {
        "assign": {"domains": ["o.de", "a.de"], "cluster": b},
        "ignore": {"domains": ["a.de"]},
        "new-cluster": {"domains": ["o.de"], "name": "C"},
        "same": {"domains": ["a.de", "o.de"]},
        "different": {"domains": ["a.de"], "others": ["b.de", "d.de"]},
        "merge": {"clusters": [a, b]},
        "rename": {"cluster": a, "name": "Z"},
        "lock": {"cluster": a},
        "note": {"domain": "a.de", "text": "old mark"},
    }


@pytest.mark.parametrize(
    "verb",
    [
        "assign",
        "ignore",
        "new-cluster",
        "same",
        "different",
        "merge",
        "rename",
        "lock",
        "note",
    ],
)
def test_each_decision_is_made_and_undone(post: Post, run: Run, alice: User, verb: str) -> None:
    before, names = exported(run), sorted(run.clusters.values_list("name", flat=True))

    dry = post(verb, bodies(run)[verb], "?dry_run=true")
    assert (dry.status_code, dry.json()["is_dry_run"]) == (200, True)
    assert (exported(run), Correction.objects.count()) == (before, 0)

    made = post(verb, bodies(run)[verb])
    assert (made.status_code, made.json()["actor"]) == (200, "alice")
    assert made.json()["text"] == dry.json()["text"]
    assert Correction.objects.get().actor == alice

    undone = post("undo")
    assert undone.json()["text"] == f"undo of the {made.json()['text']}"
    run.refresh_from_db()
    assert exported(run) == before
    assert set(names) <= set(run.clusters.values_list("name", flat=True))
    assert post("redo").json()["text"] == f"redo of the {made.json()['text']}"


def test_a_merge_is_split_back(post: Post, run: Run) -> None:
    before = exported(run)
    post("merge", bodies(run)["merge"])

    assert post("split-back", {"cluster": uid(run, "A")}).status_code == 200
    run.refresh_from_db()
    assert exported(run) == before


def test_the_same_key_decides_once(post: Post, run: Run) -> None:
    body = bodies(run)["assign"]

    first, second = (post("assign", body, **{"Idempotency-Key": "k"}) for _ in range(2))

    assert first.json()["id"] == second.json()["id"]
    assert Correction.objects.count() == 1
    other = post("assign", body | {"cluster": None}, **{"Idempotency-Key": "k"})
    assert other.json()["id"] != first.json()["id"]


def test_a_decision_on_old_data_is_refused(client: ApiClient, post: Post, run: Run) -> None:
    path = f"/api/v1/datasets/{run.dataset.slug}/runs/latest/corrections"
    seen = client.get(path).headers["ETag"]
    first = post("assign", bodies(run)["assign"], **{"If-Match": seen})

    late = post("assign", {"domains": ["a.de"], "cluster": None}, **{"If-Match": seen})
    other = post("assign", {"domains": ["d.de"], "cluster": None}, **{"If-Match": seen})

    assert (first.status_code, other.status_code) == (200, 200)
    assert (late.status_code, late.json()["code"]) == (412, "conflict")
    assert "a.de was in A, is in B" in late.json()["detail"]
    again = post(
        "assign", {"domains": ["a.de"], "cluster": None}, **{"If-Match": first.headers["ETag"]}
    )
    assert again.status_code == 200
    assert post("undo", **{"If-Match": "x"}).status_code == 400


@pytest.mark.parametrize(
    ("verb", "body", "code"),
    [
        ("assign", {"domains": ["nothing.de"], "cluster": None}, "unknown_member"),
        ("assign", {"domains": [], "cluster": None}, "invalid"),
        ("same", {"domains": ["a.de"]}, "bad_input"),
        ("different", {"domains": ["a.de"], "others": ["nothing.de"]}, "unknown_member"),
        ("rename", {"cluster": "0" * 32, "name": "Z"}, "unknown_member"),
        ("undo", None, "bad_input"),
        ("new-cluster", {"domains": ["a.de"], "name": "\u200b"}, "bad_input"),
    ],
)
def test_impossible_decisions_change_nothing(
    post: Post, run: Run, verb: str, body: Any, code: str
) -> None:
    before = exported(run)

    response = post(verb, body)

    assert (response.status_code, response.json()["code"]) == (422, code)
    assert (exported(run), Correction.objects.count()) == (before, 0)


@pytest.mark.parametrize("text", ["\\u0000", "\\ud800"])
def test_what_no_database_stores_is_refused(post: Post, text: str) -> None:
    response = post("new-cluster", f'{{"domains": ["a.de"], "name": "a{text}"}}')

    assert (response.status_code, response.json()["code"]) == (400, "bad_request")


def test_a_viewer_and_a_reading_token_decide_nothing(run: Run, bob: User) -> None:
    Membership.objects.create(dataset=run.dataset, user=bob, role="viewer")
    path = f"/api/v1/datasets/{run.dataset.slug}/runs/latest/corrections/ignore"
    body = {"domains": ["a.de"]}

    viewer = ApiClient(bob).post(path, body, content_type="application/json")
    Membership.objects.update(role="owner")
    reading = ApiClient(bob, ApiToken.Scope.READ).post(path, body, content_type="application/json")

    assert (viewer.status_code, viewer.json()["code"]) == (403, "forbidden")
    assert (reading.status_code, reading.json()["code"]) == (403, "scope")
    assert Correction.objects.count() == 0
