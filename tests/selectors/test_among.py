"""Filters by many ids, as PostgreSQL gets them, and by none."""

import pytest
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.models import Q
from pytest_django import DjangoAssertNumQueries

from clustering.models import Assignment, Cluster


def test_ids_have_the_type_of_their_column() -> None:
    # PostgreSQL compares a bigint with a list of integers one by one: no hash function fits both.
    postgresql = DatabaseWrapper(connections.settings["default"])
    by_key = Assignment.objects.filter(domain_id__among=[1, 2]).query
    by_number = Cluster.objects.filter(number__among=[1, 2]).query

    assert "= ANY(%s::bigint[])" in by_key.get_compiler(connection=postgresql).as_sql()[0]
    assert "= ANY(%s::integer[])" in by_number.get_compiler(connection=postgresql).as_sql()[0]


def test_postgresql_gets_ids_as_one_value() -> None:
    # It reads a list of 20,000 constants for 100 ms before it begins.
    postgresql = DatabaseWrapper(connections.settings["default"])
    by_key = Assignment.objects.filter(domain_id__among=[1, 2]).query

    assert by_key.get_compiler(connection=postgresql).as_sql()[1] == ("{1,2}",)


@pytest.mark.django_db
def test_a_filter_by_no_ids_asks_nothing(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    none = Assignment.objects.filter(domain_id__among=[])

    with django_assert_num_queries(0):
        assert list(none) == []
        assert none.update(is_ignored=True) == 0
        assert not none.exists()
    either = Cluster.objects.filter(Q(number__among=[]) | Q(pk__among=[1]))
    with django_assert_num_queries(1):
        assert list(either) == []
