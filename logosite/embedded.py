"""Where the parts that need no settings keep themselves: the broker's socket, the secret key."""

import os
import secrets
from pathlib import Path


def embedded_redis_url(var_dir: Path) -> str:
    """Return the address of the embedded broker's socket (database 0)."""
    return f"redis+socket://{var_dir / 'valkey.sock'}"


def kept_secret_key(var_dir: Path) -> str:
    """Return the secret key of this installation, made at the first start and kept (mode 600)."""
    var_dir.mkdir(parents=True, exist_ok=True)
    file = var_dir / "secret_key"
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as handle:
        handle.write(secrets.token_urlsafe(64))
    return file.read_text(encoding="ascii").strip()
