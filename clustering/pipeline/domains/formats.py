"""File type by content: chooses the reader, unpacks single lists, names what can't be read."""

import re
import zipfile
from email import message_from_bytes
from itertools import chain
from pathlib import PurePosixPath
from typing import Final

from clustering.pipeline.domains import (
    Source,
    UploadReading,
    archive,
    contacts,
    documents,
    encodings,
    json_records,
    opened,
    packings,
    parquet,
    spreadsheets,
    text,
)
from clustering.pipeline.domains.cells import vote
from clustering.pipeline.domains.names import as_shown
from clustering.pipeline.domains.table import Sheet
from clustering.pipeline.errors import UnreadableUpload

LIST_EXTENSIONS: Final = frozenset(
    [
        "csv",
        "tsv",
        "tab",
        "txt",
        "list",
        "lst",
        "json",
        "jsonl",
        "ndjson",
        "parquet",
        "xlsx",
        "xls",
        "xlsb",
        "ods",
        "html",
        "htm",
        "xml",
        "md",
        "vcf",
        "gz",
    ]
)

SNIFFED_BYTES: Final = 1 << 14  # of each list, if there are several
N_SNIFFED_LINES: Final = 200

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_AS_LIST: Final = "save the list as CSV or XLSX and upload that"
_IMAGE: Final = "a single image; upload a ZIP of images named by domain, as in example.com.png"
_OTHERS: Final = (
    (b"%PDF", f"a PDF document; {_AS_LIST}"),
    (b"{\\rtf", f"an RTF document; {_AS_LIST}"),
    (b"Rar!", "a RAR archive; unpack it, and upload the list or a ZIP of the images"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it, and upload the list or a ZIP of the images"),
    (b"\x28\xb5\x2f\xfd", "packed with Zstandard; unpack it, and upload the list"),
    (b"\x04\x22\x4d\x18", "packed with LZ4; unpack it, and upload the list"),
    (b"\x1f\x9d", "packed with compress; unpack it, and upload the list"),
    (b"\x89PNG", _IMAGE),
    (b"\xff\xd8\xff", _IMAGE),
    (b"GIF8", _IMAGE),
    (b"BM", _IMAGE),
    (b"\0\0\1\0", _IMAGE),
    (b"II*\0", _IMAGE),
    (b"MM\0*", _IMAGE),
    (b"SQLite format 3\0", "an SQLite database; export the table as CSV and upload that"),
    (b"\0\1\0\0Standard ", "an Access database; export the table as CSV and upload that"),
    (b"Obj\x01", "an Avro file; export it as CSV or Parquet and upload that"),
    (b"ORC", "an ORC file; export it as CSV or Parquet and upload that"),
    (b"ARROW1", "an Arrow (Feather) file; save it as Parquet or CSV and upload that"),
    (b"FEA1", "a Feather file; save it as Parquet or CSV and upload that"),
    (b"\x93NUMPY", "a NumPy array; save it as CSV and upload that"),
    (b"\x80\x04\x95", "a Python pickle; save it as CSV or Parquet and upload that"),
    (b"\x89HDF", "an HDF5 file; save it as CSV or Parquet and upload that"),
    (b"MZ", f"a program; {_AS_LIST}"),
    (b"\x7fELF", f"a program; {_AS_LIST}"),
)
_BINARY_ONLY: Final = frozenset((b"BM", b"MZ", b"ORC"))  # which text may begin with
_MARKUP: Final = re.compile(
    r"\s*<(?:!doctype|\?xml|!--|html|head|body|table|div|ul|ol|dl|p|a\s|span|meta|tr|h\d"
    r"|urlset|sitemapindex|rss|feed|opml|workbook|[\w.-]+:workbook)\b",
    re.IGNORECASE,
)
_ZONE: Final = re.compile(
    r"^(?:\$(?:ORIGIN|TTL)\s+\S|(?:@|[\w.-]+\s+\d+\s+IN|[\w.-]+\s+IN)\s+(?:IN\s+)?SOA\s)",
    re.IGNORECASE | re.M,
)
_SQL: Final = re.compile(r"^\s*(?:INSERT INTO|CREATE TABLE|DROP TABLE)\s", re.IGNORECASE | re.M)
_MAIL: Final = re.compile(
    r"^(?:from|to|date|subject|received|message-id|mime-version|content-type|return-path"
    r"|delivered-to):\s",
    re.IGNORECASE | re.MULTILINE,
)
_MAIL_START: Final = re.compile(r"(?:From \S+@\S+ [^\n]*\n)?[A-Za-z][\w-]{1,40}:[ \t\r\n]")


def read(source: Source, *, n_unpacked: int = 0) -> Sheet | UploadReading:
    """Return the records of ``source``, or the reading of a ZIP of images.

    Raises:
        UnreadableUpload: if the file is damaged or of another type; the message says what to do.
    """
    try:
        source, n_unpacked = packings.unpacked(source, n_unpacked)
    except archive.DAMAGED as error:
        raise UnreadableUpload("The archive is damaged or incomplete") from error
    with opened(source) as file:
        head = file.read(4096)
    if head[:4] in archive.MAGICS:
        return _of_zip(source, n_unpacked=n_unpacked)
    if head.startswith(parquet.ENCRYPTED_MAGIC):
        raise UnreadableUpload("The Parquet file is encrypted; upload one that is not")
    if head.startswith(parquet.MAGIC):
        return parquet.read(source)
    if head.startswith(_OLE):
        return spreadsheets.read(source, "xls")
    _refuse_others(head)
    return _of_text(source, head)


def _refuse_others(head: bytes) -> None:
    for magic, sentence in _OTHERS:
        if head.startswith(magic) and (magic not in _BINARY_ONLY or b"\0" in head[:64]):
            raise UnreadableUpload(f"The file is {sentence}")
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        raise UnreadableUpload(f"The file is {_IMAGE}")
    if head[4:8] == b"ftyp":
        kind = _IMAGE if head[8:12] in (b"avif", b"heic", b"mif1") else f"a video; {_AS_LIST}"
        raise UnreadableUpload(f"The file is {kind}")
    if re.match(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<svg\b", head, re.DOTALL):
        raise UnreadableUpload(f"The file is {_IMAGE}")


def _of_text(source: Source, head: bytes) -> Sheet:
    start = head.decode(encodings.detect(source).codec, "replace").lstrip("\ufeff\x1e \t\r\n")
    if re.match(r"(?:(?://|#).*\s+)*[{\[]", start):
        found = json_records.read_json(source)
        if found is not None:
            return found
    if contacts.START.match(start):
        return contacts.read(source)
    if _MAIL_START.match(start) and len(set(map(str.lower, _MAIL.findall(start)))) > 1:
        return _of_mail(source)
    if _ZONE.search(start):
        return text.read_zone(source)
    if _SQL.search(start):
        raise UnreadableUpload(
            "The file is an SQL script; export the table as CSV and upload that"
        )
    if _MARKUP.match(start):
        return documents.read_markup(source)
    return text.read(source)


def _of_mail(source: Source) -> Sheet:
    """Return the records of a mail or a web archive: of an attached list, else of its text.

    Raises:
        UnreadableUpload: if it has none of these, or they can't be read.
    """
    with opened(source) as file:
        message = message_from_bytes(file.read(documents.MAX_DOCUMENT_BYTES))
    parts = [part for part in message.walk() if not part.is_multipart()]
    attached = (part for part in parts if _extension(part.get_filename() or "") in LIST_EXTENSIONS)
    pages = (part for part in parts if part.get_content_type() == "text/html")
    texts = (part for part in parts if part.get_content_type() == "text/plain")
    for part in chain(attached, pages, texts):
        content = part.get_payload(decode=True)
        if isinstance(content, bytes) and content.strip():
            found = read(content, n_unpacked=packings.MAX_PACKINGS)
            if isinstance(found, Sheet):
                return found
    raise UnreadableUpload("The mail or web archive holds no list; save the list as CSV or XLSX")


def _of_zip(source: Source, *, n_unpacked: int) -> Sheet | UploadReading:
    try:
        with opened(source) as file, zipfile.ZipFile(file) as opened_zip:
            if kind := _office_kind(opened_zip):
                return spreadsheets.read(source, kind)
            if not (lists := _lists(opened_zip)):
                return archive.read(source)
            if len(lists) != 1:
                raise UnreadableUpload(
                    f"The archive holds {len(lists)} lists; upload them one at a time"
                )
            packings.check_packings(n_unpacked)
            archive.check_limits(lists)
            with opened_zip.open(lists[0]) as member:
                data = packings.bounded(member)
    except archive.DAMAGED as error:
        raise UnreadableUpload("The ZIP file is damaged or incomplete") from error
    return read(data, n_unpacked=n_unpacked + 1)


def _office_kind(opened_zip: zipfile.ZipFile) -> str:
    """Return the type of spreadsheet in an office document, or an empty string for other ZIPs."""
    names = set(opened_zip.namelist()[:10_000])
    if names & {"xl/workbook.xml", "xl/workbook.bin"}:
        return "xlsx" if "xl/workbook.xml" in names else "xlsb"
    if "mimetype" in names and "content.xml" in names:
        with opened_zip.open("mimetype") as file:
            mime = file.read(200)
        if b"spreadsheet" in mime:
            return "ods"
        raise UnreadableUpload(f"The file is an OpenDocument document; {_AS_LIST}")
    kinds = {"word/": "a Word document", "ppt/": "a PowerPoint presentation"}
    for start, title in kinds.items():
        if any(name.startswith(start) for name in names) and "[Content_Types].xml" in names:
            raise UnreadableUpload(f"The file is {title}; {_AS_LIST}")
    if any(name.endswith(".iwa") for name in names):
        raise UnreadableUpload("The file is an Apple Numbers or Pages document; export it as CSV")
    if "META-INF/container.xml" in names:
        raise UnreadableUpload(f"The file is an EPUB book; {_AS_LIST}")
    return ""


def _lists(opened_zip: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return the lists in a ZIP without images; none if it has any image or other file."""
    infos = [info for info in opened_zip.infolist() if not archive.is_skipped(info)]
    if len(infos) > 100:  # a list comes with few other files
        return []
    if any(archive.is_image(opened_zip, info) for info in infos):
        return []
    if len(infos) == 1 and infos[0].file_size:
        return infos
    lists = [info for info in infos if _extension(info.filename) in LIST_EXTENSIONS]
    names = {info.filename for info in lists}
    if any(name.endswith(".csv") for name in names):  # Notion adds a page for each row
        lists = [
            info
            for info in lists
            if _extension(info.filename) != "md"
            and f"{info.filename.removesuffix('.csv')}_all.csv" not in names
        ]
    lists = [info for info in lists if not packings.is_readme(info.filename)] or lists
    archive.check_limits(lists)
    return [info for info in lists if _may_hold_domains(opened_zip, info)] or lists


def _may_hold_domains(opened_zip: zipfile.ZipFile, info: zipfile.ZipInfo) -> bool:
    """Whether the beginning of a list in plain text shows a domain; True for other lists."""
    with opened_zip.open(info) as file:
        head = file.read(SNIFFED_BYTES)
    lines = head.decode("utf-8", "replace").splitlines()[:N_SNIFFED_LINES]
    return b"\0" in head or any(vote(line)[1] for line in lines)


def _extension(name: str) -> str:
    return PurePosixPath(as_shown(name)).suffix.lower().removeprefix(".")
