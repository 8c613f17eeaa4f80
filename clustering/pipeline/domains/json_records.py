"""JSON and JSON Lines -> records."""

import ast
import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any, Final

from clustering.pipeline.domains import MAX_COLUMNS, MAX_ROWS, Source, opened
from clustering.pipeline.domains.cells import vote
from clustering.pipeline.domains.documents import decoded
from clustering.pipeline.domains.table import HINTS, Record, Sheet
from clustering.pipeline.errors import UnreadableUpload

MAX_LINE_BYTES: Final = 16 << 20
MAX_DEPTH: Final = 6
MAX_TREE_DEPTH: Final = 50
MAX_JUDGED_LISTS: Final = 20
N_NAMED_RECORDS: Final = 20_000  # whose fields become columns
VALUE: Final = "value"
MAX_LITERAL_CHARS: Final = 4 << 20
_COMMENT_LINE: Final = re.compile(r"^[ \t]*(?://|#).*$", re.MULTILINE)
_TRAILING_COMMA: Final = re.compile(r",(\s*[\]}])")
_BARE_KEY: Final = re.compile(r"([{,]\s*)([A-Za-z_$][\w$]{0,80})\s*:")
_BETWEEN: Final = re.compile(r"[\s,;\x1e]*")

Fields = dict[str, str]


def read_json(source: Source) -> Sheet | None:
    """Return the records of a JSON document or of JSON Lines; None if it is neither.

    Nested fields become columns such as ``page.domain``; the values of a list share a cell.

    Raises:
        UnreadableUpload: if it is JSON, but too large or nested too deep.
    """
    try:
        if _is_lines(source):
            return _sheet(partial(_of_lines, source), "jsonl")
        document = _parsed(decoded(source))
    except RecursionError as error:
        raise UnreadableUpload("The JSON is nested too deep; upload a plain list") from error
    except ValueError:
        return None
    rows = _rows(document)
    if len({isinstance(row, dict) for row in rows if row is not None}) == 2:
        rows = [{VALUE: list(_fields(row).values())} for row in rows]
    if all(isinstance(row, list) for row in rows) and rows:
        return Sheet("json", lambda: (Record(n, _cells(row)) for n, row in enumerate(rows, 1)))
    return _sheet(lambda: ((n, _fields(row)) for n, row in enumerate(rows, 1)), "json")


def _parsed(content: str) -> Any:
    """Parse JSON, also with comments or trailing commas, several values in a row, a cut-off list,
    and the lists that Python prints.

    Raises:
        ValueError: if it is none of these.
    """
    with suppress(ValueError):
        return json.loads(content)
    plain = _TRAILING_COMMA.sub(r"\1", _COMMENT_LINE.sub("", content))
    with suppress(ValueError):
        return json.loads(plain)
    if len(content) < MAX_LITERAL_CHARS:
        with suppress(ValueError, SyntaxError, MemoryError):
            return ast.literal_eval(_BARE_KEY.sub(r'\1"\2":', plain.strip()))
    if values := _values(plain):
        return values
    raise ValueError("not JSON")


def _values(content: str) -> list[Any]:
    """Return the values in a row, or those of a list that is cut off, if they are objects."""
    decoder = json.JSONDecoder()
    at = 1 if content[:1] == "[" else 0
    values: list[Any] = []
    while (start := _BETWEEN.match(content, at)) and start.end() < len(content):
        try:
            value, at = decoder.raw_decode(content, start.end())
        except ValueError:
            break
        values.append(value)
    return values if all(isinstance(value, dict) for value in values) else []


def _is_lines(source: Source) -> bool:
    """Whether the first line is a JSON object, and more lines follow."""
    with opened(source) as file:
        lines = iter(partial(file.readline, MAX_LINE_BYTES), b"")
        first = next((line for line in lines if line.strip()), b"")
        second = next((line for line in lines if line.strip()), b"")
    if not second:
        return False
    try:
        return isinstance(json.loads(first.removeprefix(b"\xef\xbb\xbf")), dict | str)
    except (ValueError, RecursionError):
        return False


def _of_lines(source: Source) -> Iterator[tuple[int, Fields | str]]:
    with opened(source) as file:
        for number, line in enumerate(iter(partial(file.readline, MAX_LINE_BYTES), b""), 1):
            if not line.strip():
                continue
            try:
                yield number, _fields(json.loads(line.removeprefix(b"\xef\xbb\xbf")))
            except (ValueError, RecursionError):
                yield number, line[:300].decode("utf-8", "replace").strip()


def _sheet(rows: Callable[[], Iterable[tuple[int, Fields | str]]], file_type: str) -> Sheet:
    names = _names(rows())

    def records() -> Iterator[Record]:
        for number, fields in rows():
            if isinstance(fields, str):
                yield Record(number, [fields], "The line is not JSON")
            else:
                yield Record(number, [fields.get(name, "") for name in names])

    return Sheet(file_type, records, names=names)


def _names(rows: Iterable[tuple[int, Fields | str]]) -> tuple[str, ...]:
    """Return the columns in order of appearance; of too many, those with dots in their values."""
    with_dot: dict[str, bool] = {}
    for number, (_, fields) in enumerate(rows):
        if number == N_NAMED_RECORDS:
            break
        for name, value in fields.items() if isinstance(fields, dict) else ():
            with_dot[name] = with_dot.get(name, False) or "." in value
    kept = list(with_dot)
    if len(kept) > MAX_COLUMNS:
        kept = [name for name in kept if with_dot[name]][:MAX_COLUMNS]
    if not kept:
        raise UnreadableUpload("The file has no rows")
    return tuple(kept)


def _rows(document: Any) -> list[Any]:
    """Return the records of a document: its longest list, or the entries of a mapping."""
    if isinstance(document, list):
        return document[: MAX_ROWS + 1]
    if not isinstance(document, dict):
        return [document]
    columns = document.get("columns")
    if isinstance(columns, list) and isinstance(document.get("data"), list):
        return [columns, *document["data"]]
    if table := _columnwise(document):
        return table
    named = list(_lists(document, 0))
    lists = [rows for _, rows in named]
    if lists and all(_is_names(value) for value in document.values()):
        return [text for value in document.values() for text in value]
    if lists:
        return _longest(document, named)
    shapes = {_shape([value]) for value in document.values()}
    is_keyed = len(document) > 1 and len(shapes) == 1 and shapes != {()}
    if is_keyed or _has_domain_keys(document) or _is_book(document):
        return _entries(document)
    return [document]


def _has_domain_keys(document: dict[str, Any]) -> bool:
    return sum(vote(key)[0] for key in document) * 2 > len(document)


def _entries(document: dict[str, Any]) -> list[Any]:
    return [
        {"key": key, **(value if isinstance(value, dict) else {VALUE: value})}
        for key, value in document.items()
    ]


def _longest(document: dict[str, Any], named: list[tuple[str, list[Any]]]) -> list[Any]:
    """Return the longest list with a domain, with those like it; the document itself if only its
    own texts hold one.
    """
    by_size = sorted((rows for _, rows in named), key=_size, reverse=True)
    best = next(filter(_has_domain, by_size[:MAX_JUDGED_LISTS]), by_size[0])
    own = {key: value for key, value in document.items() if isinstance(value, str)}
    if own and not _has_domain(best) and _has_domain([own]):
        return [document]
    shape = _shape(best)
    key = next(key for key, rows in named if rows is best)
    return [
        inner
        for name, rows in named
        if rows is best or name == key or (shape and _shape(rows) == shape)
        for row in rows
        for inner in _with_inner(row, key, 0)
    ]


def _is_book(document: dict[str, Any]) -> bool:
    """Whether names lead to domains, as in ``{"North": "a.de", "Velo": "b.at"}``."""
    values = list(document.values())
    is_record = any(hint in key.lower() for key in document for hint in HINTS)
    is_text = all(isinstance(value, str) for value in values) and not is_record
    return is_text and len(values) > 1 and all(vote(value)[0] == 1 for value in values)


def _size(rows: list[Any]) -> tuple[int, int]:
    return len(rows), sum(isinstance(row, dict) for row in rows[:9])


def _has_domain(rows: list[Any]) -> bool:
    return any(vote(cell)[1] for row in rows[:50] for cell in _fields(row).values())


def _with_inner(row: Any, key: str, depth: int) -> Iterator[Any]:
    """Yield an entry of a tree, such as a folder of bookmarks, and those in its own list."""
    inner = row.get(key) if isinstance(row, dict) and depth < MAX_TREE_DEPTH else None
    if not isinstance(inner, list) or not all(isinstance(one, dict) for one in inner):
        yield row
        return
    own = {name: value for name, value in row.items() if name != key}
    if any(vote(cell)[1] for cell in _fields(own).values()):
        yield own
    for one in inner:
        yield from _with_inner(one, key, depth + 1)


def _shape(rows: list[Any]) -> tuple[str, ...]:
    """Return the keys of the first row."""
    return tuple(rows[0]) if isinstance(rows[0], dict) else ()


def _columnwise(document: dict[str, Any]) -> list[Any]:
    """Return the rows of ``{"domain": [...], "rank": [...]}``, also with mappings for lists."""
    if len(document) < 2 and not all(isinstance(one, dict) for one in document.values()):
        return []
    if all(isinstance(value, dict) for value in document.values()):
        keys = {tuple(value) for value in document.values()}
        if len(keys) != 1 or not all(str(key).isdigit() for key in next(iter(keys))):
            return []
        document = {name: list(value.values()) for name, value in document.items()}
    if not all(isinstance(value, list) for value in document.values()):
        return []
    if len({len(value) for value in document.values()}) != 1:
        return []
    if all(sum(vote(str(one))[0] for one in value[:50]) for value in document.values()):
        return []  # clusters of domains that happen to be of one size
    return [dict(zip(document, row, strict=True)) for row in zip(*document.values(), strict=True)]


def _is_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _lists(value: dict[str, Any], depth: int) -> Iterator[tuple[str, list[Any]]]:
    """Yield the lists in a document, with their keys."""
    for key, one in value.items():
        if isinstance(one, list) and any(isinstance(item, dict | str | list) for item in one):
            yield key, one
        elif isinstance(one, dict) and len(one) > 1 and _has_domain_keys(one):
            yield key, _entries(one)
        elif isinstance(one, dict) and depth < 2:
            yield from _lists(one, depth + 1)


def _cells(row: list[Any]) -> list[str]:
    return ["" if value is None else str(value) for value in row]


def _fields(row: Any) -> Fields:
    fields: dict[str, list[str]] = {}
    _flatten(row, "", fields, 0)
    return {name: "\t".join(values) for name, values in fields.items()}


def flattened(row: Any, name: str) -> Fields:
    """Return the texts in a nested value, by the path of their keys below ``name``."""
    fields: dict[str, list[str]] = {}
    _flatten(row, name, fields, 0)
    return {path: "\t".join(values) for path, values in fields.items()}


def _flatten(value: Any, path: str, fields: dict[str, list[str]], depth: int) -> None:
    if isinstance(value, dict) and depth < MAX_DEPTH:
        for key, one in value.items():
            _flatten(one, f"{path}.{key}" if path else str(key), fields, depth + 1)
    elif isinstance(value, list | tuple) and depth < MAX_DEPTH:
        for one in value:
            _flatten(one, path, fields, depth + 1)
    elif isinstance(value, bytes):
        fields.setdefault(path or VALUE, []).append(value.decode("utf-8", "replace"))
    elif value is not None:
        fields.setdefault(path or VALUE, []).append(str(value))
