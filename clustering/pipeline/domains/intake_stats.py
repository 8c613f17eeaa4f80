"""Counts of distinct domains, duplicates and rejected rows; they add up to the rows."""

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from clustering.pipeline.domains import MAX_ROWS, Cell, NamedDomain, Rejected
from clustering.pipeline.domains.cells import extract
from clustering.pipeline.domains.names import as_shown
from clustering.pipeline.domains.other_columns import OtherColumns
from clustering.pipeline.domains.repairs import Change
from clustering.pipeline.errors import UnreadableUpload

MAX_REJECTED_CHARS: Final = 200  # enough to find the cell again


def too_many_rows(max_rows: int) -> str:
    """Return the error message for a longer file."""
    return f"The file has more than {max_rows:,} rows; split it and upload the parts"


@dataclass
class IntakeStats:
    """Running counts; of a domain, the value of its first row is kept.

    Written to hold a million domains: most have one row, and are given as they are named.
    The cells of other columns are known at the end only, so their rows are kept by index.
    """

    max_rows: int = MAX_ROWS
    others: OtherColumns = field(default_factory=lambda: OtherColumns((), (), ()))
    n_rows: int = 0
    n_duplicates: int = 0
    changes: Counter[Change] = field(default_factory=Counter)
    _rows: dict[str, int | list[int]] = field(default_factory=dict)
    _given: list[str] = field(default_factory=list)
    _members: dict[str, str] = field(default_factory=dict)
    _places: "array[int]" = field(default_factory=partial(array, "q"))
    _rejected: list[Rejected] = field(default_factory=list)
    _rejected_places: "array[int]" = field(default_factory=partial(array, "q"))

    def count(self, cells: Iterable[Cell]) -> None:
        """Count each entry of the cells as a domain, a duplicate or a rejected row."""
        last, extracted = "", extract("")
        for row_number, text, reason, row in cells:
            if reason:
                self.reject(row_number, text, reason, row)
                continue
            if text is not last:  # a value of a Parquet dictionary is one object in all rows
                last, extracted = text, extract(text)
            entries, changes = extracted
            self.changes.update(changes)
            if not entries:
                self.reject(row_number, text, "The cell is empty", row)
            is_first = True
            for name, given, why in entries:
                if name:
                    self.accept(name, row_number, given, row=row)
                else:
                    self.reject(row_number, given, why, row if is_first else ())
                    is_first = False

    def notes(self) -> tuple[str, ...]:
        """Return what was changed and in how many cells, in the order of ``Change``."""
        return tuple(
            f"{change} ({n_cells:,} {'cell' if n_cells == 1 else 'cells'})"
            for change in Change
            if (n_cells := self.changes[change])
        )

    def accept(
        self, name: str, row_number: int, given: str, member: str = "", row: Sequence[str] = ()
    ) -> None:
        """Count a row with the domain ``name``."""
        self._count_row()
        rows = self._rows.setdefault(name, row_number)
        if len(self._rows) > len(self._given):
            shown = as_shown(given)
            self._given.append(name if shown == name else shown)  # one text in memory, if equal
            if member:
                self._members[name] = member
            self._places.append(self.others.add(row))
            return
        self.n_duplicates += 1
        if isinstance(rows, int):
            self._rows[name] = [rows, row_number]
        else:
            rows.append(row_number)

    def reject(self, row_number: int, given: str, reason: str, row: Sequence[str] = ()) -> None:
        """Count a row without a domain."""
        self._count_row()
        self._rejected.append(Rejected(row_number, as_shown(given, MAX_REJECTED_CHARS), reason))
        self._rejected_places.append(self.others.add(row) if row else -1)

    def domains(self) -> Iterable[NamedDomain]:
        """Yield the distinct domains in order of first occurrence."""
        found = zip(self._rows.items(), self._given, self._places, strict=True)
        for (name, rows), given, place in found:
            numbers = (rows,) if isinstance(rows, int) else tuple(rows)
            member = self._members.get(name, "")
            yield NamedDomain(name, given, numbers, member, self._cells(place))

    def rejected(self) -> Iterable[Rejected]:
        """Yield the rejected entries in their order."""
        for one, place in zip(self._rejected, self._rejected_places, strict=True):
            cells = self._cells(place)
            yield one._replace(cells=cells) if cells else one

    def _cells(self, place: int) -> str:
        return self.others.rows[place] if place >= 0 else ""

    def _count_row(self) -> None:
        self.n_rows += 1
        if self.n_rows > self.max_rows:
            raise UnreadableUpload(too_many_rows(self.max_rows))
