"""Spreadsheets run no cell of an exported CSV as a formula."""

import csv
from io import StringIO

import pytest

from clustering.pipeline.export import csv_cell, csv_table

SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"
UNSEEN = (
    *(
        "",
        " ",
        "\t",
        "\r",
        "\n",
        "\v",
        "\f",
        "\0",
        "\x1b",
        "\x85",
        "\xa0",
        "\xad",
        "\u034f",
        "\u061c",
    ),
    *("\u180e", "\u2003", "\u200b", "\u200d", "\u200e", "\u2028", "\u2029", "\u2060", "\u3000"),
    *("\ufe0f", "\ufeff", "\ufff9", "\U000e0001", "\u0301", " \u200b\ufeff\t"),
)


@pytest.mark.parametrize("unseen", UNSEEN, ids=ascii)
@pytest.mark.parametrize("sign", SIGNS, ids=ascii)
def test_a_formula_is_text_whatever_stands_before_it(sign: str, unseen: str) -> None:
    cell = csv_cell(f"{unseen}{sign}HYPERLINK()")

    lines = cell.split("\n")
    assert all(line == "" or line.startswith("'") for line in lines)
    assert cell.replace("'", "") == f"{unseen}{sign}HYPERLINK()"


@pytest.mark.parametrize(
    "text", ["", "acme", "7-eleven", "\xe9tat", "a=b", "\u200bacme", "(a)", "\u0301"]
)
def test_other_texts_stay(text: str) -> None:
    assert csv_cell(text) == text


def test_a_table_is_read_back() -> None:
    rows = [["=1+1", -2.5, "a,b"], ["\ufeff@x", 3, 'q"']]

    text = b"".join(csv_table(["a", "b", "c"], rows)).decode()

    assert list(csv.reader(StringIO(text)))[1:] == [
        ["'=1+1", "-2.5", "a,b"],
        ["'\ufeff@x", "3", 'q"'],
    ]
