"""Makes the list of known default icons from openly licensed packages, or measures it."""

from argparse import ArgumentParser
from pathlib import Path

import numpy as np
from django.core.management.base import BaseCommand, CommandError

from clustering.lab import offline
from clustering.lab.default_icons import Drawing, Sources, references
from clustering.lab.default_icons.renditions import measure as recognised
from clustering.lab.default_icons.renditions import renditions
from clustering.pipeline.errors import PipelineError
from clustering.pipeline.imaging import default_icons
from clustering.pipeline.imaging.known_icons import DEFAULT_ICON


class Command(BaseCommand):
    """Writes pipeline/imaging/default_icons.npz; with ``--measure`` it changes nothing."""

    help = (
        "Make the list of known default icons from the packages of lab/default_icons/sources.toml."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--cache", type=Path, required=True, help="folder of npm tarballs")
        parser.add_argument(
            "--out", type=Path, default=default_icons.FILE, help="default: the product's own file"
        )
        parser.add_argument(
            "--measure",
            type=int,
            default=0,
            metavar="N",
            help="write nothing; count which of N renditions of each drawing are recognised",
        )
        parser.add_argument(
            "--logos",
            type=Path,
            help="real logos (ZIP, folder): list those taken for default icons",
        )

    def handle(
        self,
        *_: object,
        cache: Path,
        out: Path,
        measure: int,
        logos: Path | None,
        **__: object,
    ) -> None:
        try:
            drawings = list(Sources.read().drawings(cache))
            if measure:
                self._measure(drawings, measure)
            else:
                np.savez_compressed(out, **references(drawings))
                self.stdout.write(f"{len(drawings)} drawings in {out}")
            if logos:
                self._count_logos(logos)
        except PipelineError as error:
            raise CommandError(str(error)) from error

    def _measure(self, drawings: list[Drawing], each: int) -> None:
        found = recognised(renditions(drawings, each))
        for kind, count in sorted(found.n_all.items()):
            self.stdout.write(f"{kind:<24}{found.n_found[kind]:>6} of {count}")
        for one in found.missed:
            self.stdout.write(f"  missed: {one.name}, {', '.join(one.kinds)}")

    def _count_logos(self, path: Path) -> None:
        images = offline.collect(path, offline.progress_bar).images
        taken = [name for name, one in images.items() if one.placeholder == DEFAULT_ICON]
        self.stdout.write(f"{len(taken)} of {len(images)} logos taken for a default icon")
        for name in sorted(taken):
            self.stdout.write(f"  taken: {name}")
