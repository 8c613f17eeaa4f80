"""Filters and writes many rows by their ids, without a bound value for each."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection, models

ROWS_PER_WRITE: Final = 5_000  # SQLite binds 32,766 values at most, three a row suffice


@models.ForeignKey.register_lookup
@models.IntegerField.register_lookup
class Among(models.Lookup):
    """``domain_id__among=ids``: as ``__in``, which prepares and binds every id by itself."""

    lookup_name = "among"

    def get_prep_lookup(self) -> list[int]:
        return list(self.rhs)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        if not self.rhs:
            raise EmptyResultSet  # no query at all, as of __in
        column, params = self.process_lhs(compiler, connection)
        if connection.vendor == "sqlite":
            listed = "IN (SELECT value FROM json_each(%s))"
            return f"{column} {listed}", [*params, json.dumps(self.rhs)]
        # With ids of the column's own type, PostgreSQL hashes them where it can't use an index.
        kind = self.lhs.output_field.db_type(connection)
        return f"{column} = ANY(%s::{kind}[])", [*params, _array(self.rhs)]


Value = int | float | str | None


def _array(values: Iterable[Value]) -> str:
    """Return an array as PostgreSQL writes it: it reads a list of constants many times slower."""
    return f"{{{','.join('NULL' if one is None else str(one) for one in values)}}}"


def write_column(model: type[models.Model], name: str, values: Mapping[int, Value]) -> None:
    """Set a field of the rows with these keys; ``bulk_update`` takes many times as long."""
    write_columns(model, (name,), {pk: (value,) for pk, value in values.items()})


def write_columns(
    model: type[models.Model], names: Sequence[str], rows: Mapping[int, Sequence[Value]]
) -> None:
    """Set several fields of the rows with these keys, each row once; a UUID is given as hex."""
    fields = [_column(model, name) for name in ("id", *names)]
    places = [f"column{place}" for place in range(1, 1 + len(fields))]
    kinds = [str(field.rel_db_type(connection)) for field in fields]
    columns = zip(places[1:], fields[1:], kinds[1:], strict=True)
    assigned = ", ".join(f"{to.column} = CAST(v.{one} AS {kind})" for one, to, kind in columns)
    ordered = [(pk, *rows[pk]) for pk in sorted(rows)]
    mark = f"({', '.join(['%s'] * len(fields))})"
    for start in range(0, len(ordered), ROWS_PER_WRITE):
        part = ordered[start : start + ROWS_PER_WRITE]
        if connection.vendor == "postgresql":
            listed = f"unnest({', '.join(f'%s::{kind}[]' for kind in kinds)})"
            listed += f" AS v ({', '.join(places)})"
            params: list[Any] = [_array(column) for column in zip(*part, strict=True)]
        else:
            listed = f"(VALUES {', '.join([mark] * len(part))}) AS v"
            params = [value for row in part for value in row]
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {model._meta.db_table} AS t SET {assigned} "  # noqa: S608 # our own names
                f"FROM {listed} WHERE t.id = v.column1",
                params,
            )


def insert_new(
    model: type[models.Model],
    names: Sequence[str],
    rows: Sequence[Sequence[Value | list[Any]]],
    shared: Mapping[str, object],
) -> list[int]:
    """Insert rows with these values of a few fields, unless a unique constraint has them already.

    The rows are sent as one value, a JSON list: ``bulk_create`` makes an object of each row, and
    takes ten times the CPU.

    Args:
        shared: values of other fields, by the name of the column; the defaults of the model else.

    Returns:
        The keys of the rows that were inserted.
    """
    given = [_column(model, name) for name in names]
    all_fields = [field for field in model._meta.concrete_fields if not field.generated]
    others = [one for one in all_fields if one not in given and not one.primary_key]
    listed, cell = (
        ("json_each(%s)", "json_extract(v.value, '$[{}]')")
        if connection.vendor == "sqlite"
        else ("json_array_elements(CAST(%s AS json))", "v.value ->> {}")
    )

    def typed(value: str, field: "models.Field[Any, Any]") -> str:
        # SQLite has no type of dates to cast to, and needs none.
        is_sqlite = connection.vendor == "sqlite"
        return value if is_sqlite else f"CAST({value} AS {field.db_type(connection)})"

    selected = [typed("%s", field) for field in others]
    selected += [typed(cell.format(place), field) for place, field in enumerate(given)]
    columns = ", ".join(str(field.column) for field in [*others, *given])
    params = [
        field.get_db_prep_save(shared.get(field.attname, field.get_default()), connection)
        for field in others
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({columns}) SELECT {', '.join(selected)} "  # noqa: S608 # our own names
            f"FROM {listed} AS v WHERE true ON CONFLICT DO NOTHING RETURNING id",
            [*params, json.dumps(rows, ensure_ascii=False)],
        )
        return [pk for (pk,) in cursor.fetchall()]


def delete_cascading(model: type[models.Model], keys: list[int]) -> None:
    """Delete rows, those that refer to them by CASCADE, and references to them by SET_NULL.

    ``QuerySet.delete`` does the same with an object of each row and a bound value of each key,
    in three times the CPU.
    """
    if not keys:
        return
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel):
            continue
        field = relation.field
        referring = field.model._base_manager.filter(**{f"{field.name}__among": keys})
        if relation.on_delete is models.CASCADE:
            delete_cascading(field.model, list(referring.values_list("pk", flat=True)))
        elif relation.on_delete is models.SET_NULL:
            referring.update(**{field.name: None})
    is_sqlite = connection.vendor == "sqlite"
    among = "IN (SELECT value FROM json_each(%s))" if is_sqlite else "= ANY(%s::bigint[])"
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {model._meta.db_table} WHERE id {among}",  # noqa: S608 # our own names
            [json.dumps(keys) if is_sqlite else keys],
        )


def _column(model: type[models.Model], name: str) -> "models.Field[Any, Any]":
    field = model._meta.get_field(name)
    if not isinstance(field, models.Field):
        raise TypeError(f"{name} has no column")
    return field
