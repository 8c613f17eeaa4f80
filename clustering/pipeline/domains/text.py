"""CSV, TSV and plain list reader; a damaged row is reported and does not affect others."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import dropwhile, islice, takewhile
from typing import Final, NamedTuple

from clustering.pipeline.domains import Source, diffs, opened, table
from clustering.pipeline.domains.encodings import SNIFFED_BYTES, Encoding, detect
from clustering.pipeline.domains.repairs import ENTITY
from clustering.pipeline.domains.table import Record

MAX_LINE_CHARS: Final = 16 << 20
MAX_CELL_LINES: Final = 1_000  # of a quoted cell; more means an unclosed quote
MAX_REREAD_LINES: Final = 200_000  # after unclosed quotes; then MAX_SUSPECT_LINES applies
MAX_SUSPECT_LINES: Final = 20
SNIFFED_ROWS: Final = 200
DELIMITERS: Final = {
    ",": "csv",
    ";": "csv",
    "\t": "tsv",
    "|": "csv",
    "│": "csv",
    **dict.fromkeys("，；،؛", "csv"),
}
RARE_DELIMITERS: Final = ("\x01", "\x1f", "^", "~", ":")  # only below a header of such cells
ONE_PER_LINE: Final = ""
_PADDING: Final = "\0\x1a"  # Ctrl-Z ends files of DOS

_SEPARATOR_LINE: Final = re.compile(r'\ufeff?"?sep=(.)"?\s*', re.IGNORECASE)
_COMMENT: Final = re.compile(
    r"\s*(?:#(?![\w-]+\.\w|\d{1,7}[.:)]?\s+\S+\.\w\S*\s*$)|//(?!\S+\.\w)|;(?!\s*\S+\.\w)|!(?!\[|\S*\.\w)|--\s|%\s|<!--|/\*|\*/"
    r"|\[(?:adblock|ublock|adguard)[^\]]*\]\s*$"
    # The lines of a WHOIS answer that name no registered domain.
    r"|(?:nserver|name servers?|registr(?:ar|y)\b[\w ]{0,40}|domain status|dnssec):\s)",
    re.IGNORECASE,
)
_TAGGED: Final = re.compile(r"#[^\W\d][\w-]{0,40}\s+[^\s#]{1,300}\.[^\W\d]\w{1,62}/?\s*")
_QUOTED: Final = r"(?:^|[,;\t|])\s*{0}[^{0}]*{0}(?=\s*(?:$|[,;\t|]))"
_ORIGIN: Final = re.compile(r"\$ORIGIN\s+(\S+)", re.IGNORECASE)
_ZONE_RECORD: Final = re.compile(
    r"(\S+)\s+(?:(?:\d+[smhdw]?|IN)\s+){0,2}(?:A|AAAA|NS|MX|CNAME|SOA|DS|SRV|CAA)\s", re.IGNORECASE
)
_MARKS_ALONE: Final = re.compile(r"[\s!-/:-@\[-`{-~·•–—…\u2500-\u257f\ufffd]+")
_BORDERS: Final = "|│"  # of tables in plain text
_HEADER_CELL: Final = re.compile(r"[^\W\d][\w -]{0,40}")
_SITE_HEADER: Final = re.compile(
    r"(?:\w+[ _-])?(?:domains?|urls?|websites?|web|hosts?|hostnames?|sites?|homepages?|fqdn)",
    re.IGNORECASE,
)


class Dialect(NamedTuple):
    """How lines are split into cells."""

    delimiter: str
    escape: str | None = None
    n_skipped: int = 0
    """Lines at the start of the file that only name the separator."""
    quote: str = '"'
    is_wrapped: bool = False
    """Whether quotes enclose each line as a whole, as in ``"name,domain"``."""
    is_diff: bool = False
    has_tags: bool = False
    """Whether ``#`` begins a hashtag before a domain, as in ``#shop x.de``, and no comment."""


def read(source: Source) -> table.Sheet:
    """Return the records of the text file ``source``.

    Raises:
        UnreadableUpload: if it is not text.
    """
    encoding = detect(source)
    dialect = _dialect(source, encoding)
    n_comments = 0

    def records() -> Iterator[Record]:
        nonlocal n_comments
        n_comments = 0
        for record in _records(source, encoding, dialect):
            if not dialect.has_tags and _is_comment(record, dialect):
                n_comments += 1
            else:
                yield record

    def notes() -> tuple[str, ...]:
        lines = "line" if n_comments == 1 else "lines"
        comments = (f"Comments were skipped ({n_comments:,} {lines})",) if n_comments else ()
        return (
            *comments,
            *(("The list is a diff: removed lines were skipped",) * dialect.is_diff),
        )

    return table.Sheet(
        file_type=DELIMITERS.get(dialect.delimiter, "txt"),
        records=records,
        warnings=(encoding.warning,) if encoding.warning else (),
        notes=notes,
    )


def read_zone(source: Source) -> table.Sheet:
    """Return the names that own the records of a DNS zone file (RFC 1035, section 5)."""
    encoding = detect(source)

    def records() -> Iterator[Record]:
        zone, depth = "", 0
        for number, line in enumerate(lines_of(source, encoding), 1):
            text = line.partition(";")[0]
            origin, record = _ORIGIN.match(text), _ZONE_RECORD.match(text)
            if origin:
                zone = origin[1].strip(".")
            elif record and not depth and not record[1].startswith("_"):
                relative = "" if record[1] == "@" else record[1]
                name = relative if relative.endswith(".") else f"{relative}.{zone}"
                if owner := name.strip("."):
                    yield Record(number, [owner])
            depth += text.count("(") - text.count(")")

    return table.Sheet(file_type="zone", records=records, names=("owner",))


def _is_comment(record: Record, dialect: Dialect) -> bool:
    """Whether the line is a comment; in a table a comment has no other cells."""
    filled = [cell for cell in record.cells if cell.strip()]
    if record.reason or (dialect.delimiter and len(filled) > 1):
        return False
    return _COMMENT.match(" ".join(filled)) is not None


def lines_of(source: Source, encoding: Encoding) -> Iterator[str]:
    """Yield lines without line ends and NUL padding; an overlong line is truncated.

    Lines end at ``\\n``, ``\\r\\n`` or ``\\r``, which is the same byte in all code pages.
    """
    for line in _split_lines(source, encoding):
        yield line.strip(_PADDING)


def _split_lines(source: Source, encoding: Encoding) -> Iterator[str]:
    if not encoding.is_mixed:
        with opened(source) as raw, io.TextIOWrapper(raw, encoding.codec, "replace") as text:
            while line := text.readline(MAX_LINE_CHARS):
                end = line
                while not end.endswith("\n") and (end := text.readline(MAX_LINE_CHARS)):
                    pass
                yield line.removesuffix("\n")
        return
    with opened(source) as raw:
        while data := raw.readline(MAX_LINE_CHARS):
            end_of = data
            while not end_of.endswith(b"\n") and (end_of := raw.readline(MAX_LINE_CHARS)):
                pass
            yield from _decoded(data.rstrip(b"\r\n"), encoding.codec).split("\r")


def _decoded(line: bytes, codec: str) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode(codec, "replace")


def _dialect(source: Source, encoding: Encoding) -> Dialect:
    lines = list(_head(source, encoding))
    if diffs.is_diff(lines):
        return _dialect_of(list(diffs.new_lines(lines)))._replace(is_diff=True)
    return _dialect_of(lines)._replace(has_tags=_has_tags(lines))


def _has_tags(lines: list[str]) -> bool:
    filled = [line for line in lines if line.strip()]
    return 2 * sum(_TAGGED.fullmatch(line) is not None for line in filled) > len(filled)


def _dialect_of(lines: list[str]) -> Dialect:
    """Return the delimiter with the most consistent column count, or ``ONE_PER_LINE``."""
    named = _SEPARATOR_LINE.fullmatch(lines[0]) if lines else None
    if named:
        return Dialect(named[1], _escape(lines), n_skipped=1)
    escape, quote = _escape(lines), _quote(lines)
    best, share = _best_delimiter(lines, Dialect("", escape, quote=quote))
    if escape is None and any(f"\\{mark}" in line for mark in DELIMITERS for line in lines):
        escaped = _best_delimiter(lines, Dialect("", "\\", quote=quote))
        if escaped[1] > share:
            escape, (best, share) = "\\", escaped
    if share > 0.5:
        return Dialect(best, escape, quote=quote)
    if any(map(_is_wrapped, lines)) and all(_is_wrapped(one) for one in lines if one.strip()):
        inner = [_unwrapped(line) for line in lines]
        best, share = _best_delimiter(inner, Dialect(""))
        if share > 0.5:
            return Dialect(best, is_wrapped=True)
    return Dialect(_named_by_header(lines), escape)


def _named_by_header(lines: list[str]) -> str:
    """Return the delimiter of a first line such as ``name^domain``, if other lines have it; those
    behind a blank line may be a footer.
    """
    filled = list(dropwhile(lambda line: not line.strip(), lines))
    for above in range(min(len(filled), table.MAX_LINES_ABOVE_HEADER)):
        header, *others = list(takewhile(str.strip, filled[above:])) or [""]
        if (others or not above) and (delimiter := _of_header(header, others)):
            return delimiter
    return ONE_PER_LINE


def _of_header(header: str, others: list[str]) -> str:
    for delimiter in (*DELIMITERS, *RARE_DELIMITERS):
        cells = [cell.strip(' "') for cell in header.rstrip(f"{delimiter} ").split(delimiter)]
        is_header = len(cells) > 1 and all(map(_HEADER_CELL.fullmatch, cells))
        if (
            is_header
            and any(map(_SITE_HEADER.fullmatch, cells))
            and 2 * sum(delimiter in line for line in others) > len(others)
        ):
            return delimiter
    return ONE_PER_LINE


def _is_wrapped(line: str) -> bool:
    return len(line) > 2 and line[0] == line[-1] == '"' and '"' not in line[1:-1].replace('""', "")


def _unwrapped(line: str) -> str:
    return line[1:-1].replace('""', '"') if _is_wrapped(line) else line


def _head(source: Source, encoding: Encoding) -> Iterator[str]:
    n_chars = 0
    for line in islice(lines_of(source, encoding), SNIFFED_ROWS * 5):
        yield line
        n_chars += len(line)
        if n_chars > SNIFFED_BYTES * 16:
            return


def _escape(lines: list[str]) -> str | None:
    """Return a backslash if quotes are escaped by it rather than doubled."""
    n_escaped = sum(line.count('\\"') for line in lines)
    n_closed = sum(len(re.findall(r'\\"\s*(?:[,;\t|]|$)', line)) for line in lines)
    return "\\" if n_escaped > n_closed else None


def _quote(lines: list[str]) -> str:
    """Return the mark that encloses more cells."""
    counts = {
        quote: sum(len(re.findall(_QUOTED.format(quote), line)) for line in lines)
        for quote in ('"', "'")
    }
    return max(counts, key=lambda quote: counts[quote])


def _best_delimiter(lines: list[str], dialect: Dialect) -> tuple[str, float]:
    shares = {
        mark: _consistency(lines, dialect._replace(delimiter=mark))
        for mark in DELIMITERS
        if any(mark in line for line in lines)
    }
    best = max(shares, key=lambda delimiter: shares[delimiter], default=ONE_PER_LINE)
    return best, shares.get(best, 0.0)


def _consistency(lines: list[str], dialect: Dialect) -> float:
    """Return the share of rows with the most common number of cells; 0 if that is one."""
    delimiter = dialect.delimiter
    if delimiter == ";":
        lines = [ENTITY.sub("", line) if "&" in line else line for line in lines]
    source = _PushbackLines(iter(lines))
    records = islice(_csv_records(source, dialect), SNIFFED_ROWS)
    rows = [record.cells for record in records if not _is_blank(record.cells)]
    if delimiter == "\t" and not any(sum(map(bool, cells)) > 1 for cells in rows):
        return 0.0  # indented lines
    return max(_share_of_usual(map(len, rows)), _share_of_usual(map(_width, rows)))


def _share_of_usual(widths: Iterable[int]) -> float:
    counts = Counter(widths)
    n_rows = counts.total()
    del counts[1]
    return max(counts.values(), default=0) / max(1, n_rows)


def _width(cells: list[str]) -> int:
    """Return the number of cells up to the last that is not empty."""
    return max((n for n, cell in enumerate(cells, 1) if cell.strip()), default=0)


class _PushbackLines:
    """Lines for csv.reader that can be pushed back after an unclosed quote."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._returned: list[str] = []
        self._n_reread = 0
        self.taken: list[str] = []

    def __iter__(self) -> "_PushbackLines":
        return self

    def __next__(self) -> str:
        limit = MAX_CELL_LINES if self._n_reread < MAX_REREAD_LINES else MAX_SUSPECT_LINES
        if len(self.taken) >= limit:
            raise csv.Error("unclosed quote")
        line = self._returned.pop() if self._returned else next(self._lines)
        self.taken.append(line)
        return line + "\n"

    def push_back_all_but_first(self) -> str:
        """Return the first line read; the others are read again."""
        first, *others = self.taken
        self._returned.extend(reversed(others))
        self._n_reread += len(others)
        return first


def _records(source: Source, encoding: Encoding, dialect: Dialect) -> Iterator[Record]:
    """Yield the non-blank rows, numbered as in a spreadsheet."""
    lines: Iterator[str] = islice(lines_of(source, encoding), dialect.n_skipped, None)
    if dialect.is_diff:
        lines = diffs.new_lines(lines)
    if dialect.is_wrapped:
        lines = map(_unwrapped, lines)
    if dialect.delimiter == ONE_PER_LINE:
        found: Iterator[Record] = (_of_line(n, line) for n, line in enumerate(lines, 1))
    else:
        found = _csv_records(_PushbackLines(lines), dialect)
    for record in found:
        if record.reason or not _is_blank(record.cells):
            yield record._replace(row_number=record.row_number + dialect.n_skipped)


def _is_blank(cells: list[str]) -> bool:
    """Whether no cell has more than marks, such as brackets and the rulers of tables."""
    return all(_MARKS_ALONE.fullmatch(cell) for cell in cells if cell)


def _of_line(number: int, line: str) -> Record:
    if len(line) < MAX_LINE_CHARS:
        return Record(number, [line])
    return Record(
        number, [line[:4096]], "It is longer than any web address, and than any line read"
    )


def _csv_records(source: _PushbackLines, dialect: Dialect) -> Iterator[Record]:
    csv.field_size_limit(MAX_LINE_CHARS)
    reader = csv.reader(
        source,
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        escapechar=dialect.escape,
        doublequote=dialect.escape is None,
        skipinitialspace=True,
        strict=True,
    )
    width, number = 0, 0
    while True:
        source.taken.clear()
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield _unsplit(number, source, dialect)
            continue
        width = max(width, len(cells)) if number < SNIFFED_ROWS else width or len(cells)
        # Accept a cell over several lines only if the row is as wide as the others.
        if len(source.taken) > 1 and len(cells) != width:
            yield _unsplit(number, source, dialect)
        else:
            yield Record(number, _without_outer_pipes(cells, source, dialect))


def _without_outer_pipes(cells: list[str], source: _PushbackLines, dialect: Dialect) -> list[str]:
    """Drop the empty first and last cell of a Markdown row such as ``| a | b |``."""
    border = dialect.delimiter
    line = source.taken[0].strip() if border in _BORDERS and source.taken else ""
    if border and line.startswith(border) and line.endswith(border) and len(cells) > 2:
        return cells[1:-1]
    return cells


def _unsplit(number: int, source: _PushbackLines, dialect: Dialect) -> Record:
    """Return the line that csv refused, split at its delimiters."""
    line = source.push_back_all_but_first()
    if len(line) >= MAX_LINE_CHARS:
        return _of_line(number, line)
    return Record(
        number, [cell.strip().strip(dialect.quote) for cell in line.split(dialect.delimiter)]
    )
