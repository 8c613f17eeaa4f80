"""Points, names and search of the map."""

import base64
import gzip
import html
import json
import re
import struct
from typing import Any

import numpy as np
import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from clustering.models import Assignment, Dataset, Domain, Logo, Run
from clustering.selectors import map_points, map_values
from clustering.services import file_store, storage
from tests.web.pets import World

pytestmark = pytest.mark.django_db


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
    assert (points["numbers"], points["medoids"]) == ([0, 1], [0, 1])
    assert points["has_names"]


def test_a_large_map_is_sent_in_two_parts_that_are_the_whole(
    owner: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = points_of(owner)
    Run.objects.update(n_assigned=6)
    monkeypatch.setattr(map_points, "MOST_AT_ONCE", 5)
    monkeypatch.setattr(map_points, "N_FIRST", 3)

    page = owner.get("/d/pets/map/").content.decode()
    parts = [points_of(owner, query) for query in addresses(page)]

    assert len(parts) == 2
    assert "plotly-scattergl" not in page
    assert sorted(logo for part in parts for logo in part["logos"]) == whole["logos"]
    rows = [(logo, place) for part in parts for logo, *place in rows_of(part)]
    assert sorted(rows) == sorted((logo, place) for logo, *place in rows_of(whole))


def test_of_the_largest_maps_the_second_part_is_a_sample(
    owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    Run.objects.update(n_assigned=6)
    monkeypatch.setattr(map_points, "MOST_AT_ONCE", 5)
    monkeypatch.setattr(map_points, "N_FIRST", 1)
    monkeypatch.setattr(map_points, "MOST_DRAWN", 3)

    page = owner.get("/d/pets/map/").content.decode()

    assert addresses(page)[1] == "?of=6&first=1&last=2"
    assert 'data-sample="1"' in page


@pytest.mark.parametrize(
    "query", ["?of=0&first=0&last=0", "?of=x&first=0&last=0", "?of=2", "?of="]
)
def test_a_part_that_is_none_is_the_whole(owner: Client, query: str) -> None:
    assert points_of(owner, query)["logos"] == points_of(owner)["logos"]


def addresses(page: str) -> list[str]:
    """Return the queries of the parts that the page names."""
    found = re.search(r'data-points="([^"]*)"\s+data-rest="([^"]*)"', page)
    assert found
    return ["?" + html.unescape(one).partition("?")[2] for one in found.groups()]


def rows_of(points: dict[str, Any]) -> list[tuple[int, str, float, float]]:
    """Return logo, cluster and place of each point, rounded."""
    names = [*points["names"], "-"]
    columns = (points["logos"], points["clusters"], points["x"], points["y"])
    return [
        (logo, names[cluster], round(x, 3), round(y, 3))
        for logo, cluster, x, y in zip(*columns, strict=True)
    ]


def test_points_of_the_map_have_labels(owner: Client, world: World) -> None:
    logo = Logo.objects.get(assignments__domain__name="dog-a.de")
    Logo.objects.filter(pk=logo.pk).update(ground="dark")

    labels = owner.get(f"/d/pets/map/labels.json?logos={logo.pk},0,x,{10**30}").json()

    label = {"domain": "dog-a.de", "is_dark": True, "picture": None}
    assert labels == {str(logo.pk): label}  # its file is gone


def test_labels_bring_their_pictures(owner: Client, world: World) -> None:
    logo, other = Logo.objects.filter(assignments__run=world.run).distinct()[:2]
    name = storage.logo_name(logo.sha256, 96)
    file_store.store().write(name, b"RIFF\0\0\0\0")

    labels = owner.get(f"/d/pets/map/labels.json?logos={logo.pk},{other.pk}").json()

    assert labels[str(logo.pk)]["picture"] == "data:image/webp;base64,UklGRgAAAAA="
    assert labels[str(other.pk)]["picture"] is None


@pytest.mark.parametrize(
    ("by", "names", "codes"),
    [
        ("confidence", 5, [4, 1, 4, 4, -1, -1]),
        ("found", 2, [0, 0, 0, 0, 1, -1]),
        ("country", 1, [0] * 6),
    ],
)
def test_points_are_coloured_by_a_value(
    owner: Client, world: World, by: str, names: int, codes: list[int]
) -> None:
    Assignment.objects.filter(domain__name="cat-b.de").update(probability=0.5)
    world.run.dataset.domains.exclude(name="lone-b.de").update(finder="header_logo")
    world.run.dataset.domains.filter(name="lone-a.de").update(finder="icon")

    values = json.loads(owner.get(f"/d/pets/map/values.json?by={by}").content)

    assert len(values["names"]) == names
    assert column(values["codes"]) == codes
    assert values["is_scale"] is (by == "confidence")
    assert owner.get("/d/pets/map/values.json?by=sha256").status_code == 404


def test_rare_values_share_a_colour(
    owner: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(map_values, "MOST_NAMES", 2)
    for name, renamed in (("cat-a.de", "cat-a.fr"), ("dog-a.de", "dog-a.it")):
        world.run.dataset.domains.filter(name=name).update(name=renamed)

    values = json.loads(owner.get("/d/pets/map/values.json?by=country").content)

    assert (values["names"], values["has_rest"]) == ([".de", "Other"], True)
    assert column(values["codes"]) == [1, 0, 1, 0, 0, 0]


def set_cells(world: World, *columns: list[str], names: list[str]) -> None:
    """Give the domains, in the order of their import, the cells of other columns."""
    Dataset.objects.update(other_columns=names)
    for domain, *cells in zip(world.run.dataset.domains.order_by("pk"), *columns, strict=True):
        Domain.objects.filter(pk=domain.pk).update(other_cells=cells)


def test_points_are_coloured_by_other_columns_of_the_upload(owner: Client, world: World) -> None:
    firms = ["<b>A", "B", "", "B", "</script>", "Other"]
    set_cells(world, firms, ["1"] * 6, names=["firm", "<i>rank"])
    Domain.objects.filter(name="lone-b.de").update(other_cells=["Other"])
    Domain.objects.filter(name="dog-b.de").update(other_cells=None)

    page = owner.get("/d/pets/map/").content.decode()
    by_firm = json.loads(owner.get("/d/pets/map/values.json?by=column-0").content)
    by_rank = json.loads(owner.get("/d/pets/map/values.json?by=column-1").content)

    assert '<option value="column-1">&lt;i&gt;rank</option>' in page
    assert by_firm["names"] == ["</script>", "<b>A", "B", "Other"]
    assert column(by_firm["codes"]) == [1, 2, -1, -1, 0, 3]
    assert (by_firm["has_rest"], by_firm["is_scale"]) == (False, False)
    assert (by_rank["names"], column(by_rank["codes"])) == (["1"], [0, 0, 0, -1, 0, -1])
    for unknown in ("column-2", "column--1", "column-x", "column-"):
        assert owner.get(f"/d/pets/map/values.json?by={unknown}").status_code == 404


def test_rare_cells_share_a_colour(
    owner: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(map_values, "MOST_NAMES", 3)
    set_cells(world, ["x", "y", "y", "z", "z", "Other"], names=["kind"])

    values = json.loads(owner.get("/d/pets/map/values.json?by=column-0").content)

    assert (values["names"], values["has_rest"]) == (["y", "z", "Other"], True)
    assert column(values["codes"]) == [2, 0, 0, 1, 1, 2]


@pytest.mark.parametrize(
    ("cells", "names", "codes"),
    [
        (
            ["10", "-2.5", "1,000", "2e3", "300", ""],
            ["up to -2.5", "-2.5 to 10", "10 to 300", "300 to 1,000", "above 1,000"],
            [1, 0, 3, 4, 2, -1],
        ),
        (["0", "0.0", "00", "000", "5", "0.00"], ["up to 0", "above 0"], [0, 0, 0, 0, 1, 0]),
        (
            [f"170123456789012{digit}000" for digit in "012349"],
            ["up to 1.70123456789012e+18", "above 1.70123456789012e+18"],
            [0, 0, 0, 0, 0, 1],
        ),
        (
            ["1701234567891", "1701234567892", "1701234567893", "1701234567894", "4e12", ""],
            [
                "up to 1,701,234,567,891",
                "1,701,234,567,891 to 1,701,234,567,892",
                "1,701,234,567,892 to 1,701,234,567,893",
                "1,701,234,567,893 to 1,701,234,567,894",
                "above 1,701,234,567,894",
            ],
            [0, 1, 2, 3, 4, -1],
        ),
        (["10", "20", "30", "n/a", "", ""], ["10", "20", "30", "n/a"], [0, 1, 2, 3, -1, -1]),
    ],
    ids=["quantiles", "most of them zero", "long ids", "times", "not all are numbers"],
)
def test_many_numbers_are_shown_in_bands(
    owner: Client,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    cells: list[str],
    names: list[str],
    codes: list[int],
) -> None:
    monkeypatch.setattr(map_values, "MOST_NAMES", 4)
    set_cells(world, cells, names=["revenue"])

    values = json.loads(owner.get("/d/pets/map/values.json?by=column-0").content)

    assert values["names"] == names
    assert column(values["codes"]) == codes
    assert values["is_scale"] is (len(names) != 4)


def test_a_selection_is_found_on_the_map(owner: Client, world: World) -> None:
    answer = owner.post("/d/pets/map/picked.json", {"pick": "o.lone-a c1"}).json()

    names = {"lone-a.de", "dog-a.de", "dog-b.de"}
    logos = world.run.assignments.filter(domain__name__in=names).values_list("logo_id", flat=True)
    assert column(answer["logos"]) == sorted(logos)
    assert owner.post("/d/pets/map/picked.json", {"pick": "?"}).status_code == 400


def test_a_cluster_has_one_colour_on_every_page(owner: Client, world: World) -> None:
    colour = f"series-{1 + int.from_bytes(world.cat.uid.bytes[:2]) % 12}"

    for page in ("gallery/", f"clusters/{world.cat.uid}/", "compare/?c=0"):
        assert f'"series {colour}' in owner.get(f"/d/pets/{page}").content.decode(), page


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
    firsts = ["cat-a.de", "dog-a.de", "dog-b.de", "lone-a.de", "lone-b.de"]

    names = json.loads(owner.get("/d/pets/map/names.json").content)

    logos = [Logo.objects.get(assignments__domain__name=name) for name in firsts]
    assert names["domains"] == ["cat-a.de\ncat-b.de", *firsts[1:]]
    assert column(names["logos"]) == [logo.pk for logo in logos]


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


@pytest.mark.parametrize(("page", "n_queries"), [("points.bin", 8), ("names.json", 6)])
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
