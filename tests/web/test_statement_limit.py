"""On PostgreSQL, a statement of a web request ends after the time limit."""

from importlib import reload

import pytest
from django.db import OperationalError, connection
from django.db.backends.signals import connection_created

from logosite import statements, wsgi


def test_the_web_process_limits_its_connections() -> None:
    reload(wsgi)

    assert connection_created.disconnect(dispatch_uid="limit_statements")


@pytest.mark.django_db(transaction=True)
def test_a_long_statement_is_cancelled() -> None:
    connection_created.disconnect(dispatch_uid="limit_statements")
    connection.close()
    statements.limit_statements(1)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            if connection.vendor == "postgresql":  # SQLite has no such limit
                with pytest.raises(OperationalError, match="timeout"):
                    cursor.execute("SELECT pg_sleep(5)")
    finally:
        connection_created.disconnect(dispatch_uid="limit_statements")
        connection.close()


@pytest.mark.django_db
def test_connections_expect_fast_random_reads() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SHOW random_page_cost")
            assert cursor.fetchone() == ("1.1",)
