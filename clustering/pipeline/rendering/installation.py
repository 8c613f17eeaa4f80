"""Whether Playwright and Chromium are on this machine; imports neither."""

import os
import shutil
from importlib.util import find_spec
from typing import Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def installed(named: str = "") -> str:
    """Return the path of Chromium: ``named``, or one on the path; empty if there is none."""
    if named:
        return named if os.access(named, os.X_OK) else ""
    return next((path for name in NAMES if (path := shutil.which(name))), "")


def problem(named: str) -> str:
    """Return why no page can be drawn, and the remedy; "" if one can."""
    if find_spec("playwright") is None:
        return "The package Playwright is missing: pip install -r requirements-browser.txt"
    if not installed(named):
        place = f"CHROMIUM names {named}, which cannot be started" if named else "there is none"
        return f"Chromium is missing ({place}): install it, for example apt install chromium"
    return ""
