"""Filters by many ids, as PostgreSQL gets them."""

from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper

from clustering.models import Assignment, Cluster


def test_ids_have_the_type_of_their_column() -> None:
    # PostgreSQL compares a bigint with a list of integers one by one: no hash function fits both.
    postgresql = DatabaseWrapper(connections.settings["default"])
    by_key = Assignment.objects.filter(domain_id__among=[1, 2]).query
    by_number = Cluster.objects.filter(number__among=[1, 2]).query

    assert "= ANY(%s::bigint[])" in by_key.get_compiler(connection=postgresql).as_sql()[0]
    assert "= ANY(%s::integer[])" in by_number.get_compiler(connection=postgresql).as_sql()[0]
