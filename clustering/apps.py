"""The application's registration with Django."""

from django.apps import AppConfig

from logosite.statements import prefer_indexes


class ClusteringConfig(AppConfig):
    """Loads the system checks and sets up database connections."""

    name = "clustering"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from clustering import checks  # noqa: F401

        prefer_indexes()
