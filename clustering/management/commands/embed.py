"""Embed the images of a path and write the vectors."""

from argparse import ArgumentParser
from pathlib import Path

import numpy as np
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from clustering.lab import offline
from clustering.pipeline.embedders import DEFAULT
from clustering.pipeline.errors import PipelineError
from clustering.services.work import process_resources


class Command(BaseCommand):
    """Writes ``names`` and float32 ``vectors``, one row per name, sorted by name."""

    help = (
        "Embed a ZIP or folder of images, or the logos of a list of domains. "
        "Example: manage.py embed logos.zip --out vectors.npz"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "path", type=Path, help="ZIP or folder of images, or a list of domains"
        )
        parser.add_argument("--embedder", default=DEFAULT, help=f"embedder (default {DEFAULT})")
        parser.add_argument(
            "--out",
            type=Path,
            default=Path("vectors.npz"),
            help="NumPy archive (default vectors.npz)",
        )

    def handle(self, *_: object, path: Path, embedder: str, out: Path, **__: object) -> None:
        try:
            engine = process_resources.embedder(embedder)
            collection = offline.collect(path, offline.progress_bar)
        except PipelineError as error:
            raise CommandError(str(error)) from error
        images, shown = collection.unique()
        with tqdm(total=len(images), desc="Embed") as bar:
            vectors = offline.embed(images, engine, bar.update)
        row_of = {name: row for row, one in enumerate(shown) for name in one.names}
        names = sorted(row_of)
        rows = vectors[[row_of[name] for name in names]]
        np.savez(out, names=np.array(names, dtype=np.str_), vectors=rows)
        self.stdout.write(f"{len(names)} vectors of {engine.dim} dimensions in {out}")
        if collection.failures:
            self.stderr.write(f"{len(collection.failures)} without a usable image")
