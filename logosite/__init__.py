"""The Django project: settings, queue, addresses, and the web server's entry."""

from logosite.celery import app as celery_app

__all__ = ["celery_app"]
