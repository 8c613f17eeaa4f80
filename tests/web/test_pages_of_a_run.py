"""Gallery, cluster, outliers, domain, map, search, export, and corrections."""

import base64
import gzip
import json
import struct
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from clustering.models import (
    Assignment,
    Capture,
    Cluster,
    Dataset,
    Domain,
    Embedding,
    LabelSource,
    Logo,
    Membership,
    Run,
    User,
)
from clustering.selectors import map_points
from clustering.selectors.logo_tiles import largest_gap
from clustering.services import counts
from clustering.views.exports import PREVIEW_CHARACTERS
from tests.factories import make_dataset, make_run

pytestmark = pytest.mark.django_db
PAGES = (
    "gallery/",
    "outliers/",
    "map/",
    "map/points.bin",
    "map/search.json?q=a",
    "map/names.json",
    "search/?q=a",
    "export/",
)


@dataclass
class World:
    """A data set of six domains: two clusters of two, two outliers."""

    owner: User
    run: Run
    cat: Cluster
    dog: Cluster

    def domain(self, name: str) -> Domain:
        return self.run.dataset.domains.get(name=name)

    def held(self, name: str) -> Cluster | None:
        held = Assignment.objects.get(domain__name=name).cluster_id_by(LabelSource.CORRECTED)
        return None if held is None else Cluster.objects.get(pk=held)


@pytest.fixture
def world() -> World:
    owner = User.objects.create_user("owner", password="x")
    dataset = Dataset.objects.create(slug="pets", name="Pets", owner=owner, source_sha256="0" * 64)
    Membership.objects.create(dataset=dataset, user=owner, role=Membership.Role.OWNER)
    run = Run.objects.create(
        dataset=dataset,
        slug="run-1",
        status="succeeded",
        embedder_key="e",
        finished_at=timezone.now(),
    )
    rows = {"cat-a.de": (1, 0), "cat-b.de": (0.9, 0.1), "dog-a.de": (0, 1), "dog-b.de": (0.1, 0.9)}
    rows |= {"lone-a.de": (0.8, 0.3), "lone-b.de": (0.3, 0.8)}
    placed = [_placed(run, name, vector) for name, vector in rows.items()]
    cat = Cluster.objects.create(run=run, number=0, name="Cat", medoid=placed[0].logo, size=2)
    dog = Cluster.objects.create(run=run, number=1, name="Dog", medoid=placed[2].logo, size=2)
    run.assignments.filter(domain__name__startswith="cat").update(cluster=cat)
    run.assignments.filter(domain__name__startswith="dog").update(cluster=dog)
    counts.recount(run)
    counts.recount_domains(dataset)
    return World(owner, run, cat, dog)


def _placed(run: Run, name: str, vector: tuple[float, float]) -> Assignment:
    logo = Logo.objects.create(
        sha256=name.encode().hex().ljust(64, "0"), width=9, height=9, ground="light"
    )
    unit = np.array(vector) / np.linalg.norm(vector)
    Embedding.objects.create(
        logo=logo, embedder_key="e", dim=2, vector=unit.astype("<f2").tobytes()
    )
    domain = Domain.objects.create(dataset=run.dataset, name=name, status=Domain.Status.FOUND)
    return Assignment.objects.create(
        run=run, domain=domain, logo=logo, probability=1, outlier_score=0, x=vector[0], y=vector[1]
    )


@pytest.fixture
def owner(client: Client, world: World) -> Client:
    client.force_login(world.owner)
    return client


@pytest.mark.parametrize("page", PAGES)
def test_only_members_see_a_page(client: Client, world: World, page: str) -> None:
    stranger = User.objects.create_user("stranger", password="x")
    url = f"/d/pets/{page}"

    assert client.get(url).status_code == 302
    client.force_login(stranger)
    assert client.get(url).status_code == 404
    client.force_login(world.owner)
    assert client.get(url).status_code == 200


@pytest.mark.parametrize(("page", "n_queries"), [("gallery/", 14), ("outliers/", 15)])
def test_a_list_costs_the_same_queries_at_any_size(
    owner: Client,
    world: World,
    page: str,
    n_queries: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(20):
        _placed(world.run, f"more-{number}.de", (1.0, number / 20))

    with django_assert_max_num_queries(n_queries):
        assert owner.get(f"/d/pets/{page}").status_code == 200


def test_only_the_selection_moves(owner: Client, world: World) -> None:
    chosen = {"domain": [world.domain("lone-a.de").pk], "cluster": str(world.dog.uid)}

    answer = owner.post("/d/pets/corrections/assign/", chosen | {"next": "/d/pets/outliers/"})

    assert answer["Location"] == "/d/pets/outliers/"
    assert world.held("lone-a.de") == world.dog
    assert world.held("lone-b.de") is None
    assert Assignment.objects.reviewed().count() == 1
    assert Assignment.objects.get(domain__name="lone-a.de").cluster is None


def test_a_form_that_back_brought_again_is_another_decision_if_filled_in_anew(
    owner: Client, world: World
) -> None:
    page = {"cluster": str(world.dog.uid), "client_id": "0" * 32}
    for name in ("lone-a.de", "lone-a.de", "lone-b.de"):
        owner.post("/d/pets/corrections/assign/", page | {"domain": [world.domain(name).pk]})

    assert world.held("lone-b.de") == world.dog
    assert world.run.corrections.count() == 2


@pytest.mark.parametrize("number", [2**63, 10**40, -1])
def test_a_number_that_is_no_domain_changes_nothing(
    owner: Client, world: World, number: int
) -> None:
    form = {"domain": [number], "cluster": str(world.dog.uid)}

    answer = owner.post("/d/pets/corrections/assign/", form)

    assert answer.status_code == 302
    assert world.run.corrections.count() == 0


@pytest.mark.parametrize("page", ["gallery", "outliers", "search"])
def test_a_search_without_matches_is_empty(owner: Client, world: World, page: str) -> None:
    assert owner.get(f"/d/pets/{page}/", {"q": "\0zzz"}).status_code == 400


def test_a_cluster_is_found_by_its_typed_name(owner: Client, world: World) -> None:
    chosen = {"domain": [world.domain("lone-a.de").pk], "cluster_name": "dog"}

    owner.post("/d/pets/corrections/assign/", chosen)

    assert world.held("lone-a.de") == world.dog


def test_an_unknown_name_changes_nothing(owner: Client, world: World) -> None:
    chosen = {"domain": [world.domain("lone-a.de").pk], "cluster_name": "bird"}

    page = owner.post("/d/pets/corrections/assign/", chosen, follow=True)

    assert "called “bird”" in page.content.decode()
    assert Assignment.objects.reviewed().count() == 0


def test_a_decision_is_undone_and_made_again(owner: Client, world: World) -> None:
    chosen = {"domain": [world.domain("cat-b.de").pk], "cluster": "out"}
    owner.post("/d/pets/corrections/assign/", chosen)
    assert world.held("cat-b.de") is None

    owner.post("/d/pets/corrections/undo/")
    assert world.held("cat-b.de") == world.cat

    owner.post("/d/pets/corrections/redo/")
    assert world.held("cat-b.de") is None


def test_a_new_cluster_is_made_and_renamed(owner: Client, world: World) -> None:
    both = [world.domain("lone-a.de").pk, world.domain("lone-b.de").pk]
    owner.post("/d/pets/corrections/new-cluster/", {"domain": both, "name": "Loners"})
    made = Cluster.objects.get(name="Loners")

    owner.post("/d/pets/corrections/rename/", {"cluster": str(made.uid), "name": "Pairs"})

    made.refresh_from_db()
    assert (made.name, world.held("lone-b.de")) == ("Pairs", made)


def test_a_form_leads_back_to_our_own_pages_only(owner: Client, world: World) -> None:
    answer = owner.post("/d/pets/corrections/undo/", {"next": "https://evil.example/"})

    assert answer["Location"] == "/d/pets/gallery/"


def test_a_viewer_decides_nothing(owner: Client, world: World) -> None:
    Membership.objects.update(role=Membership.Role.VIEWER)
    chosen = {"domain": [world.domain("lone-a.de").pk], "cluster": "out"}

    assert owner.post("/d/pets/corrections/assign/", chosen).status_code == 403
    assert Assignment.objects.reviewed().count() == 0


def test_outliers_name_their_nearest_cluster_first(owner: Client, world: World) -> None:
    shown = owner.get("/d/pets/outliers/?sort=name").context["outliers"]

    assert [one.suggestions[0].cluster for one in shown] == [world.cat, world.dog]
    assert shown[0].suggestions[0].score == pytest.approx(0.936, abs=0.002)


def test_an_empty_cluster_is_never_suggested(owner: Client, world: World) -> None:
    for number in range(3):
        gone = _placed(world.run, f"gone-{number}.de", (0.3, 0.8))
        name = f"Gone {number}"
        Cluster.objects.create(run=world.run, number=9 + number, name=name, medoid=gone.logo)

    shown = owner.get("/d/pets/outliers/?q=lone-b").context["outliers"]

    assert [one.cluster for one in shown[0].suggestions] == [world.dog, world.cat]


def test_a_switch_shows_the_machine_labels(owner: Client, world: World) -> None:
    chosen = {"domain": [world.domain("cat-b.de").pk], "cluster": "out"}
    owner.post("/d/pets/corrections/assign/", chosen)

    corrected = owner.get("/d/pets/gallery/").context["counts"]
    machine = owner.get("/d/pets/gallery/?answer=machine").context["counts"]

    assert (corrected.n_outliers, machine.n_outliers) == (3, 2)


def points_of(client: Client, query: str = "") -> dict[str, Any]:
    """Return the header of the points with its columns in plain numbers."""
    content = client.get(f"/d/pets/map/points.bin{query}").content
    (size,) = struct.unpack_from("<I", content)
    header: dict[str, Any] = json.loads(content[4 : 4 + size])
    start = 4 + size
    for name, dtype, length in header.pop("columns"):
        header[name] = np.frombuffer(content, f"<{dtype}", length, start).tolist()
        start += length * np.dtype(dtype).itemsize
    assert start == len(content)
    for name, (low, step) in header["scales"].items():
        header[name] = [low + step * value for value in header[name]]
    header["logos"] = np.cumsum(header.pop("logo_steps")).tolist()
    return header


def column(packed: dict[str, str]) -> list[float]:
    return list(np.frombuffer(base64.b64decode(packed["bdata"]), f"<{packed['dtype']}"))


def test_the_map_has_one_marker_per_logo(owner: Client, world: World) -> None:
    shared = Assignment.objects.get(domain__name="cat-a.de")
    Assignment.objects.filter(domain__name="cat-b.de").update(logo=shared.logo)

    points = points_of(owner)

    assert points["logos"] == sorted(
        world.run.assignments.values_list("logo", flat=True).distinct()
    )
    assert points["n_domains"] == [2, 1, 1, 1, 1]
    assert points["clusters"] == [0, 1, 1, -1, -1]
    assert points["sizes"] == [10, 7, 7, 7, 7]
    assert points["x"] == pytest.approx([1, 0, 0.1, 0.8, 0.3], abs=1e-5)
    assert points["names"] == ["Cat", "Dog"]
    assert bytes(points["uids"]) == world.cat.uid.bytes + world.dog.uid.bytes
    assert (points["n_all"], points["has_names"]) == (5, True)


def test_a_large_map_shows_a_sample_of_every_cluster(
    owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(map_points, "MAX_POINTS", 3)

    points = points_of(owner)

    assert points["n_all"] == 6
    assert sorted(points["clusters"]) == [-1, 0, 1]


def test_a_point_of_the_map_has_a_label(owner: Client, world: World) -> None:
    logo = Logo.objects.get(assignments__domain__name="dog-a.de")

    label = owner.get(f"/d/pets/map/logos/{logo.pk}.json").json()

    assert label == {"domain": "dog-a.de", "sha256": logo.sha256, "is_dark": False}
    assert owner.get("/d/pets/map/logos/0.json").status_code == 404


def test_the_map_is_searched_by_domain(
    owner: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(map_points, "MAX_MATCHES", 2)
    logos = [Logo.objects.get(assignments__domain__name=f"dog-{one}.de").pk for one in "ab"]

    dogs = owner.get("/d/pets/map/search.json?q=DOG").json()
    all_of_them = owner.get("/d/pets/map/search.json?q=.de").json()

    assert (dogs["n"], column(dogs["logos"])) == (2, sorted(logos))
    assert (all_of_them["n"], len(column(all_of_them["logos"]))) == (6, 2)


def test_names_of_the_map_are_matched_by_logo(owner: Client, world: World) -> None:
    shared = Assignment.objects.get(domain__name="cat-a.de")
    Assignment.objects.filter(domain__name="cat-b.de").update(logo=shared.logo)
    Logo.objects.filter(assignments__domain__name="dog-a.de").update(ground="dark")
    firsts = ["cat-a.de", "dog-a.de", "dog-b.de", "lone-a.de", "lone-b.de"]

    names = json.loads(owner.get("/d/pets/map/names.json").content)

    logos = [Logo.objects.get(assignments__domain__name=name) for name in firsts]
    assert names["domains"] == ["cat-a.de\ncat-b.de", *firsts[1:]]
    assert column(names["logos"]) == [logo.pk for logo in logos]
    assert base64.b64decode(names["sha256s"]).hex() == "".join(logo.sha256 for logo in logos)
    assert column(names["is_dark"]) == [0, 1, 0, 0, 0]


def test_a_logo_with_domains_in_two_clusters_has_that_of_the_first(
    owner: Client, world: World
) -> None:
    shared = Assignment.objects.get(domain__name="dog-a.de")
    Assignment.objects.filter(domain__name="cat-a.de").update(logo=shared.logo)
    chosen = {"domain": [world.domain("cat-a.de").pk], "cluster": "out"}
    owner.post("/d/pets/corrections/assign/", chosen)

    assert points_of(owner)["clusters"] == [0, -1, 1, -1, -1]
    assert points_of(owner, "?answer=machine")["clusters"] == [0, 0, 1, -1, -1]


def test_the_map_of_no_points_is_empty(owner: Client, world: World) -> None:
    world.run.assignments.update(x=None)

    names = json.loads(owner.get("/d/pets/map/names.json").content)

    assert points_of(owner)["clusters"] == column(names["logos"]) == []


@pytest.mark.parametrize(("page", "n_queries"), [("points.bin", 6), ("names.json", 5)])
def test_the_map_travels_compressed_and_costs_few_queries(
    owner: Client,
    world: World,
    page: str,
    n_queries: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    plain = owner.get(f"/d/pets/map/{page}")

    with django_assert_num_queries(n_queries):
        packed = owner.get(f"/d/pets/map/{page}", headers={"Accept-Encoding": "br, gzip"})

    assert (packed["Content-Encoding"], packed["Vary"]) == ("gzip", plain["Vary"])
    assert gzip.decompress(packed.content) == plain.content


def test_the_export_page_shows_the_first_lines_of_each_file(owner: Client, world: World) -> None:
    previews = owner.get("/d/pets/export/").context["previews"]

    for preview in previews:
        file = owner.get(f"/d/pets/export/{preview.format.file}").getvalue().decode()
        shown = preview.head.splitlines()
        lines = file.splitlines()[: len(shown)]
        assert [line[:PREVIEW_CHARACTERS] for line in lines] == shown
    assert [preview.n_entries for preview in previews] == [2, 6, 6]


def test_an_unknown_cluster_is_404(owner: Client, world: World) -> None:
    assert owner.get(f"/d/pets/clusters/{UUID(int=0)}/").status_code == 404


def test_a_cluster_shows_its_members_nearest_first(owner: Client, world: World) -> None:
    tiles = owner.get(f"/d/pets/clusters/{world.cat.uid}/").context["tiles"]

    assert [tile.assignment.domain.name for tile in tiles] == ["cat-a.de", "cat-b.de"]


def test_the_cut_is_at_the_first_largest_gap() -> None:
    assert largest_gap([0.1, 0.2, 0.6, 0.7]) == 2
    assert largest_gap([0.25, 0.5, 0.75]) == 1


def test_a_domain_tells_which_rule_gave_how_many_points(alice: User, alice_client: Client) -> None:
    run = make_run(make_dataset(alice), {"acme": ["acme.de"]})
    Capture.objects.update(evidence=[["in a link to the home page", 34.0], ["tiny", -5.5]])

    page = alice_client.get(f"/d/{run.dataset.slug}/domains/acme.de/").content.decode()

    assert "in a link to the home page <strong>+34</strong>" in " ".join(page.split())
    assert "tiny <strong>-5.5</strong>" in " ".join(page.split())


def test_a_found_cluster_is_assigned_in_the_shown_run(owner: Client, world: World) -> None:
    slug = world.run.dataset.slug

    answer = owner.get(f"/d/{slug}/clusters/find/?q=cat&run={world.run.slug}")

    page = answer.content.decode()
    assert f'value="{world.cat.uid}"' in page
    assert f'hx-post="/d/{slug}/corrections/assign/?run={world.run.slug}"' in page
