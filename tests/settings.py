"""Settings of the tests: everything in a folder of its own, fast hashing, plain static files.

TEST_ON_SERVERS runs the same tests on TEST_DATABASE_URL and TEST_REDIS_URL.
"""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("LOGOSITE_VAR", tempfile.mkdtemp(prefix="logosite-tests-"))
for name in ("DATABASE_URL", "REDIS_URL"):
    os.environ.pop(name, None)
    if os.environ.get("TEST_ON_SERVERS") and os.environ.get(f"TEST_{name}"):
        os.environ[name] = os.environ[f"TEST_{name}"]

from logosite.settings import *  # noqa: F403
from logosite.settings import STATIC_ROOT, VAR_DIR

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MEDIA_ROOT = Path(VAR_DIR) / "media"
Path(STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # whitenoise warns where it is missing
