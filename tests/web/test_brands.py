"""The pages by brand: cards, evidence, and names that collide or differ."""

import json

import numpy as np
import pytest
from django.test import Client

from clustering.models import Run, User
from clustering.selectors import export_rows
from clustering.services.runs import brands
from tests.factories import make_dataset, make_embedding, make_run

pytestmark = pytest.mark.django_db

GROUPS = {
    "Mazda": ["mazdaoflodi.com", "mazdacity.com"],
    "Mazda 2": ["mazda.fr", "mazda.it"],
    "Delta": ["delta-airlines.com", "delta-airlines-cargo.com", "wings.de"],
    "Delta 2": ["delta-hotels.com", "delta-hotels-spa.de"],
    "-": ["mazda-press.es"],
}
ANGLES = {"Mazda": 0, "Mazda 2": 70, "Delta": 180, "Delta 2": 270, "mazda-press.es": 40}


@pytest.fixture
def run(alice: User) -> Run:
    run = make_run(make_dataset(alice), GROUPS)
    for row in run.assignments.select_related("domain", "logo", "cluster"):
        angle = np.radians(ANGLES[row.cluster.name if row.cluster else row.domain.name])
        make_embedding(row.logo, [np.cos(angle), np.sin(angle)], key=run.embedder_key)
    brands.build(run)
    return run


def page(client: Client, run: Run, path: str) -> str:
    answer = client.get(f"/d/{run.dataset.slug}/{path}")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_gallery_switches_to_brands_with_their_looks(alice_client: Client, run: Run) -> None:
    assert f"/d/{run.dataset.slug}/brands/" in page(alice_client, run, "gallery/")

    shown = page(alice_client, run, "brands/")

    assert "5 domains · 3 looks" in shown
    assert shown.count("cluster-card") == 3
    assert page(alice_client, run, "brands/?q=delta").count("cluster-card") == 2


def test_a_brand_shows_its_clusters_outliers_and_evidence(alice_client: Client, run: Run) -> None:
    brand = run.brands.get(n_groups=3)

    shown = page(alice_client, run, f"brands/{brand.uid}/")

    assert "Mazda 2" in shown
    assert "mazda-press.es" in shown
    assert "same owner&#x27;s word" in shown


def test_collisions_and_other_names_are_listed(alice_client: Client, run: Run) -> None:
    collisions = page(alice_client, run, "names/")
    others = page(alice_client, run, "names/?kind=off_name")

    assert 'class="badge">delta<' in collisions
    assert "wings.de" in others
    assert "wings.de" not in collisions


def test_exports_carry_cluster_and_brand(run: Run) -> None:
    lines = b"".join(export_rows.domains_csv(run)).decode().splitlines()
    head = lines[0].replace('"', "").split(",")
    at = head.index("brand_id"), head.index("cluster_id")
    rows = [line.split(",") for line in lines[1:] if "mazda" in line]

    assert len({row[at[0]] for row in rows}) == 1
    assert len({row[at[1]] for row in rows}) == 3


def test_an_exported_brand_id_is_the_address_of_its_page(alice_client: Client, run: Run) -> None:
    for item in json.loads(b"".join(export_rows.full_json(run)))["items"]:
        if item["brand_id"]:
            page(alice_client, run, f"brands/{item['brand_id']}/")
