"""Settings of the tests: everything in one temporary folder, fast hashing, plain static files.

TEST_ON_SERVERS runs the same tests on TEST_DATABASE_URL and TEST_REDIS_URL.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# The first process of a run makes the folder and removes it; its children, among them the
# workers of pytest-xdist, inherit it as their folder for temporary files.
if "LOGOSITE_TEST_FOLDER" not in os.environ:
    folder = tempfile.mkdtemp(prefix="logosite-tests-")
    os.environ["LOGOSITE_TEST_FOLDER"] = os.environ["TMPDIR"] = folder
    tempfile.tempdir = folder
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
os.environ["LOGOSITE_VAR"] = f"{os.environ['LOGOSITE_TEST_FOLDER']}/{worker}"
# One thread per process: the workers of pytest-xdist share the cores already.
os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
for name in ("DATABASE_URL", "REDIS_URL"):
    os.environ.pop(name, None)
    if os.environ.get("TEST_ON_SERVERS") and os.environ.get(f"TEST_{name}"):
        os.environ[name] = os.environ[f"TEST_{name}"]

from logosite.settings import *  # noqa: F403
from logosite.settings import DATABASES, IS_SQLITE, STATIC_ROOT, VAR_DIR

if IS_SQLITE:  # a database in memory fails where tests use several connections at once
    DATABASES["default"]["TEST"] = {"NAME": str(Path(VAR_DIR) / "test.sqlite3")}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MEDIA_ROOT = Path(VAR_DIR) / "media"
Path(STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # whitenoise warns where it is missing
