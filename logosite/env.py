"""Typed readers of environment variables; an error names the variable and its value."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})


def text(name: str, default: str = "") -> str:
    """Return NAME, or the content of the file that NAME_FILE names (for secrets)."""
    file = os.environ.get(f"{name}_FILE")
    if not file:
        return os.environ.get(name, default)
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        message = f"{name}_FILE={file!r} cannot be read: {error.strerror}"
        raise ImproperlyConfigured(message) from error


def boolean(name: str, *, default: bool) -> bool:
    """Return NAME as a truth value; anything but true/false words is an error."""
    value = text(name).strip().lower()
    if not value:
        return default
    if value in TRUE | FALSE:
        return value in TRUE
    raise ImproperlyConfigured(f"{name}={value!r} is no truth value; use 'true' or 'false'")


def integer(name: str, default: int, *, minimum: int = 0) -> int:
    """Return NAME as a whole number of at least ``minimum``."""
    value = text(name).strip()
    if not value:
        return default
    if value.isascii() and value.isdigit() and int(value) >= minimum:
        return int(value)
    raise ImproperlyConfigured(f"{name}={value!r} is no whole number of at least {minimum}")


def words(name: str, default: str = "") -> list[str]:
    """Return NAME split at commas, blanks dropped."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def path(name: str, default: Path) -> Path:
    """Return NAME as an absolute path."""
    value = text(name).strip()
    return Path(value).expanduser().resolve() if value else default
