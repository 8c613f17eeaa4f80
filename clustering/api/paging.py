"""Pages of lists: a cursor names where the next one starts."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Annotated, Generic, TypeVar

from django.db.models import Model, QuerySet
from ninja import Field, Query, Schema

from clustering.api.problems import Problem
from clustering.selectors import pages

DEFAULT_SIZE = 50
LARGEST_SIZE = 200
MAX_CURSOR = 2_000  # characters

Row = TypeVar("Row", bound=Model)
Shown = TypeVar("Shown")


class PageQuery(Schema):
    """Which page of a list."""

    limit: int = Field(default=DEFAULT_SIZE, ge=1, le=LARGEST_SIZE)
    cursor: str = Field(default="", max_length=MAX_CURSOR, description="`next` of the page before")


class Page(Schema, Generic[Shown]):
    """A part of a list; without ``next``, it is the last one."""

    results: list[Shown]
    next: str | None


Paging = Annotated[PageQuery, Query()]


def keyset_page(
    rows: QuerySet[Row], order: Sequence[pages.Sort], wanted: PageQuery
) -> pages.KeysetPage[Row]:
    """Return the page that the cursor names; a cursor of another list is a problem."""
    refuse_strange(wanted, order)
    return pages.keyset_page(rows, order, token=wanted.cursor, size=wanted.limit, count=0)


def refuse_strange(wanted: PageQuery, order: Sequence[pages.Sort]) -> None:
    """Refuse a cursor of another list."""
    if wanted.cursor and not pages.is_token(wanted.cursor, order):
        raise Problem(HTTPStatus.BAD_REQUEST, "bad_cursor", "the cursor is not one of this list")


def page_of(
    rows: QuerySet[Row],
    order: Sequence[pages.Sort],
    wanted: PageQuery,
    show: Callable[[Row], Shown],
) -> Page[Shown]:
    """Return a page with each row shown."""
    found = keyset_page(rows, order, wanted)
    return Page(results=[show(row) for row in found.rows], next=found.next or None)
