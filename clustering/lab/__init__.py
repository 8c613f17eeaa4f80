"""Measurement, training and sample generation; nothing of the product imports it."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
"""Working directory of child processes, so that they find the package."""
