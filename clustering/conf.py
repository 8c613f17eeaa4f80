"""The only reader of Django's settings: frozen values, passed down as arguments."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from django.conf import settings

from clustering.pipeline.domains import MAX_ROWS

CONTACT: Final = re.compile(r"(?:https?://|@)([\w.-]+\.[\w-]+)")  # the host of a page or mailbox
NOBODYS_HOST: Final = re.compile(r"(?:.*\.)?(?:example(?:\.(?:com|net|org))?|test|invalid)\.?")


@dataclass(frozen=True)
class FetchOptions:
    """How sites are fetched."""

    threads: int
    deadline_seconds: int
    user_agent: str
    deny_cidrs: tuple[str, ...]
    obeys_robots: bool

    @property
    def has_contact(self) -> bool:
        """Whether the user agent has a contact address that is not an example."""
        hosts = CONTACT.findall(self.user_agent.lower())
        return any(not NOBODYS_HOST.fullmatch(host) for host in hosts)


@dataclass(frozen=True)
class Places:
    """Folders of files."""

    files: Path
    """Logos and uploads, unless they are in a bucket."""
    weights: Path
    """Model weights installed by the operator."""
    spool: Path
    """Temporary files: uploads that are being received, and copies of stored files."""


def fetch_options() -> FetchOptions:
    """Return the options of the fetch stage."""
    return FetchOptions(
        threads=settings.FETCH_THREADS,
        deadline_seconds=settings.FETCH_DEADLINE_SECONDS,
        user_agent=settings.FETCH_USER_AGENT,
        deny_cidrs=tuple(settings.FETCH_DENY_CIDRS),
        obeys_robots=settings.FETCH_OBEY_ROBOTS,
    )


@dataclass(frozen=True)
class BrowserSettings:
    """The browser of the rendered fetch."""

    path: str
    """Of Chromium; empty: the one on the path."""
    is_sandboxed: bool
    """Whether Chromium's own sandbox is used; root cannot."""


def browser_settings() -> BrowserSettings:
    """Return how Chromium is found and started."""
    return BrowserSettings(settings.CHROMIUM, settings.CHROMIUM_SANDBOX)


@dataclass(frozen=True)
class LogoServiceKeys:
    """Keys and addresses of logo services."""

    logo_dev: str = field(repr=False)
    template: str
    template_key: str = field(repr=False)


def logo_service_keys() -> LogoServiceKeys:
    """Return the keys of logo services; empty where none is set."""
    return LogoServiceKeys(
        logo_dev=settings.LOGO_DEV_KEY,
        template=settings.LOGO_SERVICE_TEMPLATE,
        template_key=settings.LOGO_SERVICE_KEY,
    )


def places() -> Places:
    """Return the folders of files."""
    return Places(
        Path(settings.MEDIA_ROOT),
        Path(settings.WEIGHTS_DIR),
        Path(settings.FILE_UPLOAD_TEMP_DIR),
    )


@dataclass(frozen=True)
class S3:
    """A bucket of a service that speaks the protocol of S3."""

    bucket: str
    endpoint_url: str
    """Empty: Amazon's."""
    region: str
    prefix: str
    """Of every key; empty, or ending with a slash."""
    access_key: str
    """Empty: found by boto3, such as the role of the machine."""
    secret_key: str = field(repr=False)
    session_token: str = field(repr=False)


def s3() -> S3 | None:
    """Return the bucket of logos and uploads; None: they are in a folder."""
    if not settings.S3_BUCKET:
        return None
    prefix = settings.S3_PREFIX.strip("/")
    return S3(
        bucket=settings.S3_BUCKET,
        endpoint_url=settings.S3_ENDPOINT_URL,
        region=settings.S3_REGION,
        prefix=f"{prefix}/" if prefix else "",
        access_key=settings.AWS_ACCESS_KEY_ID,
        secret_key=settings.AWS_SECRET_ACCESS_KEY,
        session_token=settings.AWS_SESSION_TOKEN,
    )


def upload_max_bytes() -> int:
    """Return the size limit of uploads."""
    return int(settings.UPLOAD_MAX_BYTES)


def upload_max_rows() -> int:
    """Return the number of rows that a list may have."""
    return min(int(settings.UPLOAD_MAX_ROWS), MAX_ROWS)


@dataclass(frozen=True)
class Quotas:
    """Limits of a user; 0: none."""

    datasets: int
    bytes: int
    rows: int


def quotas() -> Quotas:
    """Return the storage limits of one user."""
    return Quotas(
        int(settings.QUOTA_DATASETS), int(settings.QUOTA_BYTES), int(settings.QUOTA_ROWS)
    )


def decoder_processes() -> int:
    """Return the number of decoder processes."""
    return int(settings.DECODER_PROCESSES)


def warms_up() -> bool:
    """Whether compute workers load and compile before their first task."""
    return bool(settings.WARM_UP)


def statement_timeout_seconds() -> int:
    """Return the time limit for a database statement of a web request; 0 for none."""
    return int(settings.STATEMENT_TIMEOUT_SECONDS)


def trusted_proxy_count() -> int:
    """Return the number of trusted reverse proxies."""
    return int(settings.TRUSTED_PROXY_COUNT)


def api_requests_per_minute() -> int:
    """Return how many API requests a token may make in a minute."""
    return int(settings.API_REQUESTS_PER_MINUTE)


def metrics_token() -> str:
    """Return the token that scrapers send; empty: no metrics."""
    return str(settings.METRICS_TOKEN)


def site_url() -> str:
    """Return the site's public address, without a path."""
    return str(settings.SITE_URL)


def allowed_hosts() -> list[str]:
    """Return the names under which the site may be asked."""
    return [str(host) for host in settings.ALLOWED_HOSTS if host != "*"]


def var_dir() -> Path:
    """Return the folder of all data outside an external database."""
    return Path(settings.VAR_DIR)


def redis_url() -> str:
    """Return the broker's address."""
    return str(settings.REDIS_URL)


@dataclass(frozen=True)
class Operation:
    """Settings that the system checks validate."""

    secret_key: str
    redis_url: str
    sqlite_file: Path | None
    """None with a database server."""
    longest_task_seconds: float
    visibility_timeout_seconds: float
    """After it, the broker delivers an unfinished message again."""


def operation() -> Operation:
    """Return the settings for the system checks."""
    database = settings.DATABASES["default"]
    is_file = database["ENGINE"] == "django.db.backends.sqlite3"
    return Operation(
        secret_key=str(settings.SECRET_KEY),
        redis_url=redis_url(),
        sqlite_file=Path(database["NAME"]) if is_file else None,
        longest_task_seconds=settings.CELERY_TASK_TIME_LIMIT,
        visibility_timeout_seconds=settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"],
    )
