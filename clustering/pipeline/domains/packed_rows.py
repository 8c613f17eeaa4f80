"""Rows of an upload as lines of JSON: as tuples, a million take 400 MB instead of 60."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, Generic, TypeVar, overload

Row = TypeVar("Row", bound=tuple[Any, ...])

ROWS_A_LINE: Final = 10_000


class PackedRows(Sequence[Row], Generic[Row]):
    """A sequence to be read from its start; each access by index unpacks all rows."""

    def __init__(self, n: int, lines: Sequence[bytes], unpacked: Callable[[list[Any]], Row]):
        """Take lines of ``ROWS_A_LINE`` rows, ``n`` in all; ``unpacked`` makes one of a list."""
        self.lines = lines
        self._n = n
        self._unpacked = unpacked

    @classmethod
    def of(cls, rows: Iterable[Row], unpacked: Callable[[list[Any]], Row]) -> "PackedRows[Row]":
        """Pack ``rows``, unless they are; what UTF-8 can't encode becomes a question mark."""
        if isinstance(rows, PackedRows):
            return rows
        n, lines, rest = 0, [], iter(rows)
        while part := list(islice(rest, ROWS_A_LINE)):
            n += len(part)
            text = json.dumps(part, ensure_ascii=False, separators=(",", ":"))
            lines.append(text.encode("utf-8", "replace"))
        return cls(n, lines, unpacked)

    def __len__(self) -> int:
        return self._n

    def __iter__(self) -> Iterator[Row]:
        for line in self.lines:
            yield from map(self._unpacked, json.loads(line))

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        return tuple(self)[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))
