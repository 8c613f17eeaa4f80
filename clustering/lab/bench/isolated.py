"""Environment of a product of its own: temporary files and database, nothing of the operator."""

import os
from typing import Final

from logosite import processes

KEPT: Final = ("PATH", "HOME", "LANG", "TMPDIR")


def environment(var_dir: str, *, site_url: str) -> dict[str, str]:
    """Return the environment of processes that keep everything in ``var_dir``."""
    full = processes.environment(site_url=site_url)
    names = (*processes.ALLOCATOR, *KEPT, "PYTHONPATH", "SITE_URL")
    kept = {name: full[name] for name in names if name in full}
    return kept | {"DJANGO_SETTINGS_MODULE": "logosite.settings", "LOGOSITE_VAR": var_dir}


def with_database(var_dir: str, database_url: str) -> dict[str, str]:
    """Return this process's environment with other data; an empty URL means SQLite in there."""
    own = {"LOGOSITE_VAR": var_dir, "DJANGO_SETTINGS_MODULE": "logosite.settings"}
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return kept | own | ({"DATABASE_URL": database_url} if database_url else {})
