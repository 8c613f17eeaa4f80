"""Exports: keyed by domain, corrected or raw, the same bytes for the same rows."""

import codecs
import csv
import io
import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from clustering.models import Domain, LabelSource, Run, User
from clustering.pipeline import export
from clustering.selectors import export_rows
from clustering.services.curation import edits
from tests.factories import make_dataset, make_domain, make_run, update_domains

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def run(alice: User) -> Run:
    groups = {"acme": ["acme.de"], "bolt": ["bolt.fr", "bolt.de"], "-": ["x.de"]}
    return make_run(make_dataset(alice), groups)


def plain(run: Run, label_source: LabelSource = LabelSource.CORRECTED) -> dict[str, list[str]]:
    document: dict[str, list[str]] = json.loads(
        b"".join(export_rows.clusters_json(run, label_source))
    )
    return document


def full(run: Run) -> dict[str, object]:
    document: dict[str, object] = json.loads(b"".join(export_rows.full_json(run)))
    return document


def rows(run: Run) -> list[dict[str, str]]:
    content = b"".join(export_rows.domains_csv(run))
    assert content.startswith(codecs.BOM_UTF8)  # without it, spreadsheets garble letters
    text = content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_plain_form_numbers_by_size_and_sorts_domains(run: Run) -> None:
    assert plain(run) == {"0": ["bolt.de", "bolt.fr"], "1": ["acme.de"], "-1": ["x.de"]}
    assert list(plain(run)) == ["0", "1", "-1"]


def test_exports_hold_corrected_or_machine_labels(run: Run, alice: User) -> None:
    chosen = run.dataset.domains.filter(name__in=["x.de", "bolt.de"]).values_list("pk", flat=True)
    acme = run.clusters.get(name="acme")
    edits.assign(run, alice, domain_ids=list(chosen), cluster=acme, client_id=uuid4())

    assert plain(run) == {"0": ["acme.de", "bolt.de", "x.de"], "1": ["bolt.fr"], "-1": []}
    assert plain(run, LabelSource.MACHINE)["0"] == ["bolt.de", "bolt.fr"]


def test_the_full_form_tells_who_decided_and_where_each_logo_came_from(
    run: Run, alice: User
) -> None:
    x = run.dataset.domains.get(name="x.de")
    edits.new_cluster(run, alice, domain_ids=[x.pk], name="Ex", client_id=uuid4())
    failed = make_domain(run.dataset, "gone.de", row=9)
    failed.status, failed.error_code = "failed", "dns"
    failed.save()

    document = full(run)

    items = {item["domain"]: item for item in document["items"]}  # type: ignore[attr-defined] # JSON
    assert document["schema"] == "logo-clusters/1"
    assert list(items) == ["acme.de", "bolt.de", "bolt.fr", "gone.de", "x.de"]
    assert (items["x.de"]["label_source"], items["x.de"]["edited_by"]) == ("human", "alice")
    assert items["acme.de"]["image"]["source_url"] == "https://acme.de/logo.png"
    assert (items["gone.de"]["status"], items["gone.de"]["error"]) == ("failed", "dns")
    assert items["gone.de"]["cluster_number"] is None
    decided = {name: item["decided_by"] for name, item in items.items()}
    assert decided == dict.fromkeys(("acme.de", "bolt.de", "bolt.fr"), "machine") | {
        "gone.de": "",
        "x.de": "person",
    }


def test_csv_has_a_line_per_row_of_the_upload(run: Run) -> None:
    domain = run.dataset.domains.get(name="acme.de")
    domain.row_numbers = [7, 2]
    domain.save()

    lines = rows(run)

    assert [(line["row_number"], line["domain"]) for line in lines] == [
        ("2", "acme.de"),
        ("2", "bolt.fr"),
        ("3", "bolt.de"),
        ("4", "x.de"),
        ("7", "acme.de"),
    ]
    assert lines[0]["cluster_name"] == "acme"
    assert lines[3]["cluster_number"] == "-1"


def test_a_row_with_many_domains_keeps_their_order_and_that_of_its_preview(run: Run) -> None:
    names = [f"{letter}.at" for letter in "zyxwvutsrqponmlk"]
    for name in names:
        make_domain(run.dataset, name, row=20)

    lines = rows(run)
    beginning = b"".join(export_rows.domains_csv_beginning(run)).decode().splitlines()

    assert [line["domain"] for line in lines[4:]] == names
    assert (
        b"".join(export_rows.domains_csv(run)).decode().splitlines()[: len(beginning)] == beginning
    )
    assert len(beginning) == 1 + export_rows.BEGINNING_ROWS


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@x", "\tx", "\uff1dx", " =x"])
def test_csv_defuses_formulas(run: Run, name: str) -> None:
    cluster = run.clusters.get(name="acme")
    cluster.name = name
    cluster.save()

    assert rows(run)[0]["cluster_name"] == f"'{name}"


def add_other_columns(run: Run) -> None:
    run.dataset.other_columns = ["firm", "Status", "note"]
    run.dataset.save()
    run.dataset.domains.filter(name="acme.de").update(other_cells=["Acme", "=1+1"])
    run.dataset.domains.filter(name="x.de").update(other_cells=["", "", "last"])


def test_the_full_form_has_the_other_columns_of_the_upload(run: Run) -> None:
    without = full(run)
    add_other_columns(run)

    found = full(run)
    items = found["items"]
    held = {item["domain"]: item.pop("columns") for item in items}  # type: ignore[attr-defined] # JSON

    assert held["acme.de"] == {"firm": "Acme", "Status": "=1+1", "note": ""}
    assert held["bolt.de"] == {"firm": "", "Status": "", "note": ""}
    assert found == without


def test_csv_has_the_other_columns_at_its_end_with_formulas_defused(run: Run) -> None:
    add_other_columns(run)
    make_domain(run.dataset, "gone.de", row=9)

    lines = rows(run)

    assert list(lines[0])[-4:] == ["logo_words", "firm", "Status (upload)", "note"]
    assert [list(line.values())[-3:] for line in lines if line["domain"] != "bolt.fr"] == [
        ["Acme", "'=1+1", ""],
        ["", "", ""],
        ["", "", "last"],
        ["", "", ""],
    ]
    picked = b"".join(export_rows.picked_csv(run, LabelSource.CORRECTED, [])).decode()
    assert picked.rstrip().endswith('"firm","Status (upload)","note"')
    assert (
        list(
            csv.DictReader(
                io.StringIO(b"".join(export_rows.domains_csv_beginning(run)).decode("utf-8-sig"))
            )
        )
        == lines
    )


def test_names_of_the_upload_give_way_to_those_of_the_file() -> None:
    assert export.free_names(["X", "x", "y", "Y (upload)"], ["x", "z"]) == [
        "X (upload)", "x (upload) (upload)", "y", "Y (upload)",
    ]  # fmt: skip


def test_the_same_rows_give_the_same_bytes(run: Run) -> None:
    for document in (export_rows.clusters_json, export_rows.full_json, export_rows.domains_csv):
        assert b"".join(document(run)) == b"".join(document(run))


def test_queries_do_not_grow_with_the_data(
    run: Run, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    add_other_columns(run)
    run = Run.objects.select_related("dataset").get(pk=run.pk)

    with django_assert_num_queries(11):
        b"".join(export_rows.full_json(run))


@pytest.mark.parametrize("rows_per_chunk", [1, 2, 3])
def test_chunks_of_any_size_give_the_same_bytes(
    run: Run, monkeypatch: pytest.MonkeyPatch, rows_per_chunk: int
) -> None:
    documents = (export_rows.clusters_json, export_rows.full_json, export_rows.domains_csv)
    whole = [b"".join(document(run)) for document in documents]
    monkeypatch.setattr(export_rows, "ROWS_PER_CHUNK", rows_per_chunk)

    assert [b"".join(document(run)) for document in documents] == whole


def test_domains_are_sorted_by_code_point(alice: User) -> None:
    names = ["b-a.de", "b.de", "B.de", "ba.de", "_b.de", "\u00e9.de", "\U0001f600.de", "\uff42.de"]
    run = make_run(make_dataset(alice), {"acme": names})

    items = full(run)["items"]
    first = export_rows.items_beginning(run, LabelSource.CORRECTED)

    assert [item.domain for item, _ in first] == sorted(names)
    assert [item["domain"] for item in items] == sorted(names)  # type: ignore[attr-defined] # JSON
    assert plain(run) == {"0": sorted(names), "-1": []}


def test_large_exports_arrive_in_parts_after_an_immediate_first_one(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "PART_BYTES", 400)

    parts = list(export_rows.full_json(run))

    assert parts[0].startswith(b'{"schema":"logo-clusters/1"')
    assert len(parts) > 5
    assert max(map(len, parts[1:])) < 1_500


def test_negative_numbers_stay_numbers(run: Run) -> None:
    run.assignments.update(x=-0.5707619)

    assert {line["x"] for line in rows(run)} == {"-0.570762"}


def test_failures_are_listed_with_their_reason(run: Run) -> None:
    for name, code in (("down.de", "dns"), ("slow.de", "timeout")):
        domain = make_domain(run.dataset, name, row=9)
        domain.status, domain.error_code = "failed", code
        domain.save()

    text = b"".join(export_rows.failures_csv(run.dataset, "dns")).decode("utf-8-sig")

    assert [(row["domain"], row["reason"]) for row in csv.DictReader(io.StringIO(text))] == [
        ("down.de", "dns")
    ]


def test_a_failure_tells_the_status_the_tries_and_the_time(run: Run) -> None:
    tried_at = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
    make_domain(run.dataset, "down.de", row=9)
    failed = {"status": "failed", "error_code": "http_5xx", "error_detail": "status 503"}
    update_domains(
        Domain.objects.filter(name="down.de"), attempts=3, finished_at=tried_at, **failed
    )

    text = b"".join(export_rows.failures_csv(run.dataset)).decode("utf-8-sig")

    assert list(csv.DictReader(io.StringIO(text))) == [
        {
            "domain": "down.de",
            "as_given": "down.de",
            "row_numbers": "9",
            "reason": "http_5xx",
            "http_status": "503",
            "detail": "status 503",
            "attempts": "3",
            "last_tried": "2026-11-21T07:00:00+00:00",
        }
    ]
