"""Uploads, runs and classification through the API."""

from io import BytesIO
from typing import Any

import pytest

from clustering.models import Classification, Dataset, Run
from tests.api.conftest import ApiClient
from tests.pictures import as_png, drawn
from tests.web.previews import PREVIEW


def post(client: ApiClient, path: str, body: Any) -> Any:
    return client.post(f"/api/v1{path}", body, content_type="application/json")


def test_a_list_is_uploaded_and_started(client: ApiClient) -> None:
    created = post(client, "/lists", {"domains": ["a.de", "b.de"], "name": "Two"})
    slug = created.json()["slug"]

    early = post(client, f"/datasets/{slug}/start", {})
    Dataset.objects.update(intake="ready", preview=PREVIEW)
    started = post(client, f"/datasets/{slug}/start", {})

    assert (created.status_code, created.json()["role"]) == (202, "owner")
    assert (early.status_code, early.json()["code"]) == (422, "bad_input")
    assert (started.status_code, started.json()["intake"]) == (202, "importing")
    assert Run.objects.get().dataset.slug == slug


def test_a_file_is_uploaded(client: ApiClient) -> None:
    file = BytesIO(b"domain\na.de\n")
    file.name = "shops.csv"

    created = client.post("/api/v1/datasets", {"file": file})

    assert (created.status_code, created.json()["name"]) == (202, "shops")
    empty = client.post("/api/v1/datasets", {"file": BytesIO(b"")})
    assert empty.status_code == 422
    assert Dataset.objects.count() == 1


def test_domains_are_added(client: ApiClient, run: Run) -> None:
    added = post(
        client,
        f"/datasets/{run.dataset.slug}/domains",
        {"domains": ["new.de", "a.de", "localhost"]},
    )

    assert added.json() == {"n_new": 1, "n_known": 1, "n_rejected": 1}


def test_a_run_is_queued_and_cancelled(client: ApiClient, run: Run) -> None:
    path = f"/datasets/{run.dataset.slug}/runs"
    body = {"name": "Strict", "clusterer": "dbscan", "clusterer_params": {"eps": 0.2}}

    queued = post(client, path, body)
    unknown = post(client, path, {"clusterer": "magic"})

    assert (queued.status_code, queued.json()["status"]) == (202, "queued")
    assert queued.json()["clusterer_params"]["eps"] == 0.2
    assert unknown.status_code == 422
    cancelled = post(client, f"{path}/{queued.json()['slug']}/cancel", {})
    assert cancelled.json()["status"] == "cancelled"
    assert post(client, f"{path}/{queued.json()['slug']}/cancel", {}).status_code == 422


def test_a_site_is_classified_by_polling(client: ApiClient, run: Run) -> None:
    asked = post(
        client, f"/datasets/{run.dataset.slug}/runs/latest/classifications", {"given": "n.de"}
    )

    waiting = client.get(asked.headers["Location"]).json()
    uid = str(run.clusters.get(name="A").uid)
    cluster = {"uid": uid, "name": "A", "score": 0.9, "domain": "a.de"}
    answer = {"cluster": cluster, "confidence": 0.8, "reason": "close", "candidates": [cluster]}
    Classification.objects.update(status="succeeded", answer=answer)
    found = client.get(asked.headers["Location"]).json()

    assert (asked.status_code, waiting["status"], waiting["cluster"]) == (202, "queued", None)
    assert (found["cluster"], found["confidence"]) == ({"uid": uid, "name": "A"}, 0.8)
    assert found["candidates"] == [cluster]


def test_an_image_is_classified(client: ApiClient, run: Run) -> None:
    file = BytesIO(as_png(drawn("ring")))
    path = f"/api/v1/datasets/{run.dataset.slug}/runs/latest/classifications/image"

    asked = client.post(path, {"file": file})
    bad = client.post(path, {"file": BytesIO(b"no image")})

    assert (asked.status_code, asked.json()["status"]) == (202, "queued")
    assert (bad.status_code, bad.json()["status"]) == (202, "failed")


def test_an_owner_deletes_a_data_set(client: ApiClient, dataset: Dataset) -> None:
    assert client.delete(f"/api/v1/datasets/{dataset.slug}").status_code == 204
    assert client.get(f"/api/v1/datasets/{dataset.slug}").status_code == 404


@pytest.mark.parametrize(
    "params",
    [{"no such": 1}, {"eps": "wide"}, {"min_samples": 2.5}, {"eps": 10**400}, {"eps": None}],
)
def test_a_run_with_impossible_parameters_is_refused(
    client: ApiClient, run: Run, params: dict[str, Any]
) -> None:
    body = {"clusterer": "dbscan", "clusterer_params": params}

    response = post(client, f"/datasets/{run.dataset.slug}/runs", body)

    assert response.status_code == 422
    assert run.dataset.runs.count() == 1
