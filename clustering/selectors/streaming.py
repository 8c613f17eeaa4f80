"""Reads for long responses: one snapshot, bounded chunks, one sort order on both databases."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Final, TypeVar

from django.db import connection
from django.db.models.functions import Collate

T = TypeVar("T")

ROWS_PER_CHUNK: Final = 2_000
# PostgreSQL would scan whole tables for each chunk again, rather than look up its rows by index.
BY_INDEX: Final = "".join(
    f"; SET LOCAL enable_{one} = off" for one in ("seqscan", "hashjoin", "mergejoin")
)
BEGIN: Final = {
    "postgresql": f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY{BY_INDEX}",
    "sqlite": "BEGIN DEFERRED",
}
CODE_POINTS: Final = {"postgresql": "C", "sqlite": "BINARY"}


@contextmanager
def snapshot() -> Iterator[None]:
    """Let all queries inside see one state of the database, without blocking writers.

    Not by ``transaction.atomic``, which takes the write lock on SQLite. Does nothing inside
    a transaction.
    """
    if connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(BEGIN[connection.vendor])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ROLLBACK")


def by_code_point(column: str) -> Collate:
    """Return the expression that sorts text as Python does, whatever the database's locale."""
    return Collate(column, CODE_POINTS[connection.vendor])


def chunks(rows: Iterable[T], size: int = ROWS_PER_CHUNK) -> Iterator[list[T]]:
    """Yield lists of ``size`` rows; the last one may be shorter."""
    rest = iter(rows)
    while chunk := list(islice(rest, size)):
        yield chunk
