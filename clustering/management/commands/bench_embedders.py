"""Benchmark of the embedders: CPU time on one core."""

import json
import os
import subprocess
import sys
from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from clustering.lab import ROOT
from clustering.lab.bench.embedding import CONTENDERS

ONE_CORE: Final = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
HEAD: Final = (
    f"{'':<16}{'images/s':>10}{'with prepare':>14}{'weights MB':>12}{'load s':>8}{'dim':>6}"
    f"{'cosine bf16/fp32':>19}"
)


class Command(BaseCommand):
    """Each embedder runs in its own process."""

    requires_system_checks = ()
    help = (
        "Measure the CPU cost of embedders on generated logos, one core each. "
        "Example: manage.py bench_embedders logonet-bf16 --images 256"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME",
                            help=f"{', '.join(CONTENDERS)} (default: all)")  # fmt: skip
        parser.add_argument(
            "--images", type=int, default=128, help="number of images (default 128)"
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON")

    def handle(
        self, *_: object, names: list[str], images: int, as_json: bool, **__: object
    ) -> None:
        if unknown := set(names) - set(CONTENDERS):
            raise CommandError(f"unknown: {', '.join(sorted(unknown))}")
        results = {name: _measured(name, images) for name in names or CONTENDERS}
        if as_json:
            self.stdout.write(json.dumps(results))
            return
        self.stdout.write("\n".join([HEAD, *(_line(name, one) for name, one in results.items())]))


def _measured(name: str, n_images: int) -> dict[str, Any]:
    """Measure in a fresh interpreter, without the caches of the previous one."""
    command = [sys.executable, "-m", "clustering.lab.bench.embedding", name, str(n_images)]
    try:
        done = subprocess.run(  # noqa: S603  # the name is one of ours
            command, cwd=ROOT, env=os.environ | ONE_CORE, check=True, stdout=subprocess.PIPE
        )
    except subprocess.CalledProcessError as error:
        raise CommandError(f"{name} ended with status {error.returncode}") from error
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _line(name: str, one: dict[str, Any]) -> str:
    cosine = one["least_cosine"]
    text = "" if cosine is None else f"{cosine:.5f}"
    return (
        f"{name:<16}{one['images_per_second']:>10.0f}{one['prepared_per_second']:>14.0f}"
        f"{one['weights_bytes'] / 1e6:>12.1f}{one['load_seconds']:>8.2f}{one['dim']:>6}{text:>19}"
    )
