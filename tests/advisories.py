"""Known vulnerabilities in what is installed, by pip-audit: ``python -m tests.advisories``.

Fails if there is one. Where the service of advisories does not answer, or knows none of the
packages as mirrors do, it says that nothing was checked; with REQUIRE_ADVISORIES=1 that fails too.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
PINNED: Final = (  # pip-audit reads no file that another one names
    "requirements.txt",
    "requirements-bulk.txt",
    "requirements-s3.txt",
    "requirements-browser.txt",
    "requirements-words.txt",
    "tests/requirements.txt",
)
SECONDS: Final = 180  # in all
SECONDS_PER_ANSWER: Final = 10
NOT_CHECKED: Final = "NOT CHECKED for known vulnerabilities: "


def main(*options: str) -> int:
    """Print what is known, and return the exit status; ``options`` go to pip-audit."""
    is_sound, text = _read(*_asked(PINNED, options))
    print(text)  # noqa: T201 # a command
    may_be_unchecked = not os.environ.get("REQUIRE_ADVISORIES")
    return 0 if is_sound or (is_sound is None and may_be_unchecked) else 1


def _asked(files: Sequence[str], options: Sequence[str]) -> tuple[str, str]:
    """Return what pip-audit prints, and its errors. It never installs anything."""
    command = [sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip", "--format=json"]
    command += ["--progress-spinner=off", f"--timeout={SECONDS_PER_ANSWER}", *options]
    command += [f"--requirement={ROOT / file}" for file in files]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return "", f"no answer within {SECONDS} s"
    return done.stdout, done.stderr


def _read(output: str, errors: str) -> tuple[bool | None, str]:
    """Return whether no package has a known vulnerability, None if unknown, and a text."""
    if not output:
        last = (errors.strip() or "no answer").splitlines()[-1]
        return None, f"{NOT_CHECKED}{last}"
    packages: list[dict[str, Any]] = json.loads(output)["dependencies"]
    unknown = [one["name"] for one in packages if "skip_reason" in one]
    found = [
        f"{one['name']} {one['version']}: {flaw['id']}, fixed in {_versions(flaw)}"
        for one in packages
        for flaw in one.get("vulns", ())
    ]
    if found:
        return False, "\n".join(found)
    if len(unknown) == len(packages):
        return None, f"{NOT_CHECKED}the service knows none of the {len(packages)} packages"
    left_out = f"; unknown to the service: {', '.join(unknown)}" if unknown else ""
    return True, f"{len(packages) - len(unknown)} packages: no known vulnerability{left_out}"


def _versions(flaw: dict[str, Any]) -> str:
    return ", ".join(flaw["fix_versions"]) or "no version"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
