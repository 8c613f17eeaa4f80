"""Records -> a table: header, column names, column scores, the cells of the chosen column."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice, zip_longest
from typing import Final, NamedTuple

from clustering.pipeline.domains import (
    MAX_COLUMNS,
    MAX_GIVEN_CHARS,
    N_SAMPLE_ROWS,
    REJECTED_COLUMNS,
    REJECTED_MARK,
    Cell,
    Column,
    joined,
)
from clustering.pipeline.domains.cells import vote
from clustering.pipeline.domains.names import as_shown
from clustering.pipeline.errors import InputError, UnreadableUpload
from clustering.pipeline.export import restored

MAX_LINES_ABOVE_HEADER: Final = 30
N_SCORED_ROWS: Final = 5_000  # all of the first; of a longer file one row in SCORED_STEP
SCORED_STEP: Final = 20
N_FEW_ROWS: Final = 3  # of a file that may be a pasted list
MAX_PROSE_LINES: Final = 200  # of a text that is read whole
MAX_SIDEWAYS_ROWS: Final = 50  # of a table that is read by columns
GOOD_SCORE: Final = 0.5  # of a column that may be read together with others
MAX_TOGETHER_CHARS: Final = 255  # as the database keeps
HINTS: Final = (
    "domain", "url", "website", "web", "host", "site", "homepage", "internet",
    "сайт", "домен", "域名", "网址", "网站", "網域", "網址", "網站", "サイト", "ドメイン",
    "ホームページ", "홈페이지", "도메인", "웹사이트", "موقع", "نطاق", "אתר", "ιστοσελίδα", "sitio",
    "dominio", "domínio", "strona", "witryna", "stránka", "doména", "domän", "domeniu",
    "hjemmeside", "verkkosivu",
)  # fmt: skip
HINT_WEIGHT: Final = 0.15  # bonus: a column named "domain" beats another one as good
_HEADER_WORD: Final = re.compile(
    r"\b(?:domains?|hosts?|urls?|sites?|web|websites?|webseiten?|homepages?|address|names?"
    r"|hostnames?|internet\w*|firma|marke|kunde|adresse|strona|sitio|página|company|companies|brands?|links?|logos?|fqdn|dominio"
    r"|domaine|images?|icons?|favicons?|screenshots?|pages?|sources?|targets?|referrers?)\b",
    re.IGNORECASE,
)


_NO_VALUE: Final = re.compile(r"[\s\0–—-]*|(?i:n/?a|null|none|nan|#n/a|\\n)")


class Record(NamedTuple):
    """A row: its cells, or the reason why it can't be split into cells."""

    row_number: int
    cells: list[str]
    reason: str = ""


@dataclass(frozen=True)
class Sheet:
    """A file as records, which can be read again."""

    file_type: str
    records: Callable[[], Iterator[Record]]
    names: tuple[str, ...] = ()
    """Column names, where the format has them."""
    warnings: tuple[str, ...] = ()
    notes: Callable[[], tuple[str, ...]] = field(default=lambda: ())


@dataclass(frozen=True)
class Table:
    """The records below the header, with named columns."""

    source: Sheet
    columns: tuple[str, ...]
    has_header: bool
    n_above: int
    """Records above the header, which are skipped."""
    n_named: int
    """Columns that the header names; 0 without a header."""
    is_list: bool
    """Whether each row is a list of domains, rather than one domain and its properties."""
    sample: tuple[tuple[str, ...], ...]
    """The first rows, each padded to the number of columns."""

    def records(self) -> Iterator[Record]:
        """Yield the records below the header."""
        return islice(self.source.records(), self.n_above + self.has_header, None)

    def cells(self, chosen: list[int]) -> Iterator[Cell]:
        """Yield the cells of the chosen columns; those of one row are joined."""
        for number, cells, reason in self.records():
            if reason:
                yield Cell(number, cells[0], reason)
            elif self.is_list:
                yield Cell(number, "\t".join(cells))
            elif len(chosen) == 1 and chosen[0] >= len(cells):
                why = f"The row has no cell in column {chosen[0] + 1}"
                yield Cell(number, "", why, row=cells)
            elif len(chosen) == 1:
                cells = self._without_surplus(cells, chosen[0])
                yield Cell(number, cells[chosen[0]], row=cells)
            else:
                text = "\t".join(cells[i] for i in chosen if i < len(cells))
                yield Cell(number, text, row=cells)

    def _without_surplus(self, cells: list[str], column: int) -> list[str]:
        """Join cells that an unquoted delimiter split, if the domain then is in its column."""
        n_surplus = len(cells) - self.n_named
        if not self.n_named or n_surplus < 1 or vote(cells[column])[1]:
            return cells
        at = column + n_surplus
        return [*cells[:column], *cells[at:]] if vote(cells[at])[1] else cells


def tabulate(source: Sheet) -> Table:
    """Return ``source`` as a table.

    Raises:
        UnreadableUpload: if it has no rows or too many columns.
    """
    first = [_shortened(one) for one in islice(source.records(), N_SAMPLE_ROWS + 1)]
    if first and not source.names and _are_of_rejected(first[0].cells):
        return tabulate(_without_reasons(source, first[0].cells))
    if not source.names and _is_sideways(first):
        source = _turned(source)
        first = [_shortened(one) for one in islice(source.records(), N_SAMPLE_ROWS + 1)]
    width = max((len(one.cells) for one in first), default=0)
    if not first and not source.names:
        raise UnreadableUpload("The file has no rows")
    header = None if source.names else _header_index(first)
    rows = first if header is None else first[header + 1 :]
    is_named = header is not None and _names_columns(first[header].cells)
    is_list = not source.names and not is_named and width > 1 and _is_list(rows)
    header = None if is_list else header
    if width > MAX_COLUMNS and not is_list:
        raise UnreadableUpload(f"The file has {width} columns; {MAX_COLUMNS:,} are allowed")
    names = first[header].cells if header is not None else list(source.names)
    n_columns = 1 if is_list else max(width, len(names))
    return Table(
        source=source,
        columns=_column_names(names, n_columns),
        has_header=header is not None,
        n_above=header or 0,
        n_named=len(first[header].cells) if header is not None else 0,
        is_list=is_list,
        sample=tuple(_padded(_joined(one.cells, is_list=is_list), n_columns) for one in rows),
    )


def _are_of_rejected(names: list[str]) -> bool:
    last = [name.strip().replace(REJECTED_MARK, "") for name in names[-len(REJECTED_COLUMNS) :]]
    return len(names) > len(REJECTED_COLUMNS) and tuple(last) == REJECTED_COLUMNS


def _without_reasons(source: Sheet, names: list[str]) -> Sheet:
    """Return a list of rejected rows with its header as it was before its export."""
    n_columns = len(names) - len(REJECTED_COLUMNS)

    def records() -> Iterator[Record]:
        for number, cells, reason in islice(source.records(), 1, None):
            yield Record(number, [restored(cell) for cell in cells[:n_columns]], reason)

    kept = tuple(map(restored, names[:n_columns]))
    note = "It is a list of rejected rows: its columns “row” and “error” are left out"
    return replace(source, names=kept, records=records, notes=lambda: (note, *source.notes()))


def _is_sideways(rows: list[Record]) -> bool:
    """Whether a small table has one row of domains behind its name, instead of a column."""
    if not 1 < len(rows) <= MAX_SIDEWAYS_ROWS or any(one.reason for one in rows):
        return False
    n_domains = [sum(vote(cell)[0] > GOOD_SCORE for cell in one.cells) for one in rows]
    best = rows[n_domains.index(max(n_domains))]
    n_others = sum(n_domains) - max(n_domains)
    is_named = bool(best.cells[0].strip()) and not vote(best.cells[0])[1]
    return n_others == 0 and is_named and max(n_domains) >= max(3, 0.6 * (_n_filled(best) - 1))


def _turned(source: Sheet) -> Sheet:
    """Return a table with rows and columns exchanged; its rows are numbered by column."""

    def records() -> Iterator[Record]:
        columns = zip_longest(*(one.cells for one in source.records()), fillvalue="")
        for number, column in enumerate(columns, 1):
            yield Record(number, list(column))

    note = "The domains are in one row, so the table was read by columns"
    return replace(source, records=records, notes=lambda: (note, *source.notes()))


def scored(table: Table) -> tuple[tuple[Column, ...], int]:
    """Return the columns with their scores, over rows of the whole file, and the best one.

    The best column is the one with the most distinct domains, weighted by its score and name;
    empty cells don't count. The leftmost wins a tie.
    """
    n_columns = len(table.columns)
    votes, filled = [0.0] * n_columns, [0] * n_columns
    names: list[set[str]] = [set() for _ in range(n_columns)]
    for number, record in enumerate(table.records()):
        if number >= N_SCORED_ROWS and number % SCORED_STEP:
            continue
        cells = _joined(record.cells, is_list=table.is_list)
        for index, cell in enumerate([] if record.reason else cells[:n_columns]):
            if _NO_VALUE.fullmatch(cell):
                continue
            filled[index] += 1
            value, name = vote(cell)
            votes[index] += value
            if name:
                names[index].add(name)
    columns = tuple(
        Column(name, round(votes[index] / max(1, filled[index]), 6))
        for index, name in enumerate(table.columns)
    )

    def weight(index: int) -> float:
        name = columns[index].name.lower()
        is_domain = HINTS[0] in name
        is_hinted = any(hint in name for hint in HINTS) + 0.1 * is_domain
        n_names = min(votes[index], len(names[index]))
        # Many cells and few domains: links to one portal, unless it is named otherwise.
        n_votes = (votes[index] + n_names) / 2 if is_domain else math.sqrt(votes[index] * n_names)
        return n_votes * (0.5 + columns[index].score) * (1 + HINT_WEIGHT * is_hinted)

    return columns, max(range(n_columns), key=weight)


def chosen_columns(
    columns: tuple[Column, ...], best: int, requested: str | None
) -> tuple[list[int], tuple[str, ...]]:
    """Return the indexes of the columns to read, and the names that may be read together.

    Raises:
        InputError: if there is no column ``requested``.
    """
    good = [index for index, column in enumerate(columns) if column.score >= GOOD_SCORE]
    names = tuple(columns[index].name for index in good) if len(good) > 1 else ()
    if len(joined(names)) > MAX_TOGETHER_CHARS:
        names = ()
    if requested is None:
        return [best], names
    if names and requested == joined(names):
        return good, names
    known = [column.name for column in columns]
    if requested not in known:
        raise InputError(
            f"The file has no column {as_shown(requested)!r}; it has {', '.join(known)}"
        )
    return [known.index(requested)], names


def _shortened(record: Record) -> Record:
    """Truncate the cells, as many records are kept in the sample."""
    return record._replace(cells=[cell[:MAX_GIVEN_CHARS] for cell in record.cells])


def _joined(cells: list[str], *, is_list: bool) -> list[str]:
    return ["\t".join(cell for cell in cells if cell.strip())] if is_list else cells


def _header_index(first: list[Record]) -> int | None:
    """Return the index of the row that names the columns, if there is one.

    It is above the first row with a domain, about as wide as the rows below, and has a word
    such as "domain", or (with several columns) domains below it.
    """
    with_domain = next((i for i, one in enumerate(first) if _has_domain(one)), None)
    if (below := _below_titles(first)) is not None:
        return below
    if with_domain == 0 or not first:
        return None
    above = first[: min(with_domain or 1, MAX_LINES_ABOVE_HEADER)]
    if with_domain is None:
        above = above[:1]
    fills = Counter(_n_filled(one) for one in first[with_domain or 0 :][:100])
    usual = max(fills, key=lambda n: (fills[n], n))
    candidates = [
        index
        for index, one in enumerate(above)
        if not one.reason and _n_filled(one) >= max(1, usual * 0.5)
    ]
    named = [index for index in candidates if _names_columns(first[index].cells)]
    if named:
        return named[-1] if usual == 1 else named[0]
    is_wide = bool(candidates) and len(first[candidates[0]].cells) > 1
    return candidates[0] if is_wide and with_domain is not None else None


def _below_titles(first: list[Record]) -> int | None:
    """Return the header of a table below narrower lines, such as who wrote the file."""
    fills = Counter(map(_n_filled, first[:100]))
    usual = max(fills, key=lambda n: (fills[n], n), default=1)
    starts = (
        next((i for i, one in enumerate(first) if _n_filled(one) > least), 0)
        for least in (usual / 2, usual - 1)
    )
    return next((start for start in starts if usual > 2 and _is_header(first, start)), None)


def _is_header(first: list[Record], start: int) -> bool:
    is_near = 0 < start <= MAX_LINES_ABOVE_HEADER
    return is_near and not _has_domain(first[start]) and _names_columns(first[start].cells)


def _n_filled(record: Record) -> int:
    return sum(bool(cell.strip()) for cell in record.cells)


def _has_domain(record: Record) -> bool:
    return not record.reason and any(vote(cell)[1] for cell in record.cells)


def _names_columns(cells: list[str]) -> bool:
    words = (cell.replace("_", " ") for cell in cells if len(cell) < 80 and "." not in cell)
    return any(_HEADER_WORD.search(word) or word.strip().lower() in HINTS for word in words)


def _is_list(rows: list[Record]) -> bool:
    """Whether most filled cells are domains, and most rows have several; a single line is a list.

    A column without any domain, such as a rank, makes it a table, except in a few lines.
    """
    filled = [[cell for cell in one.cells if cell.strip()] for one in rows if not one.reason]
    if len(filled) == 1 or _is_prose(filled):
        return True
    cells = [cell for row in filled for cell in row]
    if sum(len(row) > 1 for row in filled) < len(filled) / 2:
        return False
    columns = list(zip_longest(*(one.cells for one in rows if not one.reason), fillvalue=""))
    if len(filled) >= N_FEW_ROWS and len({_is_of_mailboxes(column) for column in columns}) > 1:
        return False  # mailboxes and sites
    if len(filled) <= N_FEW_ROWS and all(vote(cell)[1] for cell in cells):
        return True  # a sentence
    n_domains = sum(vote(cell)[0] >= GOOD_SCORE for cell in cells)
    if n_domains < max(2, 0.6 * len(cells)):
        return False
    with_domain = [
        any(vote(cell)[1] for cell in column) for column in columns if any(map(str.strip, column))
    ]
    return all(with_domain) or (len(filled) <= N_FEW_ROWS and any(with_domain[1:]))


def _is_of_mailboxes(column: tuple[str, ...]) -> bool:
    return all("@" in cell for cell in column)


def _is_prose(filled: list[list[str]]) -> bool:
    """Whether commas separate parts of sentences: domains stand in text, in several columns."""
    votes = [[vote(cell) for cell in row] for row in filled]
    columns = {index for row in votes for index, (_, name) in enumerate(row) if name}
    scores = [score for row in votes for score, name in row if name]
    n_in_text = sum(score < GOOD_SCORE for score in scores)
    is_short = len(filled) <= MAX_PROSE_LINES
    return is_short and len(columns) > 1 and 2 * n_in_text > len(scores)


def _column_names(header: list[str], n_columns: int) -> tuple[str, ...]:
    """Return distinct names: from the header if it has any, else ``Column 1``, ``Column 2``."""
    names: list[str] = []
    for index in range(n_columns):
        given = as_shown(header[index].strip(' \0\t\ufeff"'), 80) if index < len(header) else ""
        name = given.strip() or f"Column {index + 1}"
        while name in names:
            name = f"{name} ({index + 1})"
        names.append(name)
    return tuple(names)


def _padded(cells: list[str], width: int) -> tuple[str, ...]:
    return (*cells[:width], *[""] * (width - len(cells)))
