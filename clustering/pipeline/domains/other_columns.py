"""Cells beside the domains of a table: short, of few columns, within a total size."""

import sys
from collections.abc import Collection, Sequence
from typing import Final

SEPARATOR: Final = "\t"  # no cell holds it, as control characters are replaced
MAX_OTHER_COLUMNS: Final = 32
MAX_OTHER_CHARS: Final = 200  # of a cell
JOINERS: Final = "\u200c\u200d"  # within words of Persian and Indian languages, and emoji
MAX_OTHER_BYTES: Final = 160 << 20  # of memory: about 110 letters a row of the longest list


def split(cells: str) -> list[str] | None:
    """Return the cells of ``NamedDomain.cells``; None if all are empty."""
    return cells.split(SEPARATOR) if cells else None


def arranged(cells: str, names: Sequence[str], wanted: Sequence[str]) -> list[str] | None:
    """Return the cells of the columns ``names`` in the order of ``wanted``, as ``split`` does."""
    held = dict(zip(names, split(cells) or (), strict=False))
    return split(_joined([held.get(name, "") for name in wanted]))


class OtherColumns:
    """Collects the cells of one row after the other.

    A row is one text, of the columns ``names()``, without empty cells at its end: lists of strings
    would take several times the memory.
    """

    def __init__(
        self, names: Sequence[str], sample: Sequence[Sequence[str]], read: Collection[int]
    ) -> None:
        """Take the columns except those that are ``read`` as domains.

        Those with a value in the ``sample`` come first, in their order; others follow at their
        first value.
        """
        self.rows: list[str] = []
        self._names = names
        others = [index for index in range(len(names)) if index not in read]
        filled = [index for index in others if any(row[index].strip() for row in sample)]
        self._sizes = dict.fromkeys(filled[:MAX_OTHER_COLUMNS], 0)
        self._unfilled = [index for index in others if index not in self._sizes]
        self._n_bytes = 0
        self._too_long: list[str] = []
        self._is_full = False
        self._close_if_full()

    def add(self, row: Sequence[str]) -> int:
        """Keep the cells of a row; return its index in ``rows``, -1 if no column is kept."""
        if not self._sizes and not self._unfilled:
            return -1
        self._open(row)
        cells = [_cleaned(row[index]) if index < len(row) else "" for index in self._sizes]
        for index, cell in zip(self._sizes, cells, strict=True):
            self._sizes[index] += len(cell)
        self.rows.append(_joined(cells))
        self._n_bytes += sys.getsizeof(self.rows[-1])
        if self._n_bytes > MAX_OTHER_BYTES:
            longest = max(self._sizes, key=self._sizes.__getitem__)
            self._too_long.append(self._names[longest])
            self._drop(longest)
        return len(self.rows) - 1

    def names(self) -> tuple[str, ...]:
        """Return the names of the columns that are kept; those without any value are not."""
        for index in [index for index, size in self._sizes.items() if not size]:
            self._drop(index)
        return tuple(self._names[index] for index in self._sizes)

    def notes(self) -> tuple[str, ...]:
        """Return notes for users on the columns and cells that are not kept."""
        notes = [
            f"Column “{name}” is not kept: the columns beside the domains hold more than "
            f"{MAX_OTHER_BYTES >> 20} MB"
            for name in self._too_long
        ]
        if self._is_full:
            notes.append(f"Only the first {MAX_OTHER_COLUMNS} columns beside the domains are kept")
        return tuple(notes)

    def _open(self, row: Sequence[str]) -> None:
        """Add the columns that have their first value in ``row``."""
        there = (index for index in self._unfilled if index < len(row) and row[index])
        found = [index for index in there if _cleaned(row[index])]
        for index in found[: MAX_OTHER_COLUMNS - len(self._sizes)]:
            self._sizes[index] = 0
            self._unfilled.remove(index)
        self._close_if_full()

    def _close_if_full(self) -> None:
        """Add no more columns, also if one is dropped: those left may have had values already."""
        if len(self._sizes) == MAX_OTHER_COLUMNS and self._unfilled:
            self._is_full, self._unfilled = True, []

    def _drop(self, index: int) -> None:
        place = list(self._sizes).index(index)
        del self._sizes[index]
        for number, row in enumerate(self.rows):
            cells = row.split(SEPARATOR)
            del cells[place : place + 1]
            self.rows[number] = _joined(cells)
        self._n_bytes = sum(map(sys.getsizeof, self.rows))


def _joined(cells: list[str]) -> str:
    return SEPARATOR.join(cells).rstrip(SEPARATOR)


def _cleaned(cell: str) -> str:
    """Return the cell on one line, cut, with blanks for what is not printable."""
    cut = cell[:MAX_OTHER_CHARS].strip()
    if cut.isprintable():
        return cut
    shown = (char if char.isprintable() or char in JOINERS else " " for char in cut)
    return " ".join("".join(shown).split())
