"""torchvision imports with any torch; in a separate process, since definitions persist."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow


DEFINE = "from clustering.pipeline.embedders import torchvision_shim as shim\n"


def run(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", DEFINE + program], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_torchvision_imports_after_the_shim_and_a_second_call_defines_nothing() -> None:
    program = (
        "shim.define_missing_operators()\n"
        "import torchvision\n"
        "print(shim.define_missing_operators(), torchvision.__name__)"
    )

    assert run(program) == "() torchvision"


def test_existing_operators_are_not_replaced() -> None:
    program = (
        "import torch\n"
        "shim._load_compiled_operators()\n"
        "if not shim._is_defined('nms'):\n"
        "    kept = torch.library.Library('torchvision', 'FRAGMENT')\n"
        "    kept.define(shim.SCHEMAS['nms'])\n"
        "print('nms' in shim.define_missing_operators(), shim._is_defined('qnms'))"
    )

    assert run(program) == "False True"
