"""Environment of a product of its own: temporary files and database, nothing of the operator."""

from typing import Final

from logosite import processes

KEPT: Final = ("PATH", "HOME", "LANG", "TMPDIR")


def environment(var_dir: str, *, site_url: str) -> dict[str, str]:
    """Return the environment of processes that keep everything in ``var_dir``."""
    full = processes.environment(site_url=site_url)
    names = (*processes.ALLOCATOR, *KEPT, "PYTHONPATH", "SITE_URL")
    kept = {name: full[name] for name in names if name in full}
    return kept | {"DJANGO_SETTINGS_MODULE": "logosite.settings", "LOGOSITE_VAR": var_dir}
