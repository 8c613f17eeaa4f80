"""Export formats for other programs, read back by these."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet
from pytest_django import Settings

from clustering import conf
from clustering.models import LabelSource, Logo, PairRule, Run, User
from clustering.pipeline.domains.reading import read_list
from clustering.selectors import export_edges, export_rows, export_tables
from clustering.selectors.export_rows import Parts
from clustering.services.exports import pictures, report
from clustering.services.runs import neighbours
from clustering.services.storage import logo_name
from tests.factories import make_dataset, make_domain, make_embedding, make_run
from tests.pipeline.imaging.raster_files import saved

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
Write = Callable[[Run, LabelSource], Parts]


@pytest.fixture
def run(alice: User) -> Run:
    """Two clusters, an outlier and a domain that failed; each logo has a vector."""
    groups = {"acme": ["acme.de"], "Bolt & Co": ["bolt.fr", "bolt.de"], "-": ["x.de"]}
    run = make_run(make_dataset(alice), groups)
    make_domain(run.dataset, "gone.de", row=9)
    for number, row in enumerate(run.assignments.order_by("domain__name")):
        make_embedding(row.logo, np.eye(8)[number // 2 * 2] + 0.01 * number)
    return run


def content(write: Write, run: Run) -> bytes:
    return b"".join(write(run, LabelSource.CORRECTED))


def table(data: bytes) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = parquet.read_table(io.BytesIO(data)).to_pylist()
    return rows


def store_pictures(run: Run, folder: Path, settings: Settings) -> bytes:
    """Write a picture for each logo of the run."""
    settings.MEDIA_ROOT = folder
    png = saved("PNG")
    for sha256 in Logo.objects.values_list("sha256", flat=True):
        file = conf.places().files / logo_name(sha256)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(png)
    return png


def test_json_lines_have_one_domain_a_line(run: Run) -> None:
    brand = run.brands.create(name="Bolt", n_members=2, n_groups=1)
    run.clusters.filter(name="Bolt & Co").update(brand=brand)

    rows = [json.loads(line) for line in content(export_tables.domains_jsonl, run).splitlines()]

    assert [row["domain"] for row in rows] == [
        "acme.de", "bolt.de", "bolt.fr", "gone.de", "x.de",
    ]  # fmt: skip
    assert [row["brand"] for row in rows] == ["", "Bolt", "Bolt", "", ""]
    assert rows[0]["brand_id"] is None
    assert (rows[1]["cluster_name"], rows[1]["x"], rows[4]["cluster_number"]) == (
        "Bolt & Co",
        1,
        -1,
    )


def test_the_workbook_has_the_rows_of_the_csv(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "domains.xlsx"
    path.write_bytes(content(export_tables.domains_xlsx, run))

    reading = read_list(path, column="domain")

    assert [domain.name for domain in reading.domains] == [
        "acme.de", "bolt.fr", "bolt.de", "x.de", "gone.de",
    ]  # fmt: skip
    assert len(reading.columns) == 23


def test_tables_have_the_other_columns_of_the_upload(run: Run, tmp_path: Path) -> None:
    run.dataset.other_columns = ["firm", "Domain", "embedding", "x"]
    run.dataset.save()
    run.dataset.domains.filter(name="acme.de").update(other_cells=["Ä\u2028", "d", "e", "1.5"])
    names = ["firm", "Domain (upload)", "embedding (upload)", "x (upload)"]
    path = tmp_path / "domains.xlsx"
    path.write_bytes(content(export_tables.domains_xlsx, run))

    lines = [json.loads(line) for line in content(export_tables.domains_jsonl, run).splitlines()]
    parquet_rows = table(content(export_tables.domains_parquet, run))
    sheet = read_list(path, column="domain")

    for rows in (lines, parquet_rows):
        assert [rows[0][name] for name in names] == ["Ä\u2028", "d", "e", "1.5"]
        assert [rows[3][name] for name in names] == [""] * 4
    assert list(lines[0])[-4:] == names
    assert (lines[0]["domain"], lines[0]["x"]) == ("acme.de", 1.0)
    assert [one.name for one in sheet.columns][-4:] == [
        "firm", "Domain (upload)", "embedding", "x (upload)",
    ]  # fmt: skip


def test_parquet_has_places_fingerprints_and_vectors(run: Run) -> None:
    data = content(export_tables.domains_parquet, run)

    rows = table(data)

    kind = parquet.read_schema(io.BytesIO(data)).field("embedding").type
    assert kind == pa.list_(pa.float32(), 8)
    assert [row["domain"] for row in rows] == ["acme.de", "bolt.de", "bolt.fr", "gone.de", "x.de"]
    assert (rows[0]["x"], rows[0]["y"], rows[3]["embedding"]) == (1.0, 2.0, None)
    assert np.linalg.norm(np.array(rows[0]["embedding"])) == pytest.approx(1, abs=1e-3)


def test_other_programs_read_the_parquet(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "domains.parquet"
    path.write_bytes(content(export_tables.domains_parquet, run))

    rows = duckdb.read_parquet(str(path)).order("domain").project("domain").fetchall()

    names = ["acme.de", "bolt.de", "bolt.fr", "gone.de", "x.de"]
    assert parquet.read_table(path)["domain"].to_pylist() == names
    assert pd.read_parquet(path)["domain"].tolist() == names
    assert [name for (name,) in rows] == names


def test_embedding_atlas_finds_its_columns(run: Run) -> None:
    """``--text domain --x x --y y --vector embedding``: numbers, and vectors of one length.

    Embedding Atlas itself brings language models, so it is no requirement of the tests.
    """
    schema = parquet.read_schema(io.BytesIO(content(export_tables.domains_parquet, run)))

    assert schema.field("domain").type == pa.string()
    assert pa.types.is_floating(schema.field("x").type)
    assert pa.types.is_floating(schema.field("y").type)
    vectors = schema.field("embedding").type
    assert pa.types.is_fixed_size_list(vectors)
    assert vectors.value_type == pa.float32()
    assert not {"FILE_NAME", "__row_index__"} & set(schema.names)  # it adds these


def test_vectors_and_their_ids_have_the_same_rows(run: Run) -> None:
    vectors = np.load(io.BytesIO(content(export_tables.embeddings_npy, run)))
    ids = content(export_tables.embedding_ids_csv, run).decode().splitlines()

    assert vectors.shape == (4, 8)
    assert [line.split(",")[1] for line in ids] == [
        '"domain"', '"acme.de"', '"bolt.de"', '"bolt.fr"', '"x.de"',
    ]  # fmt: skip


def test_edges_name_distance_tier_evidence_and_verdict(run: Run) -> None:
    rows = list(run.assignments.order_by("logo_id"))
    ids = [row.logo_id for row in rows]
    near = np.array([[1], [0], [3], [0]])
    neighbours.save(run, ids, near)
    first, second = sorted([rows[2].domain_id, rows[3].domain_id])
    PairRule.objects.create(
        run=run, kind="different", first_id=first, second_id=second,
        decided_at=run.created_at,
    )  # fmt: skip
    hashes = [row.logo.sha256 for row in rows]

    edges = table(content(export_edges.edges_parquet, run))

    assert [(edge["id_l"], edge["id_r"]) for edge in edges] == [
        (hashes[0], hashes[1]), (hashes[0], hashes[3]), (hashes[2], hashes[3]),
    ]  # fmt: skip
    assert [edge["verdict"] for edge in edges] == [None, None, "different"]
    assert {edge["tier"] for edge in edges} <= {"copy", "cluster", "similar"}
    for edge, (one, other) in zip(edges, [(0, 1), (0, 3), (2, 3)], strict=True):
        vectors = [rows[at].logo.embeddings.get().as_array() for at in (one, other)]
        assert edge["distance"] == pytest.approx(1 - vectors[0] @ vectors[1], abs=1e-3)


def test_a_zip_has_a_folder_for_each_cluster(run: Run, tmp_path: Path, settings: Settings) -> None:
    png = store_pictures(run, tmp_path, settings)

    archive = zipfile.ZipFile(io.BytesIO(content(pictures.clusters_zip, run)))

    assert archive.namelist() == [
        "README.txt",
        "manifest.csv",
        "0001_acme/acme.de.png",
        "0000_Bolt & Co/bolt.de.png",
        "0000_Bolt & Co/bolt.fr.png",
        "_outliers/x.de.png",
    ]
    assert archive.read("_outliers/x.de.png") == png
    assert archive.testzip() is None


def test_coco_boxes_are_in_the_category_of_the_cluster(
    run: Run, tmp_path: Path, settings: Settings
) -> None:
    store_pictures(run, tmp_path, settings)

    archive = zipfile.ZipFile(io.BytesIO(content(pictures.coco_zip, run)))

    coco = json.loads(archive.read("annotations.json"))
    names = {one["id"]: one["name"] for one in coco["categories"]}
    images = {one["id"]: one for one in coco["images"]}
    assert {
        images[one["image_id"]]["domain"]: names[one["category_id"]] for one in coco["annotations"]
    } == {"acme.de": "acme", "bolt.de": "Bolt & Co", "bolt.fr": "Bolt & Co"}
    assert {f"images/{one['file_name']}" for one in images.values()} <= set(archive.namelist())


def test_label_studio_tasks_predict_the_cluster(run: Run) -> None:
    tasks = json.loads(content(export_tables.label_studio_json, run))

    assert [task["data"]["domain"] for task in tasks] == ["acme.de", "bolt.de", "bolt.fr", "x.de"]
    assert tasks[0]["data"]["image"] == "/data/local-files/?d=clusters/0001_acme/acme.de.png"
    assert tasks[0]["predictions"][0]["result"][0]["value"] == {"choices": ["acme"]}
    assert "predictions" not in tasks[3]


def test_the_report_needs_no_other_file(run: Run, tmp_path: Path, settings: Settings) -> None:
    store_pictures(run, tmp_path, settings)

    page = content(report.report_html, run).decode()

    assert "Bolt &amp; Co · 2 domains" in page
    assert page.count("data:image/webp;base64,") == 3
    assert "http://" not in page
    assert 'src="/' not in page


def test_a_spreadsheet_knows_that_the_csv_is_utf8(run: Run) -> None:
    assert content(export_rows.domains_csv, run).startswith(b'\xef\xbb\xbf"row_number","domain"')
    assert content(export_rows.domains_semicolon_csv, run).startswith(
        b'\xef\xbb\xbf"row_number";"domain"'
    )


@pytest.mark.parametrize(
    "write",
    [
        export_tables.domains_xlsx,
        export_tables.domains_parquet,
        export_tables.embeddings_npy,
        pictures.clusters_zip,
        pictures.coco_zip,
    ],
)
def test_the_same_rows_give_the_same_bytes(run: Run, write: Write) -> None:
    assert content(write, run) == content(write, run)
