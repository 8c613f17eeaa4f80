"""Columns beside the domains: which are kept, and what of them."""

import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from clustering.pipeline.domains import UploadReading, other_columns
from clustering.pipeline.domains.other_columns import arranged, split
from clustering.pipeline.domains.reading import read_list, read_upload


def reading_of(tmp_path: Path, data: bytes, column: str | None = None) -> UploadReading:
    path = tmp_path / "upload"
    path.write_bytes(data)
    return read_list(path, column=column)


def cells(reading: UploadReading) -> dict[str, list[str] | None]:
    return {domain.name: split(domain.cells) for domain in reading.domains}


def test_the_first_row_of_a_domain_gives_its_cells(tmp_path: Path) -> None:
    rows = "company,site,country\nAcme,a.de,DE\nOther,a.de,FR\nBolt,b.fr,\n,c.at,\n,,AT\n"
    reading = reading_of(tmp_path, rows.encode())

    assert reading.other_columns == ("company", "country")
    assert cells(reading) == {"a.de": ["Acme", "DE"], "b.fr": ["Bolt"], "c.at": None}


def test_the_first_bad_value_of_a_row_has_its_cells(tmp_path: Path) -> None:
    rows = 'n,site,late\n1,a.de,\n2,"x.invalid, y.invalid",\n3,b.de,\n,,"Ulm"\n5\n'
    reading = reading_of(tmp_path, rows.encode())

    assert reading.other_columns == ("n", "late")
    assert cells(reading) == {"a.de": ["1"], "b.de": ["3"]}
    assert [(one.row_number, one.raw, one.cells) for one in reading.rejected] == [
        (3, "x.invalid", "2"),
        (3, "y.invalid", ""),
        (5, "", "\tUlm"),
        (6, "", "5"),
    ]


@pytest.mark.parametrize(
    "data", [b"a.de\nb.fr\n", b"domain\na.de\n", b"a.de, b.fr\nc.at, d.ch\n", b'["a.de", "b.fr"]']
)
def test_lists_without_other_columns_have_no_cells(tmp_path: Path, data: bytes) -> None:
    reading = reading_of(tmp_path, data)

    assert reading.other_columns == ()
    assert {domain.cells for domain in reading.domains} == {""}


def test_columns_without_a_value_are_dropped_and_late_ones_come_last(tmp_path: Path) -> None:
    rows = [f"a{n}.de,,{n},\x00, " for n in range(1_100)]
    lines = ["site,late,n,control,blank", *rows, "z.de,at last,,,"]
    reading = reading_of(tmp_path, "\n".join(lines).encode())

    assert reading.other_columns == ("n", "late")
    assert cells(reading)["a7.de"] == ["7"]
    assert cells(reading)["z.de"] == ["", "at last"]


def test_cells_are_cut_and_hold_no_control_characters(tmp_path: Path) -> None:
    rows = f'site;note\na.de;"two\nlines\x1b[31m\u202e\x7f"\nb.de;{"x" * 300}\nc.de;"a\tb"\n'
    reading = reading_of(tmp_path, rows.encode())

    assert cells(reading) == {"a.de": ["two lines [31m"], "b.de": ["x" * 200], "c.de": ["a b"]}


@pytest.mark.parametrize("text", ["می\u200cخواهم", "क्\u200dष", "👨\u200d👩\u200d👧 x"])
def test_cells_keep_the_joiners_of_scripts_and_emoji(tmp_path: Path, text: str) -> None:
    reading = reading_of(tmp_path, f"site,note\na.de,{text}\n".encode())

    assert cells(reading) == {"a.de": [text]}


def test_several_domains_of_one_row_share_its_cells(tmp_path: Path) -> None:
    rows = b"firm,site,shop\nAcme,a.de,shop.at\nBolt,b.fr c.fr,d.ch\n"
    chosen = reading_of(tmp_path, rows, "site + shop")

    assert chosen.other_columns == ("firm",)
    assert {domain.name: domain.cells for domain in chosen.domains} == {
        **dict.fromkeys(["a.de", "shop.at"], "Acme"),
        **dict.fromkeys(["b.fr", "c.fr", "d.ch"], "Bolt"),
    }
    assert reading_of(tmp_path, rows, "site").other_columns == ("firm", "shop")


def test_of_many_columns_the_first_filled_ones_are_kept(tmp_path: Path) -> None:
    names = [f"c{n}" for n in range(60)]
    lines = [",".join(["site", *names]), ",".join(["a.de", "", *names[1:]])]
    reading = reading_of(tmp_path, "\n".join(lines).encode())

    assert reading.other_columns == tuple(names[1:33])
    assert "Only the first 32 columns beside the domains are kept" in reading.notes


def test_no_column_takes_the_place_of_a_dropped_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(other_columns, "MAX_OTHER_BYTES", 1 << 20)
    monkeypatch.setattr(other_columns, "MAX_OTHER_COLUMNS", 2)
    rows = [f"a{n}.de,{'x' * 150},{n},{n}" for n in range(10_000)]
    reading = reading_of(tmp_path, "\n".join(["site,text,n,more", *rows]).encode())

    assert reading.other_columns == ("n",)
    assert cells(reading)["a9999.de"] == ["9999"]


def test_the_longest_column_is_left_out_of_too_much_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(other_columns, "MAX_OTHER_BYTES", 1 << 20)
    rows = [f"{n},a{n}.de,{'x' * 150},end" for n in range(10_000)]
    reading = reading_of(tmp_path, "\n".join(["n,site,text,last", *rows]).encode())

    assert reading.other_columns == ("n", "last")
    assert cells(reading)["a0.de"] == ["0", "end"]
    assert cells(reading)["a9999.de"] == ["9999", "end"]
    assert reading.notes == (
        "Column “text” is not kept: the columns beside the domains hold more than 1 MB",
    )


def test_columns_of_one_name_are_told_apart(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, b"n,n (3),n,site\n1,2,3,a.de\n")

    assert reading.other_columns == ("n", "n (3)", "n (3) (3)")


def test_parquet_keeps_numbers_dates_and_text(tmp_path: Path) -> None:
    path = tmp_path / "list.parquet"
    table = pa.table(
        {
            "revenue": [1.5, 2_000_000.0],
            "growth": [float("nan"), 0.1],
            "staff": pa.array([7, None], pa.int64()),
            "site": ["a.de", "b.fr"],
            "since": [date(2024, 1, 2), None],
            "name": ["Ä", "B"],
            "is_new": [True, False],
        }
    )
    parquet.write_table(table, path)

    reading = read_list(path, column=None)

    assert reading.column == "site"
    assert reading.other_columns == (
        "revenue", "growth", "staff", "since", "name", "is_new",
    )  # fmt: skip
    assert cells(reading) == {
        "a.de": ["1.5", "", "7", "2024-01-02", "Ä", "true"],
        "b.fr": ["2000000", "0.1", "", "", "B", "false"],
    }


def test_parquet_columns_of_one_name_keep_their_own_cells(tmp_path: Path) -> None:
    columns = [["1"], ["2"], ["3"], [{"url": "4"}], ["5"], ["a.de"]]
    names = ["n", "n (3)", "n", "s", "s.url", "site"]
    path = tmp_path / "list.parquet"
    parquet.write_table(pa.table(columns, names), path)

    reading = read_list(path, column=None)

    assert reading.other_columns == ("n", "n (3)", "n (3) (3)", "s.url", "s.url (5)")
    assert cells(reading) == {"a.de": ["1", "2", "3", "4", "5"]}


def test_times_that_cannot_be_written_are_empty(tmp_path: Path) -> None:
    path = tmp_path / "list.parquet"
    zone = pa.timestamp("ms", "No/Where")
    parquet.write_table(pa.table({"at": pa.array([1], zone), "site": ["a.de"]}), path)

    reading = read_list(path, column=None)

    assert reading.other_columns == ()
    assert [domain.name for domain in reading.domains] == ["a.de"]


def test_json_and_the_child_process_keep_them_too(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    rows = [{"domain": "a.de", "of": {"country": "DE"}, "rank": 1}, {"domain": "b.de", "rank": 2}]
    path.write_text(json.dumps(rows), encoding="utf-8")

    reading = read_upload(path)

    assert reading == read_list(path, column=None)
    assert reading.other_columns == ("of.country", "rank")
    assert cells(reading) == {"a.de": ["DE", "1"], "b.de": ["", "2"]}


def test_cells_are_arranged_by_the_names_of_other_columns() -> None:
    assert arranged("1\t2", ("n", "m", "o"), ("x", "m")) == ["", "2"]
    assert arranged("1\t2", ("n", "m"), ("o",)) is None
    assert arranged("", (), ()) is None
