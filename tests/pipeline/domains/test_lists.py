import random
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from clustering.pipeline.domains import Column, NamedDomain, Rejected, UploadReading
from clustering.pipeline.domains.reading import read_list
from clustering.pipeline.errors import InputError, UnreadableUpload


def reading_of(tmp_path: Path, data: bytes, column: str | None = None) -> UploadReading:
    path = tmp_path / "upload"
    path.write_bytes(data)
    return read_list(path, column=column)


def names(reading: UploadReading) -> list[str]:
    return [domain.name for domain in reading.domains]


def test_a_list_one_per_line_gives_domains_duplicates_and_rejected(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, b"a.de\n\nhttps://www.A.de/x\nnonsense\nb.fr\n")

    assert reading.file_type == "txt"
    assert reading.n_rows == 4
    assert reading.domains == (
        NamedDomain("a.de", "a.de", (1, 3)),
        NamedDomain("b.fr", "b.fr", (5,)),
    )
    assert reading.n_duplicates == 1
    assert reading.rejected == (
        Rejected(4, "nonsense", "It is a single word; a domain name has a dot, as in example.com"),
    )


def test_the_header_of_a_list_is_not_a_row(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, b"Domain\na.de\n")

    assert reading.has_header
    assert reading.columns == (Column("Domain", 1.0),)
    assert reading.domains == (NamedDomain("a.de", "a.de", (2,)),)


@pytest.mark.parametrize(
    ("delimiter", "file_type"), [(",", "csv"), (";", "csv"), ("\t", "tsv"), ("|", "csv")]
)
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str, file_type: str) -> None:
    lines = ["name,domain,note", "A,a.de,x", "B,b.fr,y"]
    reading = reading_of(tmp_path, "\n".join(lines).replace(",", delimiter).encode())

    assert reading.file_type == file_type
    assert [column.score for column in reading.columns] == [0.0, 1.0, 0.0]
    assert reading.column == "domain"
    assert reading.preview == (("A", "a.de", "x"), ("B", "b.fr", "y"))
    assert names(reading) == ["a.de", "b.fr"]


@pytest.mark.parametrize(
    "text",
    [
        "name^domain\nA^a.de\nB^b.fr\n",
        "name~domain\nA~a.de\nB~b.fr\n",
        "company:website\nA:a.de\nB:b.fr\n",
        "name\x01domain\nA\x01a.de\nB\x01b.fr\n",
        "┌───┬──────┐\n│ n │ site │\n├───┼──────┤\n│ A │ a.de │\n│ B │ b.fr │\n└───┴──────┘\n",
        "#1 a.de\n#2 b.fr\n",
        "Name,E-mail,Website 1 - Value\nA,x@c.ch,http\\://a.de\nB,x@d.ch,http\\://b.fr\n",
        "名稱,網址\n甲,a.de\n乙,b.fr\n",
        '"Domain"\na.de\nb.fr\n',
        "name,site\nA\\, Inc,a.de\nB\\, Ltd,b.fr\nC,b.fr\n",
        "image,page\nimg.x.com/1,a.de\nimg.x.com/2,b.fr\n",
        "x@gmx.de,a.de\ny@gmx.de,b.fr\nz@gmx.de,b.fr\n",
        "By,Q1\nUser,x@c.ch\nDate,1\n\nRank,Site,n\n1,a.de,5\n2,b.fr,5\n3,b.fr,5\n",
        "".join(f"Line {n}\n" for n in range(25)) + "Name;Site\nA;a.de\nB;b.fr\n",
        '"name,domain"\n"A,a.de"\n"""B, C"",b.fr"\n',
        "! comment\n!another\n[Adblock Plus 2.0]\n||a.de^\n||b.fr^\n",
        "Domain: a.de\nNserver: ns1.c.ch\n\nDomain Name: b.fr\nRegistrar URL: http://www.c.ch\n",
        "> a.de\n>\n> b.fr\n",
        "[\n'a.de',\n'b.fr',\n]\n",
        "'name','domain'\n'A, Ltd','a.de'\n'B','b.fr'\n",
        '"name" , "domain"\n"A" , "a.de"\n"B" , "b.fr"\n',
        "\ta.de\n\t\tb.fr\n",
        "الاسم؛الموقع\nشركة؛a.de\nبنك؛b.fr\n",
        "See a.de, and b.fr...\n",
        "a.de (192.0.2.1)\n<https://b.fr|B>\n",
        "payload:\n  - '+.a.de'\n  - DOMAIN-SUFFIX,b.fr\n".removeprefix("payload:\n"),
        "name,domain\nA, Inc,a.de\nB,b.fr\nB,b.fr\n",
        "List of 2024;;\nBy x@c.ch;;\nNo.;Firm;Internet\n1;A;a.de\n2;B;b.fr\n",
    ],
)
def test_rare_dialects_give_their_domains_and_nothing_else(tmp_path: Path, text: str) -> None:
    reading = reading_of(tmp_path, text.encode())

    assert names(reading) == ["a.de", "b.fr"]
    assert reading.rejected == ()


def test_a_table_with_its_domains_in_one_row_is_read_by_columns(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, b"Name,A,B,C\nWebsite,a.de,b.fr,c.ch\nRank,1,2,3\n")

    assert names(reading) == ["a.de", "b.fr", "c.ch"]
    assert reading.column == "Website"
    assert reading.rejected == ()
    assert any("by columns" in note for note in reading.notes)


def test_footers_behind_a_blank_line_do_not_change_the_delimiter(tmp_path: Path) -> None:
    table = b'"Account","Website"\n"A","a.de"\n"B","b.fr"\n'
    reading = reading_of(tmp_path, table + b'\n"Report 1"\n"(c) 2024 x.com, inc."\n"By me"\n')

    assert names(reading) == ["a.de", "b.fr"]
    assert reading.column == "Website"


def test_a_column_of_one_portal_does_not_beat_one_with_gaps(tmp_path: Path) -> None:
    rows = b"".join(b"http://portal.com/%d,s%d.de\n" % (n, n) for n in range(4))
    reading = reading_of(tmp_path, b"Portal URL,Website\n" + rows + b"http://portal.com/x,-\n" * 6)

    assert reading.column == "Website"
    assert reading.columns[1].score == 1.0


def test_repeated_domains_beat_e_mail_addresses_if_the_column_is_named_so(tmp_path: Path) -> None:
    rows = b"".join(b"x@m%d.de,s%d.de\n" % (n, n % 3) for n in range(30))
    reading = reading_of(tmp_path, b"mail,shop domain\n" + rows)

    assert reading.column == "shop domain"


def test_an_address_in_the_path_of_another_stays_there(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, b"https://a.de/?url=https%3A%2F%2Fb.fr%2F&data=x\n")

    assert names(reading) == ["a.de"]


def test_a_column_named_domain_beats_one_of_e_mail_addresses(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, b"mail,domain\nx@gmx.de,a.de\ny@gmx.de,b.de\n")

    assert reading.column == "domain"


def test_the_requested_column_is_read(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, b"domain,other\na.de,b.fr\n", column="other")

    assert names(reading) == ["b.fr"]


def test_an_unknown_column_is_refused_with_a_list_of_columns(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no column 'x'; it has domain, other"):
        reading_of(tmp_path, b"domain,other\na.de,b.fr\n", column="x")


def test_columns_without_a_header_are_numbered(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, b"a.de,1\nb.de,2\n")

    assert not reading.has_header
    assert [column.name for column in reading.columns] == ["Column 1", "Column 2"]
    assert reading.n_rows == 2


def test_columns_with_the_same_name_are_numbered(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, b"url,url\nx,a.de\ny,b.de\n")

    assert [column.name for column in reading.columns] == ["url", "url (2)"]
    assert reading.column == "url (2)"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_detected_by_its_byte_order_mark(tmp_path: Path, encoding: str) -> None:
    reading = reading_of(tmp_path, "domain\nexämple.de\n".encode(encoding))

    assert names(reading) == ["xn--exmple-cua.de"]
    assert reading.warnings == ()


def test_mixed_encodings_lose_no_row_and_give_a_warning(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, "exämple.de\n".encode() + "größe.de\n".encode("cp1252"))

    assert names(reading) == ["xn--exmple-cua.de", "xn--gre-6ka8i.de"]
    assert reading.warnings == (
        "The file is not UTF-8; letters with accents were read as Windows-1252",
    )


def test_a_quoted_cell_may_span_lines(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, b'domain,address\na.de,"Street 1\nTown"\nb.de,x\n')

    assert reading.preview[0] == ("a.de", "Street 1\nTown".replace("\n", "\ufffd"))
    assert [domain.row_numbers for domain in reading.domains] == [(2,), (3,)]


def test_an_unclosed_quote_affects_no_other_row(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, b'domain,note\na.de,"open\nb.de,x\nc.de,y\n')

    assert names(reading) == ["a.de", "b.de", "c.de"]


def test_a_row_that_is_too_short_is_rejected(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, b"n,domain\n1,a.de\n2\n3,c.de\n")

    assert names(reading) == ["a.de", "c.de"]
    assert reading.rejected == (Rejected(3, "", "The row has no cell in column 2", "2"),)


def test_a_huge_cell_affects_its_own_row_only(tmp_path: Path) -> None:
    big = b"x" * 5_000_000
    reading = reading_of(tmp_path, b"domain,n\na.de,1\n" + big + b",2\nc.de,3\n")

    assert names(reading) == ["a.de", "c.de"]
    assert [(row, reason) for row, _, reason, _ in reading.rejected] == [
        (3, "It is longer than any web address (2,048 characters)")
    ]


def test_a_late_nul_affects_its_own_row_only(tmp_path: Path) -> None:
    lines = [f"s{n}.de" for n in range(10_000)]
    reading = reading_of(tmp_path, "\n".join([*lines, "x\0.de", "b.de"]).encode())

    assert len(reading.domains) == 10_001
    assert reading.rejected == (
        Rejected(10_001, "x\ufffd.de", "It holds spaces or invisible characters"),
    )


def test_parquet_is_detected_by_content_and_its_columns_are_read(tmp_path: Path) -> None:
    table = pa.table({"n": [1, 2, 3], "who": ["A", "B", None], "site": ["a.de", "A.de.", None]})
    parquet.write_table(table, tmp_path / "x.csv")

    reading = read_list(tmp_path / "x.csv", column=None)

    assert reading.file_type == "parquet"
    assert reading.columns == (Column("n", 0.0), Column("who", 0.0), Column("site", 1.0))
    assert reading.preview == (("1", "A", "a.de"), ("2", "B", "A.de."), ("3", "", ""))
    assert reading.domains == (NamedDomain("a.de", "a.de", (1, 2), cells="1\tA"),)
    assert reading.rejected == (Rejected(3, "", "The cell is empty", "3"),)


@pytest.mark.parametrize("data", [b"", b"\n\n  \n", b"domain\n", b"domain,n\n,\n"])
def test_a_file_without_rows_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(UnreadableUpload, match="The file has no rows"):
        reading_of(tmp_path, data)


@pytest.mark.parametrize("seed", range(150))
def test_rows_are_domains_plus_duplicates_plus_rejected(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311
    pieces = ["a.de", "b.fr", "https://a.de/", "x", "", '"', '""', ",", ";", "\t", "\0", "é"]
    pieces += ["\n", "\r\n", "\r", " ", "domain", "1.2.3.4", "\u202e", "\ufeff", "b.fr\nb.fr"]
    text = "a.de\n" + "".join(dice.choices(pieces, k=dice.randrange(1, 400))).replace(
        "\0", dice.choice(["", "\x01"])
    )
    encoding = dice.choice(["utf-8", "utf-16", "utf-8-sig"])

    reading = reading_of(tmp_path, text.encode(encoding))

    given = [row for domain in reading.domains for row in domain.row_numbers]
    refused = [row.row_number for row in reading.rejected]
    assert reading.n_rows == len(reading.domains) + reading.n_duplicates + len(reading.rejected)
    assert len(given + refused) == reading.n_rows
    assert set(given + refused) <= set(range(1, text.count("\n") + text.count("\r") + 2))


UNIFIED = b"""diff --git a/list.txt b/list.txt
--- a/list.txt
+++ b/list.txt
@@ -1,3 +1,3 @@
 a.de
-old.de
+b.fr
\\ No newline at end of file
"""
PLAIN = b"2c2\n< old.de\n---\n> b.fr\n7a8\n> a.de\n"


@pytest.mark.parametrize("data", [UNIFIED, PLAIN])
def test_a_diff_gives_the_lines_of_the_new_version(tmp_path: Path, data: bytes) -> None:
    reading = reading_of(tmp_path, data)

    assert sorted(names(reading)) == ["a.de", "b.fr"]
    assert not reading.rejected
    assert any("removed lines were skipped" in note for note in reading.notes)


@pytest.mark.parametrize(
    "data", [b"- a.de\n- b.fr\n", b"> a.de\n> b.fr\n", b"12c5\n- a.de\n- b.fr\n"]
)
def test_marked_lines_without_a_hunk_are_no_diff(tmp_path: Path, data: bytes) -> None:
    assert names(reading_of(tmp_path, data)) == ["a.de", "b.fr"]


def test_hashtags_before_domains_are_no_comments(tmp_path: Path) -> None:
    assert names(reading_of(tmp_path, b"#shop a.de\n#hotel b.fr\n")) == ["a.de", "b.fr"]
    assert names(reading_of(tmp_path, b"#old a.de\nb.fr\nc.ch\n")) == ["b.fr", "c.ch"]
