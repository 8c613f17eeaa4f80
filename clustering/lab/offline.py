"""A ZIP, a folder or a list of domains -> images and vectors, without the database."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from clustering import conf
from clustering.pipeline.domains import UploadReading
from clustering.pipeline.domains.names import normalise
from clustering.pipeline.domains.packings import read_member
from clustering.pipeline.domains.reading import read_upload
from clustering.pipeline.embedders import Embedder
from clustering.pipeline.embedders.stored import unit_rows
from clustering.pipeline.errors import FetchError, InputError, PipelineError
from clustering.pipeline.imaging import NormalisedImage
from clustering.pipeline.pipeline import Shown
from clustering.services.fetching import site_access
from clustering.services.logos.placeholders import Showing, placeholder_ids
from clustering.services.work import process_resources

EMBED_BATCH: Final = 64  # images; bounds memory between progress updates
DECODE_THREADS: Final = 8  # threads waiting for decoder processes
MAX_IMAGE_BYTES: Final = 5 << 20


@dataclass(frozen=True)
class CollectedImage:
    """One name with its image or error."""

    name: str
    image: NormalisedImage | None = None
    error: PipelineError | None = None


Progress = Callable[[Iterable[CollectedImage], int], Iterable[CollectedImage]]
"""Yields the given outcomes and displays progress; the number is the total."""


@dataclass(frozen=True)
class Collection:
    """Images by name, and error codes of names without an image."""

    images: Mapping[str, NormalisedImage]
    failures: Mapping[str, str]

    def unique(self) -> tuple[list[NormalisedImage], list[Shown]]:
        """Return the distinct images ordered by content, with their names.

        Placeholders are marked as in a run: known ones, and images that unrelated names share.
        """
        names: dict[str, list[str]] = {}
        by_sha256 = {image.sha256: image for image in self.images.values()}
        for name in sorted(self.images):
            names.setdefault(self.images[name].sha256, []).append(name)
        keys = sorted(by_sha256)
        left_out = placeholder_ids(
            Showing(row, name, by_sha256[key].is_placeholder, is_decided=False)
            for row, key in enumerate(keys)
            for name in names[key]
        )
        shown = [
            Shown(tuple(names[key]), by_sha256[key].phash, row in left_out)
            for row, key in enumerate(keys)
        ]
        return [by_sha256[key] for key in keys], shown


def collect(path: Path, progress: Progress) -> Collection:
    """Return the images of ``path``: a folder or ZIP of images, or a list of domains.

    Raises:
        InputError: if the path is none of these.
    """
    if path.is_dir():
        jobs = _folder_jobs(path)
    elif path.is_file():
        jobs = _upload_jobs(path, read_upload(path))
    else:
        raise InputError(f"{path} does not exist; give a ZIP, a folder of images, or a list")
    with ThreadPoolExecutor(max(DECODE_THREADS, conf.fetch_options().threads)) as pool:
        outcomes = list(progress(pool.map(_attempt, jobs), len(jobs)))
    return Collection(
        images={one.name: one.image for one in outcomes if one.image},
        failures={one.name: one.error.code for one in outcomes if one.error},
    )


def embed(
    images: Sequence[NormalisedImage], embedder: Embedder, progress: Callable[[int], object]
) -> NDArray[np.float32]:
    """Return one unit row per image, rounded to float16 as the product stores them.

    ``progress`` gets the number of images of each step.
    """
    parts = [np.zeros((0, embedder.dim), dtype=np.float32)]
    for start in range(0, len(images), EMBED_BATCH):
        batch = [opened(image) for image in images[start : start + EMBED_BATCH]]
        parts.append(embedder.embed(batch))
        progress(len(batch))
    return unit_rows(np.concatenate(parts).astype(np.float16).astype(np.float32))


def opened(image: NormalisedImage) -> Image.Image:
    """Return a normalised image as RGBA."""
    with Image.open(BytesIO(image.png), formats=["PNG"]) as opened:
        return opened.convert("RGBA")


@dataclass(frozen=True)
class _Job:
    name: str
    load: Callable[[], NormalisedImage]


def _attempt(job: _Job) -> CollectedImage:
    try:
        return CollectedImage(job.name, image=job.load())
    except PipelineError as error:
        return CollectedImage(job.name, error=error)


def _folder_jobs(folder: Path) -> list[_Job]:
    files = [file for file in sorted(folder.iterdir()) if _is_visible_file(file)]
    return [_Job(_name_of(file), _file_loader(file)) for file in files]


def _is_visible_file(file: Path) -> bool:
    return file.is_file() and not file.name.startswith(".")


def _name_of(file: Path) -> str:
    """Return the domain in the file name, else the file name."""
    for text in (file.stem, file.name):
        try:
            return normalise(text)
        except InputError:
            continue
    return file.name


def _file_loader(file: Path) -> Callable[[], NormalisedImage]:
    def load() -> NormalisedImage:
        if file.stat().st_size > MAX_IMAGE_BYTES:
            raise FetchError("too_large", f"{file.name} is larger than {MAX_IMAGE_BYTES >> 20} MB")
        return process_resources.decoder().decode(file.read_bytes())

    return load


def _upload_jobs(path: Path, reading: UploadReading) -> list[_Job]:
    if reading.kind == "images":
        return [_Job(one.name, _member_loader(path, one.member)) for one in reading.domains]
    return [_Job(one.name, _site_loader(one.name)) for one in reading.domains]


def _member_loader(path: Path, member: str) -> Callable[[], NormalisedImage]:
    return lambda: process_resources.decoder().decode(read_member(path, member))


def _site_loader(name: str) -> Callable[[], NormalisedImage]:
    return lambda: site_access.live_site(name).captures[0].image


def spread(labels: NDArray[np.int64], shown: Sequence[Shown]) -> dict[str, int]:
    """Return name -> label, from the label of each distinct image."""
    return dict(_spread(labels, shown))


def _spread(labels: NDArray[np.int64], shown: Sequence[Shown]) -> Iterator[tuple[str, int]]:
    for label, one in zip(labels, shown, strict=True):
        yield from ((name, int(label)) for name in one.names)


def progress_bar(steps: Iterable[CollectedImage], total: int) -> Iterable[CollectedImage]:
    return tqdm(steps, total=total, desc="Logos")
