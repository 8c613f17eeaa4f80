"""``rejected.csv``: the rows as uploaded with their errors, which can be mended and read again."""

import csv
from io import StringIO
from pathlib import Path

import pytest

from clustering.models import Dataset, User
from clustering.pipeline.domains import UploadReading
from clustering.pipeline.domains.reading import read_list
from clustering.selectors import export_rows
from clustering.services.datasets import intake

pytestmark = pytest.mark.django_db
LINES = [["one.invalid", "Bonn"], ["a.de", "Ulm"], ["b., 10.0.0.1", "=Kiel"], ["", "Trier"]]


def reading_in_place(path: Path, column: str | None) -> UploadReading:
    return read_list(path, column=column)


def previewed(user: User, text: str, column: str = "") -> Dataset:
    dataset = intake.receive_upload(
        user, source_name="list.csv", chunks=[text.encode()], embedder="descriptor"
    )
    dataset.column = column
    dataset.save()
    intake.read_upload(dataset, read=reading_in_place)
    dataset.refresh_from_db()
    return dataset


def imported(user: User, text: str, column: str = "") -> Dataset:
    dataset = previewed(user, text, column)
    intake.confirm(dataset, embedder="descriptor")
    intake.read_upload(dataset, read=reading_in_place)
    dataset.refresh_from_db()
    return dataset


def file_of(dataset: Dataset) -> str:
    return b"".join(export_rows.rejected_csv(dataset)).decode("utf-8-sig")


def rows_of(dataset: Dataset) -> list[list[str]]:
    return list(csv.reader(StringIO(file_of(dataset))))


def as_csv(*rows: list[str]) -> str:
    out = StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def test_the_columns_are_those_of_the_upload_before_and_after_the_import(alice: User) -> None:
    text = as_csv(["n", "site", "empty", "city"], *[["", one, "", two] for one, two in LINES])

    shown = rows_of(previewed(alice, text))

    assert shown == rows_of(imported(alice, text))
    assert shown[0] == ["n", "site", "empty", "city", "row", "error"]
    assert [line[:5] for line in shown[1:]] == [
        ["", "one.invalid", "", "Bonn", "2"],
        ["", "b., 10.0.0.1", "", "'=Kiel", "4"],
        ["", "", "", "Trier", "5"],
    ]
    assert shown[2][5].count(" | ") == 1
    assert shown[3][5] == "The cell is empty"


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("a.de\nb.\n", ["domain"]),
        ("website\na.de\nb.\n", ["website"]),
        ("a.de, b.de\nc.de, d.de\nb., e.de\n", ["domain"]),
        ("Bonn,a.de\nUlm,b.\n", ["Column 1", "Column 2"]),
    ],
    ids=["plain", "named", "rows of domains", "no header"],
)
def test_lists_without_a_header_or_other_columns(
    alice: User, text: str, header: list[str]
) -> None:
    dataset = imported(alice, text)
    assert rows_of(dataset)[0] == [*header, "row", "error"]

    again = previewed(alice, file_of(dataset).replace('"b."', '"www.z.de"'))

    assert (again.column, again.preview["n_domains"]) == (header[-1], 1)
    assert again.preview["n_rejected"] == 0


def test_columns_that_are_read_together_are_one(alice: User) -> None:
    text = "firm,site,shop\nAcme,a.de,b.de\nBolt,x.invalid,c.de\nCross,d.de,e.de\n"

    header, line = rows_of(imported(alice, text, "site + shop"))

    assert header == ["firm", "site + shop", "row", "error"]
    assert line[:2] == ["Bolt", "x.invalid"]


def test_a_file_with_few_mended_rows_is_read_by_its_own_column(alice: User) -> None:
    """The errors name "example.com" themselves."""
    text = as_csv(["=note", "site", "city"], ["-1", "a.de", "Ulm"], *[["", "word", "+1"]] * 40)
    dataset = imported(alice, text)
    again = imported(alice, file_of(dataset).replace('"word"', '"b.de"', 1))

    assert again.column == "site"
    assert again.other_columns == ["city"]
    assert dict(again.domains.values_list("name", "other_cells")) == {"b.de": ["+1"]}
    assert again.n_rejected == 39
    assert [column["name"] for column in again.preview["columns"]] == ["=note", "site", "city"]
    assert "It is a list of rejected rows" in again.preview["notes"][-1]
    assert rows_of(again)[0] == rows_of(dataset)[0] == ["'=note", "site", "city", "row", "error"]
