"""What the read routes of the API return."""

import json

import pytest
from django.utils import timezone

from clustering.models import Dataset, LabelSource, Membership, Run, User
from clustering.selectors import export_rows
from tests.api.conftest import ApiClient
from tests.factories import make_dataset, make_run


def test_the_token_knows_its_user(client: ApiClient) -> None:
    user = {"username": "alice", "name": ""}

    assert client.json("/me") == user | {"token": "test", "scope": "admin"}


def test_data_sets_are_those_of_the_user(client: ApiClient, run: Run, bob: User) -> None:
    make_dataset(bob, "Other")

    page = client.json("/datasets")

    assert [(one["slug"], one["role"]) for one in page["results"]] == [(run.dataset.slug, "owner")]
    assert page["next"] is None
    shown = client.json(f"/datasets/{run.dataset.slug}")
    assert shown["n_domains"] == {"pending": 1, "found": 6}


def test_members_without_guests(client: ApiClient, dataset: Dataset, bob: User) -> None:
    Membership.objects.create(dataset=dataset, user=bob, role="viewer")

    members = client.json(f"/datasets/{dataset.slug}/members")["results"]

    assert [(one["username"], one["role"]) for one in members] == [
        ("alice", "owner"),
        ("bob", "viewer"),
    ]


def test_the_latest_run_is_the_newest_that_succeeded(client: ApiClient, run: Run) -> None:
    Run.objects.create(dataset=run.dataset, slug="next", clusterer="dbscan", projector="umap")

    assert client.json(f"/datasets/{run.dataset.slug}/runs/latest")["slug"] == run.slug
    listed = client.json(f"/datasets/{run.dataset.slug}/runs")["results"]
    assert [one["slug"] for one in listed] == ["next", run.slug]


def test_a_list_is_read_page_by_page(client: ApiClient, run: Run) -> None:
    path = f"/datasets/{run.dataset.slug}/runs/latest/items"

    names, cursor = [], ""
    while cursor is not None:
        page = client.json(path, limit=3, cursor=cursor)
        names.append([one["domain"] for one in page["results"]])
        cursor = page["next"]

    assert names == [["a.de", "b.de", "c.de"], ["d.de", "e.de", "failed.de"], ["o.de"]]


def test_clusters_and_their_domains(client: ApiClient, run: Run) -> None:
    path = f"/datasets/{run.dataset.slug}/runs/latest/clusters"
    brand = run.brands.create(name="Bee", n_members=2, n_groups=1)
    run.clusters.filter(name="B").update(brand=brand)

    found = client.json(path)["results"]
    items = client.json(f"{path}/{found[1]['uid']}/items")["results"]

    assert [(one["name"], one["n_members"]) for one in found] == [("A", 3), ("B", 2)]
    assert [one["domain"] for one in items] == ["d.de", "e.de"]
    assert {one["cluster"]["name"] for one in items} == {"B"}
    assert [one["brand"] for one in items] == 2 * [{"uid": str(brand.uid), "name": "Bee"}]
    assert [one["name"] for one in client.json(path, q="e.de")["results"]] == ["B"]
    assert client.json(f"{path}/{found[0]['uid']}")["name"] == "A"


def test_corrected_and_machine_labels(client: ApiClient, run: Run) -> None:
    row = run.assignments.get(domain__name="o.de")
    row.human_cluster, row.reviewed_at = run.clusters.get(name="B"), timezone.now()
    row.save()
    path = f"/datasets/{run.dataset.slug}/runs/latest"

    corrected = client.json(f"{path}/items/o.de")
    machine = client.json(f"{path}/items/o.de", labels="machine")

    assert (corrected["cluster"]["name"], corrected["is_reviewed"]) == ("B", True)
    assert machine["cluster"] is None
    assert client.json(f"{path}/outliers")["results"] == []
    outliers = client.json(f"{path}/outliers", labels="machine")["results"]
    assert [one["domain"] for one in outliers] == ["o.de"]


def test_a_domain_without_a_logo(client: ApiClient, run: Run) -> None:
    item = client.json(f"/datasets/{run.dataset.slug}/runs/latest/items/failed.de")

    assert (item["is_in_run"], item["logo"], item["cluster"]) == (False, None, None)


@pytest.mark.parametrize("labels", list(LabelSource))
def test_an_export_has_the_bytes_of_the_page(
    client: ApiClient, run: Run, labels: LabelSource
) -> None:
    path = f"/datasets/{run.dataset.slug}/runs/{run.slug}/exports"

    listed = {one["file"] for one in client.json(path)}
    sent = client.get(f"/api/v1{path}/clusters.json", {"labels": labels.value}).getvalue()

    assert listed >= {"clusters.json", "clusters.full.json", "domains.csv"}
    assert sent == b"".join(export_rows.clusters_json(run, labels))
    assert json.loads(sent)["-1"] == ["o.de"]


def test_the_number_of_queries_does_not_grow(
    client: ApiClient, dataset: Dataset, django_assert_max_num_queries: object
) -> None:
    make_run(dataset, {str(n): [f"a{n}.de", f"b{n}.de"] for n in range(12)})
    path = f"/api/v1/datasets/{dataset.slug}/runs/latest"
    client.get(f"{path}/items")  # notes the use of the token

    for part in ("items", "clusters", "outliers"):
        with django_assert_max_num_queries(7):  # type: ignore[operator]  # a fixture
            assert client.get(f"{path}/{part}").status_code == 200


def test_the_evidence_about_two_domains_is_given(client: ApiClient, run: Run) -> None:
    a, b = run.assignments.members_of(run.clusters.get(name="B")).values_list(
        "domain__name", flat=True
    )[:2]
    path = f"/api/v1/datasets/{run.dataset.slug}/runs/latest/items/{a}/why"

    found = client.get(f"{path}?second={b}").json()

    assert (found["is_together"], found["tier"]) == (True, "same brand, another rendition")
    assert client.get(path).status_code == 200
    assert client.get(f"{path}?second=nobody.de").status_code == 404
