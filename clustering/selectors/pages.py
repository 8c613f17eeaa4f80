"""Keyset pages: each page starts after the last row of the one before, at the same cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final, Generic, TypeVar

from django.core import signing
from django.db.models import F, Q, QuerySet

from clustering.models import Run
from clustering.models.run import AssignmentQuerySet

MOST_COUNTED: Final = 1_000  # rows of a search; more are not counted
MOST_HITS: Final = 5_000  # of a search, that are looked up one by one
SALT: Final = "keyset"

Row = TypeVar("Row")
"""A model, or a dictionary of a query for values."""


@dataclass(frozen=True)
class Sort:
    """One column of an order; it holds no null, and the last column of an order is unique."""

    column: str
    is_descending: bool = False

    def reversed(self) -> "Sort":
        return Sort(self.column, not self.is_descending)

    @property
    def expression(self) -> Any:
        return F(self.column).desc() if self.is_descending else F(self.column).asc()


@dataclass(frozen=True)
class KeysetPage(Generic[Row]):
    """Some rows of a list, and tokens of the pages beside them; an empty token is no page."""

    rows: list[Row]
    n_before: int
    """Rows on the pages before this one."""
    count: int
    """Rows of the whole list."""
    next: str
    previous: str

    @property
    def first(self) -> int:
        """Position of the first row, from 1."""
        return self.n_before + 1

    @property
    def last(self) -> int:
        """Position of the last row, from 1."""
        return self.n_before + len(self.rows)

    @property
    def is_first(self) -> bool:
        return not self.previous

    @property
    def is_only(self) -> bool:
        return not (self.previous or self.next)


@dataclass(frozen=True)
class _Start:
    """Where a page starts: beside a row with these values."""

    values: list[Any]
    n_before: int
    is_backward: bool


def keyset_page(
    rows: QuerySet[Any, Row], order: Sequence[Sort], *, token: str, size: int, count: int
) -> KeysetPage[Row]:
    """Return the page that ``token`` names; the first one for an empty or unknown token."""
    start = _parsed(token, order)
    is_backward = start is not None and start.is_backward
    walked = [sort.reversed() for sort in order] if is_backward else list(order)
    found = rows.filter(_beyond(walked, start.values)) if start else rows
    taken = list(found.order_by(*(sort.expression for sort in walked))[: size + 1])
    has_more, shown = len(taken) > size, taken[:size]
    if is_backward:
        shown.reverse()
    n_before = start.n_before if start else 0
    if start and is_backward:
        n_before = max(0, n_before - len(shown)) if has_more else 0
    has_previous = has_more if is_backward else start is not None
    has_next = is_backward or has_more
    return KeysetPage(
        rows=shown,
        n_before=n_before,
        count=count,
        next=_token(order, shown[-1], n_before + len(shown)) if shown and has_next else "",
        previous=_token(order, shown[0], n_before, back=1) if shown and has_previous else "",
    )


def is_token(token: str, order: Sequence[Sort]) -> bool:
    """Whether ``token`` names a page of a list in this order."""
    return _parsed(token, order) is not None


def crossed(
    rows: QuerySet[Any, Row], order: Sequence[Sort], *, token: str, page: KeysetPage[Row]
) -> QuerySet[Any, Row] | None:
    """Return the rows from where a page of some of ``rows`` starts to where it ends.

    None if the page has no other behind it: then it does not end before the list does.
    """
    start = _parsed(token, order)
    is_backward = start is not None and start.is_backward
    if not (page.previous if is_backward else page.next):
        return None
    walked = [sort.reversed() for sort in order] if is_backward else list(order)
    found = rows.filter(_beyond(walked, start.values)) if start else rows
    end = [_value(page.rows[0 if is_backward else -1], sort.column) for sort in order]
    bound = f"{order[0].column}__{'gte' if walked[0].is_descending else 'lte'}"
    return found.filter(~_beyond(walked, end), **{bound: end[0]})


def capped_count(rows: QuerySet[Any], *order: str) -> int:
    """Count rows, up to ``MOST_COUNTED`` and one more.

    Args:
        order: of an index, where the rows are so many that the first of them are found soonest
            by following it.
    """
    return rows.order_by(*order)[: MOST_COUNTED + 1].count()


def named(run: Run, rows: AssignmentQuerySet, text: str) -> tuple[AssignmentQuerySet, bool]:
    """Return the rows whose domain contains ``text``; and whether they were looked up one by one.

    One query: a database that has to guess how many match may read all rows of the run.
    """
    hits, are_all = first_keys(run.dataset.domains.filter(name__icontains=text))
    found = rows.filter(domain_id__among=hits) if are_all else rows.named(text, run.dataset_id)
    return found, are_all


def first_keys(rows: QuerySet[Any]) -> tuple[list[int], bool]:
    """Return keys of some rows, in no order, and whether these are all. One query."""
    found = list(rows.order_by().values_list("pk", flat=True)[: MOST_HITS + 1])
    return found, len(found) <= MOST_HITS


def _beyond(order: Sequence[Sort], values: Sequence[Any]) -> Q:
    """Return the rows after the one with ``values``; the first column bounds an index scan."""
    after, equal = Q(pk__in=[]), Q()
    for sort, value in zip(order, values, strict=True):
        operator = "lt" if sort.is_descending else "gt"
        after |= equal & Q(**{f"{sort.column}__{operator}": value})
        equal &= Q(**{sort.column: value})
    bound = f"{order[0].column}__{'lte' if order[0].is_descending else 'gte'}"
    return Q(**{bound: values[0]}) & after


def _token(order: Sequence[Sort], row: Any, n_before: int, *, back: int = 0) -> str:
    values = [_value(row, sort.column) for sort in order]
    return signing.dumps([back, n_before, *values], salt=_salt(order))


def _value(row: Any, column: str) -> Any:
    return row[column] if isinstance(row, dict) else attrgetter(column.replace("__", "."))(row)


def _parsed(token: str, order: Sequence[Sort]) -> _Start | None:
    """Return the start that a token names; tokens are signed against forgery."""
    try:
        back, n_before, *values = signing.loads(token, salt=_salt(order))
    except (signing.BadSignature, ValueError):
        return None
    return _Start(values, n_before, bool(back))


def _salt(order: Sequence[Sort]) -> str:
    """Return a salt that makes a token of another order invalid: its values have other types."""
    return ":".join([SALT, *(f"{sort.column} {sort.is_descending:d}" for sort in order)])
