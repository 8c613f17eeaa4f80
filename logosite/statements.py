"""Settings of database connections on PostgreSQL."""

from typing import Final

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

# PostgreSQL's default is that of a rotating disk; with it a search reads all names of a data set
# rather than the trigram index, once the planner expects some thousand hits.
RANDOM_PAGE_COST: Final = 1.1


def limit_statements(seconds: int) -> None:
    """Limit the statements of all new connections of this process; workers have no limit."""
    _on_connection(f"SET statement_timeout = '{int(seconds)}s'", "limit_statements")


def prefer_indexes() -> None:
    """Let the planner of all new connections of this process expect fast random reads."""
    _on_connection(f"SET random_page_cost = {RANDOM_PAGE_COST}", "prefer_indexes")


def _on_connection(statement: str, name: str) -> None:
    def execute(connection: BaseDatabaseWrapper, **_: object) -> None:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(statement)

    connection_created.connect(execute, weak=False, dispatch_uid=name)
