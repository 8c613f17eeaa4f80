"""The one migration takes over from those that it replaces, or refuses."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.signals import pre_migrate

from clustering.apps import LAST_REPLACED

pytestmark = pytest.mark.django_db(transaction=True)
SQUASHED = ("clustering", "0001_squashed_0051_fewer_assignment_indexes")
MODULE = import_module(f"clustering.migrations.{SQUASHED[1]}")
REPLACED = [name for _, name in MODULE.Migration.replaces]


@pytest.fixture
def recorder(settings: Any) -> Iterator[MigrationRecorder]:
    """The applied migrations of a database: none yet."""
    settings.MIGRATION_MODULES = {}  # most passes make the tables without migrations
    made = MigrationRecorder(connection)
    made.ensure_schema()
    yield made
    with connection.schema_editor() as editor:
        editor.delete_model(made.Migration)


def record(recorder: MigrationRecorder, names: list[str]) -> None:
    for name in names:
        recorder.record_applied("clustering", name)


def start_migrating() -> None:
    pre_migrate.send(sender=apps.get_app_config("clustering"), using="default")


def test_a_database_with_all_replaced_migrations_has_nothing_to_do(
    recorder: MigrationRecorder,
) -> None:
    record(recorder, REPLACED)

    start_migrating()
    executor = MigrationExecutor(connection)
    executor.check_replacements()

    plan = executor.migration_plan([SQUASHED])
    assert [one.name for one, _ in plan if one.app_label == "clustering"] == []
    assert SQUASHED in recorder.applied_migrations()
    assert REPLACED[-1] == LAST_REPLACED


def test_a_database_with_some_of_them_is_refused(recorder: MigrationRecorder) -> None:
    record(recorder, REPLACED[:-1])

    with pytest.raises(CommandError, match="operations"):
        start_migrating()


@pytest.mark.usefixtures("recorder")
def test_an_empty_database_is_not_refused() -> None:
    start_migrating()
