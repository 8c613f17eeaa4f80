"""The web process and the command line start without the heavy libraries."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow


HEAVY = (
    "torch",
    "torchvision",
    "open_clip",
    "umap",
    "numba",
    "hdbscan",
    "openTSNE",
    "sklearn",
)
PROGRAM = """
import sys
from pathlib import Path
import django
django.setup()
import clustering.urls, clustering.views, clustering.tasks, clustering.forms
import clustering.pipeline.clusterers.calibration
from clustering.pipeline.clusterers import CLUSTERERS
from clustering.pipeline.embedders import EMBEDDERS, catalogue
from clustering.pipeline.projectors import PROJECTORS
for offer in catalogue.offered():
    catalogue.readiness(offer.name, Path("weights"))
    catalogue.embedder_key(offer.name, Path("weights"))
for registry in (CLUSTERERS, PROJECTORS):
    for name in registry:
        registry.load(name)
print(",".join(name for name in {heavy} if name in sys.modules))
"""


def test_the_web_process_loads_no_heavy_library() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("{heavy}", repr(HEAVY))],
        capture_output=True,
        text=True,
        check=False,
        env={"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": "/usr/bin:/bin"},
    )

    assert done.stderr == ""
    assert done.stdout.strip() == ""
