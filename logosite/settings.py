"""All settings, from the environment; the defaults run everything on one machine."""

import logging
from datetime import timedelta
from os import geteuid
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url

from logosite import env
from logosite.embedded import embedded_redis_url, kept_secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = env.path("LOGOSITE_VAR", BASE_DIR / "var")

DEBUG = env.boolean("DEBUG", default=False)
SECRET_KEY = env.text("SECRET_KEY") or kept_secret_key(VAR_DIR)
SITE_URL = env.text("SITE_URL", "http://127.0.0.1:8000")
ALLOWED_HOSTS = [
    *env.words("ALLOWED_HOSTS"),
    urlsplit(SITE_URL).hostname or "localhost",
    *("127.0.0.1", "localhost", "[::1]"),
]
METRICS_TOKEN = env.text("METRICS_TOKEN")  # of the scraper of /metrics
TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXY_COUNT", 0)
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "axes",
    "ninja",  # for the static files of the API's documentation
    "clustering.apps.ClusteringConfig",
]
MIDDLEWARE = [
    "clustering.views.middleware.named_request",
    "clustering.views.metrics.observed",
    "clustering.views.middleware.response_headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "clustering.views.middleware.GuestsOnlyRead",
    "clustering.views.middleware.RefuseNul",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "csp.middleware.CSPMiddleware",
]
ROOT_URLCONF = "logosite.urls"
WSGI_APPLICATION = "logosite.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# WAL lets pages read while a worker writes; IMMEDIATE makes a writer wait at BEGIN instead of
# failing at COMMIT; both are what keeps "database is locked" away.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 30,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
}
DATABASES = {
    "default": dj_database_url.parse(
        env.text("DATABASE_URL") or f"sqlite:///{VAR_DIR / 'logosite.sqlite3'}",
        conn_max_age=600,
        conn_health_checks=True,
    )
}
STATEMENT_TIMEOUT_SECONDS = env.integer("STATEMENT_TIMEOUT_SECONDS", 30)
IS_SQLITE = DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
if IS_SQLITE:
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "clustering.User"
SESSION_ENGINE = "clustering.services.sessions"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",  # rehashed at the next sign-in
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
SESAME_MAX_AGE = timedelta(hours=1)  # of a one-time sign-in link
AXES_HANDLER = "clustering.services.accounts.SignInThrottle"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address", "username"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_USERNAME_CALLABLE = "clustering.services.accounts.throttle_key"
AXES_CLIENT_IP_CALLABLE = "clustering.views.accounts.client_address"
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
# The sign-in view asks axes itself, to answer with its own page.
SILENCED_SYSTEM_CHECKS = ["axes.W002", "axes.W003"]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = env.path("STATIC_ROOT", VAR_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "logosite.static_files.StaticFiles"},
}
MEDIA_ROOT = env.path("MEDIA_ROOT", VAR_DIR / "media")
S3_BUCKET = env.text("S3_BUCKET")  # logos and uploads are there instead of in MEDIA_ROOT
S3_ENDPOINT_URL = env.text("S3_ENDPOINT_URL")
S3_REGION = env.text("S3_REGION")
S3_PREFIX = env.text("S3_PREFIX")
AWS_ACCESS_KEY_ID = env.text("AWS_ACCESS_KEY_ID")
AWS_SECRET_ACCESS_KEY = env.text("AWS_SECRET_ACCESS_KEY")
AWS_SESSION_TOKEN = env.text("AWS_SESSION_TOKEN")
UPLOAD_MAX_BYTES = env.integer("UPLOAD_MAX_BYTES", 200 * 1024 * 1024, minimum=1)
API_REQUESTS_PER_MINUTE = env.integer("API_REQUESTS_PER_MINUTE", 600, minimum=1)  # of a token
QUOTA_DATASETS = env.integer("QUOTA_DATASETS", 100)  # of a user; 0: no limit
QUOTA_BYTES = env.integer("QUOTA_BYTES", 10 * 1024 * 1024 * 1024)
QUOTA_ROWS = env.integer("QUOTA_ROWS", 10 * 1000 * 1000)
UPLOAD_MAX_ROWS = env.integer("UPLOAD_MAX_ROWS", 1000 * 1000, minimum=1)
DATA_UPLOAD_MAX_NUMBER_FILES = 50  # images to classify at once
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # domains of one decision, as selectors.picks allows
FILE_UPLOAD_HANDLERS = [
    "clustering.views.upload_limits.UploadLimit",  # first, so that nothing beyond it is written
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FILE_UPLOAD_TEMP_DIR = VAR_DIR / "spool"  # tasks.forget_old removes what killed processes left
FILE_UPLOAD_TEMP_DIR.mkdir(parents=True, exist_ok=True)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440  # bytes; pasted lists count, uploaded files do not

IS_HTTPS = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SECURE_SSL_REDIRECT = IS_HTTPS
if IS_HTTPS:  # the prefix makes browsers refuse a cookie that a neighbouring subdomain planted
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SECURE_REDIRECT_EXEMPT = [
    r"^health/$",
    r"^healthz$",
    r"^readyz$",
    r"^metrics$",
]  # asked from inside the container, without TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_COUNT else None
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    },
}

REDIS_URL = env.text("REDIS_URL") or embedded_redis_url(VAR_DIR)
SWEEP_SECONDS = 5.0
FORGET_SECONDS = 3600.0
WEBHOOK_SECONDS = 10.0
LONGEST_TASK_SECONDS = 3600
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
# A message is acknowledged after its work: a killed worker's message comes back. The rows make
# a second delivery harmless (docs/architecture.md, "Resume and idempotency").
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = LONGEST_TASK_SECONDS
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3 * LONGEST_TASK_SECONDS + 60}
# A request does not wait for a broker that is down: the sweep sends what it could not. Once more
# at once, as the connection may be an old one.
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_TASK_DEFAULT_QUEUE = "io"
CELERY_TASK_ROUTES = {
    # "interactive" holds what a person waits for; small uploads go there too (tasks.py).
    "clustering.tasks.advance": {"queue": "interactive"},
    "clustering.tasks.sweep": {"queue": "interactive"},
    "clustering.tasks.call_webhooks": {"queue": "interactive"},  # short, and at most 20 at once
    "clustering.tasks.look_up": {"queue": "interactive"},
    "clustering.tasks.see_classification": {"queue": "interactive"},
    "clustering.tasks.answer_classifications": {"queue": "interactive"},
    "clustering.tasks.read_upload": {"queue": "compute"},
    "clustering.tasks.embed_ahead": {"queue": "compute"},
    "clustering.tasks.embed_logos": {"queue": "compute"},
    "clustering.tasks.compute_run": {"queue": "compute"},
    "clustering.tasks.tune": {"queue": "compute"},
    "clustering.tasks.report_quality": {"queue": "compute"},
    "clustering.tasks.place_logos": {"queue": "compute"},
    "clustering.tasks.read_words": {"queue": "compute"},
    "clustering.tasks.render_pages": {"queue": "browser"},
}
CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "clustering.tasks.sweep",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "call-webhooks": {
        "task": "clustering.tasks.call_webhooks",
        "schedule": WEBHOOK_SECONDS,
        "options": {"expires": WEBHOOK_SECONDS},
    },
    "forget": {
        "task": "clustering.tasks.forget_old",
        "schedule": FORGET_SECONDS,
        "options": {"expires": FORGET_SECONDS},
    },
}
# One process, 600 sites of bench_fetch: 192 threads take 7.0 s and 343 MB, 128 7.6 s and 325 MB.
FETCH_THREADS = env.integer("FETCH_THREADS", 192, minimum=1)
FETCH_DEADLINE_SECONDS = env.integer("FETCH_DEADLINE_SECONDS", 60, minimum=1)
FETCH_USER_AGENT = env.text("FETCH_USER_AGENT", "Logosite/1.0 (+https://example.org/contact)")
# The rendered fetch: path of Chromium, else the one on the path. Root cannot use its sandbox.
CHROMIUM = env.text("CHROMIUM")
CHROMIUM_SANDBOX = env.boolean("CHROMIUM_SANDBOX", default=geteuid() != 0)
FETCH_DENY_CIDRS = env.words("FETCH_DENY_CIDRS")
FETCH_OBEY_ROBOTS = env.boolean("FETCH_OBEY_ROBOTS", default=False)
LOGO_DEV_KEY = env.text("LOGO_DEV_KEY")
LOGO_SERVICE_TEMPLATE = env.text("LOGO_SERVICE_TEMPLATE")
LOGO_SERVICE_KEY = env.text("LOGO_SERVICE_KEY")
LEASE_SECONDS = env.integer("LEASE_SECONDS", 45, minimum=2)
DECODER_PROCESSES = env.integer("DECODER_PROCESSES", 2, minimum=1)
WARM_UP = env.boolean("WARM_UP", default=True)
WEIGHTS_DIR = env.path("WEIGHTS_DIR", VAR_DIR / "weights")


def log_as_info(record: logging.LogRecord) -> bool:
    """Turn an error with a traceback into one line: anybody can send a wrong Host header."""
    record.levelno, record.levelname, record.exc_info = logging.INFO, "INFO", None
    return True


LOG_FORMAT = env.text("LOG_FORMAT", "text")  # or json
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {
            "()": "logosite.logs.TextFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
        },
        "json": {"()": "logosite.logs.JsonFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "filters": {"as_info": {"()": "django.utils.log.CallbackFilter", "callback": log_as_info}},
    "loggers": {
        "axes": {"level": "WARNING"},
        "django.security.DisallowedHost": {"filters": ["as_info"]},
    },
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
}
