"""Decoded pictures on disk, shrunk, memory-mapped."""

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clustering.lab.training import Picture
from clustering.pipeline.errors import ChildDied, ImageError
from clustering.pipeline.imaging.decoder import LIMITS
from clustering.pipeline.imaging.decoding import SVG, decode_raster, sniff
from clustering.pipeline.imaging.hashing import perceptual_hash
from clustering.pipeline.imaging.normalising import HASHED_SIDE_PX
from clustering.pipeline.imaging.preparation import prepare
from clustering.pipeline.sandbox import Json, Pool

TARGET: Final = "clustering.lab.training.store:serve"
RECYCLE_AFTER: Final = 2000  # calls of one child
AREA_PX: Final = 144 * 144
"""Largest area of a stored picture; a limit on the side would blur wide ones."""
LONGEST_PX: Final = 448
MIN_DEVIATION: Final = 6.0  # standard deviation of the canvas; below it the picture is blank
CHUNK: Final = 256  # pictures in memory at once

Source = tuple[Picture, bytes]


@dataclass(frozen=True)
class StoredPicture:
    """One stored picture: RGBA pixels at an offset of the blob."""

    picture: Picture
    offset: int
    width: int
    height: int
    phash: int


class Store:
    """Pictures of one folder in insertion order, memory-mapped."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.entries = [_entry(line) for line in _lines(folder / "index.jsonl")]
        self._blob = np.memmap(folder / "pixels.bin", dtype=np.uint8, mode="r")

    def __len__(self) -> int:
        return len(self.entries)

    def pixels(self, row: int) -> NDArray[np.uint8]:
        """Return the RGBA pixels of one picture, shape (height, width, 4); read-only."""
        entry = self.entries[row]
        end = entry.offset + entry.width * entry.height * 4
        return self._blob[entry.offset : end].reshape(entry.height, entry.width, 4)

    def image(self, row: int) -> Image.Image:
        """Return one picture as an image."""
        return Image.fromarray(np.array(self.pixels(row)))


def build(folder: Path, sources: Iterable[Source], *, n_decoders: int) -> int:
    """Decode ``sources`` into ``folder`` and return the number of pictures stored.

    Pictures that cannot be decoded are skipped. Decoding runs in sandboxed children. The index
    is renamed into place last, so a folder with an index is complete.
    """
    folder.mkdir(parents=True, exist_ok=True)
    staged = folder / ".index.new"
    pool = Pool(TARGET, n_decoders, LIMITS, recycle_after=RECYCLE_AFTER)
    try:
        with (
            ThreadPoolExecutor(n_decoders) as threads,
            (folder / "pixels.bin").open("wb") as blob,
            staged.open("w", encoding="utf-8") as index,
        ):
            n_stored = 0
            for chunk in _chunks(iter(sources)):
                found = threads.map(lambda source: _decoded(pool, source[1]), chunk)
                for (picture, _), answer in zip(chunk, found, strict=True):
                    if answer is not None:
                        entry = StoredPicture(picture, offset=blob.tell(), **answer[0])
                        blob.write(answer[1])
                        index.write(json.dumps(asdict(entry)) + "\n")
                        n_stored += 1
    finally:
        pool.close()
    staged.replace(folder / "index.jsonl")
    return n_stored


def serve(_request: Json, body: bytes) -> tuple[Json, bytes]:
    """In the child: decode, crop transparent margins, shrink; the payload is RGBA pixels."""
    source = sniff(body)
    image = _svg(source.data) if source.media_type == SVG else decode_raster(source)
    image = _small(image)
    canvas = prepare(image, HASHED_SIDE_PX)
    if float(np.asarray(canvas).std()) < MIN_DEVIATION:
        raise ImageError("empty_image", "the picture is blank")
    size = {"width": image.width, "height": image.height}
    return size | {"phash": perceptual_hash(canvas)}, image.tobytes()


def is_complete(folder: Path) -> bool:
    """Whether ``build`` finished in ``folder``."""
    return (folder / "index.jsonl").is_file()


def _decoded(pool: Pool, data: bytes) -> tuple[Json, bytes] | None:
    try:
        return pool.call({}, data)
    except (ImageError, ChildDied):
        return None


def _svg(data: bytes) -> Image.Image:
    from clustering.pipeline.imaging.svg import render

    return render(data)


def _small(image: Image.Image) -> Image.Image:
    image = image.crop(image.getchannel("A").getbbox())
    scale = min(1.0, (AREA_PX / (image.width * image.height)) ** 0.5)
    scale = min(scale, LONGEST_PX / max(image.size))
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image if scale == 1.0 else image.resize(size, Image.Resampling.LANCZOS)


def _chunks(sources: Iterator[Source]) -> Iterator[list[Source]]:
    while chunk := list(islice(sources, CHUNK)):
        yield chunk


def _lines(file: Path) -> Iterator[str]:
    with file.open(encoding="utf-8") as lines:
        yield from lines


def _entry(line: str) -> StoredPicture:
    row = json.loads(line)
    return StoredPicture(**(row | {"picture": Picture(**row["picture"])}))
