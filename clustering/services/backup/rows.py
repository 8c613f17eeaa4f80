"""Rows of all models as JSON lines, and back; the same for SQLite and PostgreSQL."""

import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import BinaryField, JSONField, Model

from clustering.models import UserSession

APP: Final = "clustering"
LEFT_OUT: Final = (UserSession,)
ROWS_PER_READ: Final = 2_000
VALUES_PER_INSERT: Final = 20_000  # SQLite binds 32,766 at most
Columns = Sequence[Any]  # fields of a model; their stubs lack what is read here


@contextmanager
def snapshot() -> Iterator[None]:
    """Read from one state of the database, without stopping those who write."""
    if connection.vendor == "sqlite":
        # Not atomic(): with settings.SQLITE_OPTIONS it locks out writers from its beginning.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def models() -> list[type[Model]]:
    """Return the models of which rows are copied."""
    found = apps.get_app_config(APP).get_models()
    return [model for model in found if model not in LEFT_OUT]


def write(model: type[Model], file: Path) -> int:
    """Write the names of the columns, then the values of a row a line; return the number."""
    names, n_rows = [field.attname for field in _columns(model)], 0
    with file.open("w", encoding="utf-8") as lines:
        lines.write(json.dumps(names) + "\n")
        for row in in_parts(model, names):
            lines.write(json.dumps([_plain(value) for value in row]) + "\n")
            n_rows += 1
    return n_rows


def in_parts(model: type[Model], names: Sequence[str]) -> Iterator[Sequence[Any]]:
    """Yield the values of all rows, by ranges of the key, which comes first in ``names``."""
    rows = model._base_manager.order_by("pk").values_list(*names)
    part = list(rows[:ROWS_PER_READ])
    while part:
        yield from part
        part = list(rows.filter(pk__gt=part[-1][0])[:ROWS_PER_READ])


def read(name: str, file: Path) -> int:
    """Insert the rows of a file; return the number. To be used in one transaction for all."""
    model = apps.get_model(APP, name)
    fields = {field.attname: field for field in _columns(model)}
    n_rows = 0
    with file.open(encoding="utf-8") as lines:
        columns = [fields[name] for name in json.loads(next(lines))]
        while part := list(islice(lines, VALUES_PER_INSERT // len(columns))):
            _insert(model, columns, [json.loads(line) for line in part])
            n_rows += len(part)
    return n_rows


def reset_sequences() -> None:
    """Let new rows be numbered after the restored ones."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models()):
            cursor.execute(statement)


def _columns(model: type[Model]) -> Columns:
    """Return the columns that are written, the key first."""
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    return sorted(fields, key=lambda field: not field.primary_key)


def _insert(model: type[Model], columns: Columns, rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows as they were; ``bulk_create`` would set the times of creation anew."""
    quote = connection.ops.quote_name
    names = ", ".join(quote(field.column) for field in columns)
    places = "(" + ", ".join(["%s"] * len(columns)) + ")"
    every = ", ".join([places] * len(rows))
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES {every}"  # noqa: S608
    values = [
        field.get_db_prep_save(_typed(field, value), connection)
        for row in rows
        for field, value in zip(columns, row, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | float | list | dict | None) else str(value)


def _typed(field: Any, value: Any) -> Any:
    """Return a value of JSON as its column has it."""
    if value is None or isinstance(field, JSONField):
        return value
    if isinstance(field, BinaryField):
        return base64.b64decode(value)
    target = field.target_field if field.is_relation else field
    return target.to_python(value)
