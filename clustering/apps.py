"""The application's registration with Django."""

from django.apps import AppConfig
from django.core.management import CommandError
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.signals import pre_migrate

from logosite.statements import prefer_indexes

LAST_REPLACED = "0051_fewer_assignment_indexes"


class ClusteringConfig(AppConfig):
    """Loads the system checks and sets up database connections."""

    name = "clustering"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from clustering import checks  # noqa: F401

        prefer_indexes()
        pre_migrate.connect(refuse_half_migrated, sender=self)


def refuse_half_migrated(using: str, **_: object) -> None:
    """Stop at a database that has some of the replaced migrations: Django would leave it so."""
    applied = MigrationRecorder(connections[using]).applied_migrations()
    names = {name for app, name in applied if app == ClusteringConfig.name}
    if names and LAST_REPLACED not in names:
        raise CommandError(
            f"This database was never migrated to {LAST_REPLACED}, which this version has as"
            " part of one migration. docs/operations.md, Upgrade, says how."
        )
