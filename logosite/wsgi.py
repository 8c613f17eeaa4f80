"""WSGI application of the web server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "logosite.settings")
application = get_wsgi_application()

from clustering import conf  # noqa: E402 - needs the settings
from logosite.statements import limit_statements  # noqa: E402

limit_statements(conf.statement_timeout_seconds())
