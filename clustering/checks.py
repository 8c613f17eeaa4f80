"""System checks of the operator's settings."""

import ipaddress
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Warning, register

from clustering import conf
from clustering.pipeline.errors import InputError
from clustering.pipeline.finders.services import template_service

MIN_SECRET_KEY_LENGTH = 50  # what Django's own check (security.W009) asks for
PLACEHOLDERS = ("change", "example", "insecure", "placeholder", "set-me", "setme", "your-")
MOUNTS = Path("/proc/self/mounts")  # Linux; elsewhere the file system stays unknown
# Their locks cannot be relied on, and WAL needs memory shared by all readers of the file.
NETWORK_FILE_SYSTEMS = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "fuse.glusterfs", "fuse.sshfs", "glusterfs", "lustre"}
    | {"nfs", "nfs4", "smb3", "smbfs"}
)


@register
def check_fetch_deadline(
    app_configs: Sequence[AppConfig] | None, **_: object
) -> list[CheckMessage]:
    """A domain that may take as long as a task would be killed with it every time."""
    deadline = conf.fetch_options().deadline_seconds
    longest = conf.operation().longest_task_seconds
    if 10 * deadline <= longest:
        return []
    message = (
        f"a domain may take {deadline} s, but a task of many domains ends after {longest:g} s"
    )
    hint = f"Set FETCH_DEADLINE_SECONDS to {longest / 10:g} at most."
    return [Error(message, hint=hint, id="clustering.E001")]


@register
def check_visibility_timeout(
    app_configs: Sequence[AppConfig] | None, **_: object
) -> list[CheckMessage]:
    """A message that is redelivered during its work is processed twice."""
    operation = conf.operation()
    if operation.visibility_timeout_seconds > 3 * operation.longest_task_seconds:
        return []
    message = (
        f"the broker delivers a message again after {operation.visibility_timeout_seconds:g} s, "
        f"but a task may take {operation.longest_task_seconds:g} s"
    )
    hint = "Keep visibility_timeout above three times CELERY_TASK_TIME_LIMIT."
    return [Error(message, hint=hint, id="clustering.E002")]


@register
def check_secret_key(app_configs: Sequence[AppConfig] | None, **_: object) -> list[CheckMessage]:
    """Anyone who knows the key can sign in as any user."""
    key = conf.operation().secret_key
    is_placeholder = any(word in key.lower() for word in PLACEHOLDERS)
    if len(key) >= MIN_SECRET_KEY_LENGTH and not is_placeholder:
        return []
    message = "SECRET_KEY is a placeholder" if is_placeholder else "SECRET_KEY is too short"
    hint = "Leave SECRET_KEY unset (one is made and kept), or set 50 random characters or more."
    return [Error(message, hint=hint, id="clustering.E003")]


@register
def check_s3(app_configs: Sequence[AppConfig] | None, **_: object) -> list[CheckMessage]:
    """The client of S3 is optional."""
    if conf.s3() is None or find_spec("boto3"):
        return []
    hint = "pip install -r requirements-s3.txt, or leave S3_BUCKET unset."
    return [Error("S3_BUCKET is set, but boto3 is missing", hint=hint, id="clustering.E008")]


@register
def check_sqlite_place(app_configs: Sequence[AppConfig] | None, **_: object) -> list[CheckMessage]:
    """SQLite over a network loses data."""
    file = conf.operation().sqlite_file
    kind = file_system_of(file) if file else ""
    if kind not in NETWORK_FILE_SYSTEMS:
        return []
    message = f"{file} is on a network file system ({kind}), where SQLite corrupts its database"
    hint = "Set LOGOSITE_VAR to a folder on a local disk, or DATABASE_URL to a PostgreSQL server."
    return [Error(message, hint=hint, id="clustering.E004")]


@register
def check_redis_password(
    app_configs: Sequence[AppConfig] | None, **_: object
) -> list[CheckMessage]:
    """Anyone who reaches an open broker can send and read tasks."""
    url = urlsplit(conf.operation().redis_url)
    if url.password or "+socket" in url.scheme or url.scheme == "unix" or _is_here(url.hostname):
        return []
    message = f"Redis on {url.hostname} is used without a password"
    hint = "Give Redis a password and set REDIS_URL=redis://:PASSWORD@HOST:6379/0"
    return [Warning(message, hint=hint, id="clustering.W005")]


@register(deploy=True)
def check_contact(app_configs: Sequence[AppConfig] | None, **_: object) -> list[CheckMessage]:
    """Site owners block crawlers without a contact address."""
    if conf.fetch_options().has_contact:
        return []
    message = "FETCH_USER_AGENT names no address where the owners of sites reach you"
    hint = "Set FETCH_USER_AGENT to something like 'Logosite/1.0 (+https://your.site/contact)'."
    return [Warning(message, hint=hint, id="clustering.W007")]


def file_system_of(path: Path, mounts: Path = MOUNTS) -> str:
    """Return the type of the file system that holds ``path``; "" where that is unknown."""
    if not mounts.exists():
        return ""
    lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    places = {_unescaped(line.split(" ")[1]): line.split(" ")[2] for line in lines}
    path = path.resolve()
    return next((places[str(at)] for at in (path, *path.parents) if str(at) in places), "")


def _unescaped(name: str) -> str:
    """Mount points write a blank as \\040 and a backslash as \\134."""
    return name.replace("\\040", " ").replace("\\134", "\\")


def _is_here(host: str | None) -> bool:
    try:
        return ipaddress.ip_address(host or "127.0.0.1").is_loopback
    except ValueError:
        return host == "localhost"


@register
def check_logo_service(app_configs: Sequence[AppConfig] | None, **_: object) -> list[CheckMessage]:
    """An invalid address would make each data set's settings fail."""
    template = conf.logo_service_keys().template
    try:
        if template:
            template_service(template)
    except InputError as error:
        hint = "Set LOGO_SERVICE_TEMPLATE to something like https://logos.example.com/{domain}."
        return [Error(str(error), hint=hint, id="clustering.E006")]
    return []
