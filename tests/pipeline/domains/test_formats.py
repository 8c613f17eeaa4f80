"""Formats of lists, and what is said about files of other types."""

import base64
import bz2
import gzip
import json
import lzma
import tarfile
import zipfile
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from clustering.pipeline.domains import UploadReading
from clustering.pipeline.domains.reading import read_list
from clustering.pipeline.errors import UnreadableUpload

ROWS = [{"n": 1, "url": "https://a.de/"}, {"n": 2, "url": "b.ch"}, {"n": 3, "url": "c.at"}]
INLINE = '<c t="inlineStr"><is><t>{}</t></is></c>'
CSV = b"n,url\n1,https://a.de/\n2,b.ch\n3,c.at\n"


def reading_of(tmp_path: Path, data: bytes, column: str | None = None) -> UploadReading:
    path = tmp_path / "upload"
    path.write_bytes(data)
    return read_list(path, column=column)


def names(reading: UploadReading) -> list[str]:
    return [domain.name for domain in reading.domains]


MHTML = (
    b"From: Saved\nMIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n--b\n"
    b"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
    b'<table><tr><td><a href=3D"https://a.de">North</a></td></tr><tr><td>b.c=\nh</td></tr>'
    b"<tr><td>c.at</td></tr></table>\n--b--\n"
)


MAIL = (
    b"Received: from a by b\nFrom: A <a@sender.de>\nSubject: list\nMIME-Version: 1.0\n"
    b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n"
    b"see http://sender.de\n--b\nContent-Type: text/csv; name=list.csv\n"
    b"Content-Disposition: attachment; filename=list.csv\nContent-Transfer-Encoding: base64\n\n"
    + base64.b64encode(CSV)
    + b"\n--b--\n"
)
CARDS = (
    b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:North\\, Inc.\r\nEMAIL:x@mail.com\r\nTEL:+1.2.3\r\n"
    b"item1.URL;type=pref:https\\://ww\r\n w.a.de\r\nPHOTO;ENCODING=b:AAAA\r\n BB.com\r\n"
    b"END:VCARD\r\nbegin:vcard\nVERSION:2.1\nEMAIL;INTERNET:x@b.ch\nNOTE:see d.de\nend:vcard\n"
    b"BEGIN:VCARD\nVERSION:2.1\nURL;ENCODING=QUOTED-PRINTABLE:http=3A//c.=\nat/\nEND:VCARD\n"
)
TABLES = (
    "<p><a href='https://other.de'>by</a><table><tr><th>Land<th>Web<tr><td rowspan=2>DE<td>a.de"
    "<tr><td>b.ch</table><table><tr><th>Land<th>Web<tr><td>AT<td>c.at</table>"
)


def tar_of(members: dict[str, bytes]) -> bytes:
    file = BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, BytesIO(data))
    return file.getvalue()


def packed_often(data: bytes, n_times: int) -> bytes:
    for _ in range(n_times):
        data = gzip.compress(data, mtime=0)
    return data


def zip_of(members: dict[str, bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def xlsx_of(*rows: tuple[str, ...]) -> bytes:
    """Return a workbook of one sheet with inline strings."""
    cells = "".join(
        "<row>" + "".join(INLINE.format(cell) for cell in row) + "</row>" for row in rows
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/package/2006/relationships"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{relations}"><Relationship Id="r0" '
            f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
            '<sheet name="Brands" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{relations}"><Relationship Id="r1" '
            f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>',
        )
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "file_type"),
    [
        (json.dumps(ROWS).encode(), "json"),
        (json.dumps({"meta": {"total": 3}, "results": ROWS}).encode(), "json"),
        (json.dumps([list(ROWS[0]), *[list(row.values()) for row in ROWS]]).encode(), "json"),
        (json.dumps(["https://a.de/", "b.ch", "c.at"]).encode(), "json"),
        (json.dumps(["https://a.de/", {"url": "b.ch"}, ["c.at"]]).encode(), "json"),
        (json.dumps({"a.de": {"n": 1}, "b.ch": {"n": 2}, "c.at": {"n": 3}}).encode(), "json"),
        (b'{"North": "https://a.de/", "Bread": "b.ch", "Velo": "c.at"}', "json"),
        (json.dumps([{"page": {"url": row["url"]}} for row in ROWS]).encode(), "json"),
        (
            b'{"urls": {"https://a.de/": 1, "https://b.ch/": 1, "https://c.at/": 1}, '
            b'"tools": [{"site": "https://d.org"}]}',
            "json",
        ),
        (json.dumps({"n": [1, 2, 3], "url": ["a.de", "b.ch", "c.at"]}).encode(), "json"),
        ("\n".join(map(json.dumps, ROWS)).encode(), "jsonl"),
        (
            b"<html><table><tr><td>x</td></tr></table><table><tr><th>n</th><th>url</th></tr>"
            b"<tr><td>1</td><td><a href=https://a.de>North</a></td></tr>"
            b"<tr><td>2</td><td>b.ch</td></tr><tr><td>3</td><td>c.at</td></tr></table></html>",
            "html",
        ),
        (
            b"<html><script>let x = 'd.org'</script><p>a.de<p>b.ch<p>c.at"
            b"<style>@import 'e.org'</style>",
            "txt",
        ),
        (
            b"<?xml version='1.0'?><run><host><hostname name='a.de'/></host>"
            b"<host><hostname name='b.ch'/></host><host><hostname name='c.at'/></host></run>",
            "xml",
        ),
        (
            b"<ul><li><a href=//a.de>x</a><a href=http://b.ch>y</a><a href=http://c.at>z</a>",
            "html",
        ),
        (
            b'<?xml version="1.0"?><urlset><url><loc>https://a.de/</loc></url>'
            b"<url><loc>http://b.ch</loc></url><url><loc>http://c.at</loc></url></urlset>",
            "xml",
        ),
        (xlsx_of(("n", "url"), ("1", "https://a.de/"), ("2", "b.ch"), ("3", "c.at")), "xlsx"),
        (gzip.compress(CSV, mtime=0), "csv"),
        (bz2.compress(CSV), "csv"),
        (lzma.compress(CSV), "csv"),
        (lzma.compress(CSV, format=lzma.FORMAT_ALONE), "csv"),
        (zip_of({"README.txt": b"About", "lists/brands.csv": CSV}), "csv"),
        (zip_of({"brands.csv.gz": gzip.compress(CSV, mtime=0)}), "csv"),
        (zip_of({"brands": CSV}), "csv"),
        (zip_of({"brands.csv": CSV, "info.txt": b"by Anna"}), "csv"),
        (zip_of({"brands.dat": CSV, "__MACOSX/._brands.dat": b"\0"}), "csv"),
        (gzip.compress(tar_of({"brands.csv": CSV, "._brands.csv": b"\0"}), mtime=0), "csv"),
        (tar_of({"README": b"About", "./brands.csv": CSV}), "csv"),
        (zip_of({"export/brands.zip": zip_of({"brands.csv": CSV})}), "csv"),
        (MAIL, "csv"),
        (
            b"$ORIGIN a.de.\n$TTL 1h\n@ IN SOA ns.x.net. root.x.net. (\n 1 ; serial\n 2 )\n"
            b"@ NS ns.x.net.\nwww 60 IN A 192.0.2.1\n_dmarc IN TXT x\nb.ch. IN A 192.0.2.1\n"
            b"$ORIGIN at.\nc IN CNAME y.net.\n",
            "zone",
        ),
        (
            b";; Domain: a.de.\na.de\t3600\tIN\tSOA\tns.x.net. dns.x.net. 1 1 1 1 1\n"
            b"a.de.\t1\tIN\tMX\t10 mx.x.net.\nb.ch.\t1\tIN\tA\t192.0.2.1\nc.at. IN A 192.0.2.1\n",
            "zone",
        ),
        (CARDS, "vcf"),
        (b"{sites: [{url: 'a.de',}, {url: 'b.ch'}, {url: 'c.at'}],}", "json"),
        (json.dumps({"x": {"urls": ["a.de"]}, "y": {"urls": ["b.ch", "c.at"]}}).encode(), "json"),
        (TABLES.encode(), "html"),
        (b"<p>a<wbr>.de<br>b.ch<br>c.at</p>", "txt"),
        (b"<tr><td>1<td>a.de<tr><td>2<td>b.ch<tr><td>3<td>c.at", "html"),
        (
            b"<?xml version='1.0'?><x><c><web>a.de</web><mail>x@d.de</mail></c>"
            b"<c><web>b.ch</web></c><c><web>c.at</web></c></x>",
            "xml",
        ),
        (
            json.dumps(
                {"x": {"url": "a.de"}, "y": {"url": "b.ch"}, "z": {"url": "c.at"}}
            ).encode(),
            "json",
        ),
        (json.dumps({"old": ROWS[:2], "meta": [{"x": "d.de"}], "new": ROWS[2:]}).encode(), "json"),
        ("Сайт\na.de\nb.ch\nc.at\n".encode("utf-16-be"), "txt"),
        (repr(ROWS).encode(), "json"),
        (b"// brands\n" + json.dumps(ROWS).encode()[:-1] + b",\n]", "json"),
        ("".join(map(json.dumps, ROWS)).encode(), "json"),
        (b"\x1e" + "\n\x1e".join(map(json.dumps, ROWS)).encode(), "json"),
        (json.dumps(ROWS).encode()[:-1] + b', {"n": 4, "ur', "json"),
        (MHTML, "html"),
        (b"n,url,,,\n1,https://a.de/,,,\n2,b.ch,,\n3,c.at\n\x1a", "csv"),
        (b",url\n0,https://a.de/\n1,b.ch\n2,c.at\n", "csv"),
        (b"https://a.de/x,y;z\nb.ch/?q=1,2\nc.at\n", "csv"),
        (b"a.de\0b.ch\0c.at\0", "txt"),
        (
            json.dumps(
                {
                    "roots": {
                        "bar": {
                            "children": [
                                {"name": "x", "url": "a.de"},
                                {"name": "y", "children": [{"url": "b.ch"}, {"url": "c.at"}]},
                            ]
                        },
                        "other": {"children": []},
                    }
                }
            ).encode(),
            "json",
        ),
        (
            json.dumps(
                {"schema": {"fields": [{"name": f"f{n}"} for n in range(5)]}, "data": ROWS}
            ).encode(),
            "json",
        ),
        (zip_of({"Sites 1.csv": CSV[:9], "Sites 1_all.csv": CSV, "Sites 1/A.md": b"# A"}), "csv"),
        (
            ",".join(["n", *(f"p{n}" for n in range(400)), "url\n"]).encode()
            + b"".join(b"1," + b"x," * 400 + name + b"\n" for name in (b"a.de", b"b.ch", b"c.at")),
            "csv",
        ),
    ],
)
def test_a_list_is_read_in_many_formats(tmp_path: Path, data: bytes, file_type: str) -> None:
    reading = reading_of(tmp_path, data)

    assert reading.file_type == file_type
    assert names(reading) == ["a.de", "b.ch", "c.at"]
    assert reading.rejected == ()


def test_the_links_of_a_sheet_without_domains_are_read(tmp_path: Path) -> None:
    file = BytesIO(xlsx_of(("Nord", "Site"), ("Sued", "Site")))
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    link = f'<hyperlinks><hyperlink xmlns:r="{office}" ref="B1" r:id="r9"/></hyperlinks>'
    formula = '<c r="B2"><f>HYPERLINK("https://b.ch","Site")</f></c></row></sheetData>'
    sheet = sheet.replace("</row></sheetData>", formula + link)
    parts["xl/worksheets/sheet1.xml"] = sheet.encode()
    parts["xl/worksheets/_rels/sheet1.xml.rels"] = (
        b'<Relationships><Relationship Id="r9" Target="https://a.de/"/></Relationships>'
    )

    assert sorted(names(reading_of(tmp_path, zip_of(parts)))) == ["a.de", "b.ch"]


@pytest.mark.parametrize(
    "text",
    [
        b"Hello team,\n\nplease look at a.de, then at b.ch and\nalso at c.at, too.\n",
        b"Sites: a.de, b.ch, c.at, and so on",
    ],
)
def test_all_domains_of_sentences_are_read(tmp_path: Path, text: bytes) -> None:
    assert names(reading_of(tmp_path, text)) == ["a.de", "b.ch", "c.at"]


def test_an_object_beside_lists_without_domains_is_a_record(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, b'{"domain": "a.de", "subdomains": ["www", "shop", "mail"]}')

    assert names(reading) == ["a.de"]
    assert reading.column == "domain"


def test_sheets_of_one_header_are_read_together(tmp_path: Path) -> None:
    books = [xlsx_of(("n", "url"), ("1", "a.de")), xlsx_of(("n", "url"), ("2", "b.ch"))]
    parts: dict[str, bytes] = {}
    for file in map(BytesIO, books):
        with zipfile.ZipFile(file) as archive:
            for name in archive.namelist():
                copied = name.replace("sheet1", "sheet2") if parts.get(name) else name
                parts.setdefault(copied, archive.read(name))
    for name, old in (
        ("xl/workbook.xml", b"<sheet "),
        ("xl/_rels/workbook.xml.rels", b"<Relationship "),
    ):
        before, mark, after = parts[name].partition(old)
        first, end, rest = after.partition(b"/>")
        second = (
            first.replace(b"Brands", b"More").replace(b"r1", b"r2").replace(b"1.xml", b"2.xml")
        )
        second = second.replace(b'sheetId="1"', b'sheetId="2"')
        parts[name] = before + mark + first + end + mark + second + end + rest

    reading = reading_of(tmp_path, zip_of(parts))

    assert names(reading) == ["a.de", "b.ch"]
    assert reading.rejected == ()
    assert reading.notes == ("The sheets were read: “Brands”, “More”, 2 of 2",)


@pytest.mark.parametrize(
    ("data", "start"),
    [
        (b"%PDF-1.7", "The file is a PDF document; save the list as CSV or XLSX"),
        (b"Rar!\x1a\x07", "The file is a RAR archive"),
        (b"7z\xbc\xaf\x27\x1c", "The file is a 7z archive"),
        (b"\x89PNG\r\n\x1a\n", "The file is a single image"),
        (b"<svg xmlns='x'/>", "The file is a single image"),
        (b"BM" + bytes(20), "The file is a single image"),
        (b"SQLite format 3\0", "The file is an SQLite database"),
        (b"-- x\nINSERT INTO t VALUES (1,'a.de');", "The file is an SQL script"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "The XLS file is damaged"),
        (bytes(257) + b"ustar" + bytes(200), "The file is a TAR archive"),
        (zip_of({"word/document.xml": b"", "[Content_Types].xml": b""}), "The file is a Word doc"),
        (zip_of({"a.csv": CSV, "b.csv": CSV}), "The archive holds 2 lists; upload them one"),
        (tar_of({"a.csv": CSV, "b.csv": CSV}), "The archive holds 2 lists; upload them one"),
        (tar_of({"a.csv": CSV})[:1000], "The file is a TAR archive that is damaged"),
        (packed_often(CSV, 3), "The file is packed several times; unpack it"),
        (
            b"MIME-Version: 1.0\nContent-Type: multipart/x; a=text/html\n\n",
            "The mail or web archive holds",
        ),
        (gzip.compress(CSV, mtime=0)[:-9], "The gzip file is damaged"),
        (b'{"a": ' + b"[" * 100_000 + b"1" + b"]" * 100_000 + b"}", "The JSON is nested too deep"),
    ],
)
def test_other_files_are_named_with_advice(tmp_path: Path, data: bytes, start: str) -> None:
    with pytest.raises(UnreadableUpload) as refusal:
        reading_of(tmp_path, data)

    assert str(refusal.value).startswith(start)


def test_a_text_that_begins_like_a_bitmap_is_a_list(tmp_path: Path) -> None:
    assert names(reading_of(tmp_path, b"BMW;bmw.de\nAudi;audi.de\n")) == ["bmw.de", "audi.de"]


@pytest.mark.parametrize(
    ("column", "options"),
    [
        (pa.array(["a.de", "b.ch", None], pa.string_view()), {}),
        (pa.array([b"a.de", b"b.ch", None]), {}),
        (pa.array([["a.de", "b.ch"], [], None]), {}),
        (pa.array([{"url": "a.de", "n": 1}, {"url": "b.ch", "n": 2}, None]), {}),
        (
            pa.array(["a.de", "b.ch", None]),
            {"use_dictionary": False, "column_encoding": {"x.y": "DELTA_BYTE_ARRAY"}},
        ),
    ],
    ids=["string_view", "binary", "list", "struct", "delta"],
)
def test_parquet_columns_of_any_text_type(
    tmp_path: Path, column: pa.Array, options: dict[str, object]
) -> None:
    path = tmp_path / "upload"
    parquet.write_table(pa.table({"n": [1, 2, 3], "x.y": column}), path, **options)

    assert names(read_list(path, column=None)) == ["a.de", "b.ch"]


def test_parquet_columns_with_one_name_are_both_offered(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    table = pa.table([pa.array(["x", "y"]), pa.array(["a.de", "b.ch"])], names=["site", "site"])
    parquet.write_table(table, path)

    reading = read_list(path, column=None)

    assert [column.name for column in reading.columns] == ["site", "site (2)"]
    assert names(reading) == ["a.de", "b.ch"]
