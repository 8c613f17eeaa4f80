"""Time an upload from the file to its map: ``bench_upload logos.zip``."""

import subprocess
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from clustering.lab.bench.upload.product import free_port, timed_upload
from clustering.pipeline.embedders import DEFAULT


class Command(BaseCommand):
    requires_system_checks = ()
    help = (
        "Start the product in a temporary folder, upload a file, and print the seconds until "
        "its preview, its first logo, its vectors and its map. "
        "Example: manage.py bench_upload logos.zip --embedder logonet descriptor"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="a list of domains or a ZIP of images")
        parser.add_argument(
            "--embedder", nargs="+", default=[DEFAULT], help=f"one or more (default {DEFAULT})"
        )
        parser.add_argument(
            "--idle",
            type=float,
            default=20.0,
            help="seconds that the product has been up before the upload (default 20)",
        )

    def handle(
        self, *_: object, path: Path, embedder: list[str], idle: float, **__: object
    ) -> None:
        if not path.is_file():
            raise CommandError(f"no file {path}")
        for name in embedder:
            try:
                steps = timed_upload(path, name, port=free_port(), idle_seconds=idle)
            except (subprocess.CalledProcessError, TimeoutError) as error:
                raise CommandError(str(error)) from error
            shown = "  ".join(f"{step} {seconds:.1f}" for step, seconds in steps.items())
            self.stdout.write(f"{name:<12} seconds until: {shown}")
