"""Gallery, cluster, outliers, domain, search, export, and corrections."""

import re
from uuid import UUID, uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from clustering.models import (
    Assignment,
    Capture,
    Cluster,
    Membership,
    User,
)
from clustering.selectors.logo_tiles import largest_gap
from clustering.views.export_formats import FORMATS
from clustering.views.exports import PREVIEW_CHARACTERS
from tests.factories import make_dataset, make_run
from tests.web.pets import World, placed_domain

pytestmark = pytest.mark.django_db
PAGES = (
    "gallery/",
    "outliers/",
    "ignored/",
    "map/",
    "map/points.bin",
    "map/search.json?q=a",
    "map/names.json",
    "search/?q=a",
    "export/",
)


@pytest.mark.parametrize("page", PAGES)
def test_only_members_see_a_page(client: Client, world: World, page: str) -> None:
    stranger = User.objects.create_user("stranger", password="x")
    url = f"/d/pets/{page}"

    assert client.get(url).status_code == 302
    client.force_login(stranger)
    assert client.get(url).status_code == 404
    client.force_login(world.owner)
    assert client.get(url).status_code == 200


@pytest.mark.parametrize(
    ("page", "tab"),
    [
        ("domains/", "Overview"),
        ("brands/", "Gallery"),
        ("names/", "Gallery"),
        ("ignored/", "Outliers"),
        ("review/sure/", "Review"),
        ("runs/{run}/compare/", "Runs"),
        ("curation/", "Export"),
    ],
)
def test_a_page_below_a_tab_marks_it(owner: Client, world: World, page: str, tab: str) -> None:
    content = owner.get("/d/pets/" + page.format(run=world.run.slug)).content.decode()

    marked = re.findall(r'class="tab"\s+href="[^"]*" aria-current="page">([^<]*)</a>', content)
    assert marked == [tab]


@pytest.mark.parametrize(("page", "n_queries"), [("gallery/", 14), ("outliers/", 19)])
def test_a_list_costs_the_same_queries_at_any_size(
    owner: Client,
    world: World,
    page: str,
    n_queries: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(20):
        placed_domain(world.run, f"more-{number}.de", (1.0, number / 20))

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


def test_a_decision_may_name_thousands_of_domains(owner: Client, world: World) -> None:
    strangers = range(10**9, 10**9 + 1_500)
    chosen = {"domain": [world.domain("lone-a.de").pk, *strangers], "cluster": str(world.dog.uid)}

    owner.post("/d/pets/corrections/assign/", chosen)

    assert world.held("lone-a.de") == world.dog


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


def test_an_ignored_logo_leaves_the_queue_and_is_restored(owner: Client, world: World) -> None:
    chosen = {"domain": [world.domain("lone-a.de").pk], "client_id": str(uuid4())}

    owner.post("/d/pets/corrections/ignore/", chosen)

    assert b"lone-a.de" not in owner.get("/d/pets/outliers/").content
    assert b"1 ignored" in owner.get("/d/pets/outliers/").content
    assert b"lone-a.de" in owner.get("/d/pets/ignored/").content
    assert b">Ignored</a>" in owner.get("/d/pets/domains/lone-a.de/").content
    owner.post("/d/pets/corrections/restore/", chosen | {"client_id": str(uuid4())})
    assert b"lone-a.de" in owner.get("/d/pets/outliers/").content
    assert b"No ignored logos" in owner.get("/d/pets/ignored/").content


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
        gone = placed_domain(world.run, f"gone-{number}.de", (0.3, 0.8))
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


def test_the_export_page_lists_each_file_with_its_entries(owner: Client, world: World) -> None:
    groups = owner.get("/d/pets/export/").context["groups"]

    assert [group.title for group in groups] == [
        "Clusters", "Spreadsheets", "Analysis", "Pictures and labelling tools",
    ]  # fmt: skip
    files = [one for group in groups for one in group.files]
    assert [one.n_entries for one in files[:4]] == [2, 6, 0, 2]


def test_the_export_page_offers_a_preview_of_each_text_file(owner: Client, world: World) -> None:
    page = owner.get("/d/pets/export/?answer=machine").content.decode()

    offered = re.findall(r'hx-get="/d/pets/export/([^/]+)/preview/\?answer=machine"', page)
    assert offered == [one.file for one in FORMATS if one.begin]


@pytest.mark.parametrize("answer", ["", "?answer=machine"])
@pytest.mark.parametrize("file", [one.file for one in FORMATS if one.begin])
def test_a_preview_shows_the_first_lines_of_the_file(
    owner: Client, world: World, file: str, answer: str
) -> None:
    shown = owner.get(f"/d/pets/export/{file}/preview/{answer}").context["head"].splitlines()

    content = owner.get(f"/d/pets/export/{file}{answer}").getvalue()
    lines = content.decode("utf-8-sig").splitlines()[: len(shown)]
    assert shown
    assert [line[:PREVIEW_CHARACTERS] for line in lines] == shown


def test_a_preview_is_a_page_of_its_own_without_htmx(owner: Client, world: World) -> None:
    address = "/d/pets/export/clusters.json/preview/?answer=machine"
    page = owner.get(address).content.decode()
    part = owner.get(address, headers={"HX-Request": "true"}).content.decode()

    assert part.startswith("<pre")
    assert part in page
    assert "<h1>clusters.json</h1>" in page
    assert re.search(r'href="/d/pets/export/[^>]*aria-current="page"', page)
    assert 'href="/d/pets/export/clusters.json?answer=machine"' in page


def test_a_binary_file_has_no_preview(owner: Client, world: World) -> None:
    assert owner.get("/d/pets/export/domains.parquet/preview/").status_code == 404


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
