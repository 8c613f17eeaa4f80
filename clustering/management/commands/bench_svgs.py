"""Compare SVG files as drawn here and by Chromium: ``bench_svgs LOGOS.zip``."""

import os
import zipfile
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from clustering.lab.bench.svgs import VISIBLE, compared
from clustering.pipeline.rendering.installation import installed, problem


class Command(BaseCommand):
    """Prints the shares that are refused and that look different, and the names of both."""

    requires_system_checks = ()
    help = (
        "Draw SVG files here and in Chromium, and compare. Example: manage.py bench_svgs logos.zip"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="SVG files: ZIP or folder; others are skipped")

    def handle(self, *_: object, path: Path, **__: object) -> None:
        named = os.environ.get("CHROMIUM", "")
        if missing := problem(named):
            raise CommandError(missing)
        try:
            files = _files(path)
        except (OSError, zipfile.BadZipFile) as error:
            raise CommandError(f"{path} cannot be read: {error}") from error
        if not files:
            raise CommandError(f"{path} has no SVG files")
        names = list(files)
        found = compared(list(files.values()), installed(named))
        for n, reason in found.refused.items():
            self.stdout.write(f"refused    {names[n]}: {reason}")
        for n in found.visible:
            self.stdout.write(f"different  {names[n]}: {found.differences[n]:.1%}")
        self.stdout.write(
            f"{len(names):,} files: {len(found.refused) / len(names):.2%} refused, "
            f"{len(found.visible) / len(names):.2%} differ by more than {VISIBLE:.0%}; "
            f"median difference {found.median:.2%}"
        )


def _files(path: Path) -> dict[str, bytes]:
    if path.is_dir():
        return {one.name: one.read_bytes() for one in sorted(path.rglob("*.svg"))}
    with zipfile.ZipFile(path) as archive:
        members = sorted(name for name in archive.namelist() if name.lower().endswith(".svg"))
        return {name: archive.read(name) for name in members}
