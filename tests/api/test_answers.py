"""What all answers of the API have in common: problems, ETags, limits, documentation."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import OperationalError
from django.test import Client, override_settings

from clustering.models import Dataset, Run, User
from clustering.services import kept_answers
from tests.api.conftest import ApiClient
from tests.brokers import running_broker

PROBLEM = "application/problem+json"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/datasets/nothing", 404, "not_found"),
        ("/nothing", 404, "not_found"),
        ("/datasets?cursor=abc", 400, "bad_cursor"),
        ("/datasets?limit=0", 422, "invalid"),
        ("/datasets?limit=many", 422, "invalid"),
        ("/datasets/%00", 400, "bad_request"),
        ("/datasets?cursor=%00", 400, "bad_request"),
    ],
)
def test_errors_are_problems(client: ApiClient, path: str, status: int, code: str) -> None:
    response = client.get(f"/api/v1{path}")

    assert (response.status_code, response.headers["Content-Type"]) == (status, PROBLEM)
    assert (response.json()["status"], response.json()["code"]) == (status, code)


def test_a_cursor_of_another_list_is_refused(client: ApiClient, run: Run) -> None:
    path = f"/datasets/{run.dataset.slug}/runs/latest"
    cursor = client.json(f"{path}/items", limit=1)["next"]

    response = client.get(f"/api/v1{path}/clusters", {"cursor": cursor})

    assert (response.status_code, response.json()["code"]) == (400, "bad_cursor")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer lgs_x", "Basic YTpi", "Bearer \udcff"])
@pytest.mark.django_db
def test_without_a_token_there_is_nothing(header: str) -> None:
    response = Client().get("/api/v1/datasets", headers={"Authorization": header})

    assert (response.status_code, response.headers["Content-Type"]) == (401, PROBLEM)
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_a_session_is_no_token(alice_client: Client) -> None:
    assert alice_client.get("/api/v1/datasets").status_code == 401


def test_a_wrong_method_is_a_problem_that_names_the_right_one(client: ApiClient) -> None:
    response = client.delete("/api/v1/me")

    assert (response.status_code, response.headers["Allow"]) == (405, "GET")
    assert response.headers["Content-Type"] == PROBLEM


def test_an_unchanged_answer_is_not_sent_again(client: ApiClient, dataset: Dataset) -> None:
    first = client.get("/api/v1/datasets")
    tag = {"If-None-Match": first.headers["ETag"]}

    assert client.get("/api/v1/datasets", headers=tag).status_code == 304
    Dataset.objects.update(name="Other")
    assert client.get("/api/v1/datasets", headers=tag).status_code == 200


def test_answers_are_private(client: ApiClient) -> None:
    response = client.get("/api/v1/me")

    assert response.headers["Cache-Control"] == "private, no-cache"
    assert "Authorization" in response.headers["Vary"]


def test_a_database_that_is_down_is_503(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(_request: object, _slug: str) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr("clustering.api.datasets.get_dataset", down)
    response = client.get("/api/v1/datasets/x")

    assert (response.status_code, response.headers["Content-Type"]) == (503, PROBLEM)
    assert response.headers["Retry-After"] == "5"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    """A broker of its own."""
    with running_broker(tmp_path) as url:
        yield url


def test_requests_of_a_token_are_limited(client: ApiClient, broker: str, bob: User) -> None:
    with (
        override_settings(REDIS_URL=broker, API_REQUESTS_PER_MINUTE=2),
        time_machine.travel("2026-11-29T12:00:15Z", tick=False),
    ):
        answers = [client.get("/api/v1/me") for _ in range(3)]
        other = ApiClient(bob).get("/api/v1/me")

    assert [one.status_code for one in answers] == [200, 200, 429]
    assert [one.headers["RateLimit-Remaining"] for one in answers] == ["1", "0", "0"]
    assert answers[2].headers["Retry-After"] == "45"
    assert answers[2].json()["code"] == "rate_limited"
    assert other.status_code == 200
    with (
        override_settings(REDIS_URL=broker, API_REQUESTS_PER_MINUTE=2),
        time_machine.travel("2026-11-29T12:01:00Z", tick=False),
    ):
        assert client.get("/api/v1/me").status_code == 200


def test_without_a_broker_requests_are_answered(client: ApiClient) -> None:
    with override_settings(REDIS_URL="redis://127.0.0.1:1/0", API_REQUESTS_PER_MINUTE=1):
        answers = [client.get("/api/v1/me").status_code for _ in range(3)]

    assert answers == [200, 200, 200]


@pytest.mark.django_db
def test_the_documentation_needs_no_other_host() -> None:
    page = Client().get("/api/v1/docs")

    links = re.findall(r'(?:src|href)="([^"]+)"', page.content.decode())
    assert page.status_code == 200
    assert links
    assert all(link.startswith("/static/ninja/") for link in links)
    assert not re.search(r"<script(?![^>]*(src|application/json))", page.content.decode())


@pytest.mark.django_db
def test_every_operation_documents_its_problems() -> None:
    document = Client().get("/api/v1/openapi.json").json()

    assert document["openapi"] == "3.1.0"
    operations = [one for path in document["paths"].values() for one in path.values()]
    assert len(operations) > len(document["paths"])
    expected = {"400", "401", "403", "404", "405", "409", "412", "413", "422", "429", "503"}
    assert all(expected <= one["responses"].keys() for one in operations)


def test_a_repeated_request_with_a_key_acts_once(
    client: ApiClient, broker: str, bob: User
) -> None:
    body = {"domains": ["a.de"], "name": "Once"}

    def sent(by: ApiClient, key: str, **more: object) -> Any:
        return by.post(
            "/api/v1/lists", body | more, "application/json", headers={"Idempotency-Key": key}
        )

    with override_settings(REDIS_URL=broker):
        first, again = sent(client, "1"), sent(client, "1")
        others = [sent(client, "2"), sent(client, "1", name="Other"), sent(ApiClient(bob), "1")]
        refused = [sent(client, "3", domains=[]) for _ in range(2)]

    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert (first.status_code, again.headers["Idempotency-Replayed"]) == (202, "true")
    assert [one.status_code for one in others] == [202, 202, 202]
    assert Dataset.objects.count() == 4
    assert [one.status_code for one in refused] == [422, 422]


def test_a_request_whose_like_is_at_work_is_a_409(
    client: ApiClient, broker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_answers, "end", lambda *_: None)  # the first is not answered yet
    with override_settings(REDIS_URL=broker):
        answers = [
            client.post(
                "/api/v1/lists",
                {"domains": ["a.de"]},
                "application/json",
                headers={"Idempotency-Key": "1"},
            )
            for _ in range(2)
        ]

    assert [one.status_code for one in answers] == [202, 409]
    assert answers[1].json()["code"] == "at_work"


def test_without_a_broker_a_request_with_a_key_is_done(client: ApiClient) -> None:
    with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
        for _ in range(2):
            client.post(
                "/api/v1/lists",
                {"domains": ["a.de"]},
                "application/json",
                headers={"Idempotency-Key": "1"},
            )

    assert Dataset.objects.count() == 2
