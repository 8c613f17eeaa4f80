"""The application's registration with Django."""

from django.apps import AppConfig


class ClusteringConfig(AppConfig):
    """Loads the system checks."""

    name = "clustering"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from clustering import checks  # noqa: F401
