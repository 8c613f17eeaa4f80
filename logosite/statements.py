"""A time limit for the database statements of web requests; workers have none."""

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


def limit_statements(seconds: int) -> None:
    """Limit the statements of all new connections of this process, on PostgreSQL."""
    statement = f"SET statement_timeout = '{int(seconds)}s'"

    def limit(connection: BaseDatabaseWrapper, **_: object) -> None:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(statement)

    connection_created.connect(limit, weak=False, dispatch_uid="limit_statements")
