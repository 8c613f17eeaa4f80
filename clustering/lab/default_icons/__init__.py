"""The sources of the known default icons: openly licensed packages -> images and references.

renditions.py draws them as sites serve them, for the measurement.
"""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clustering.lab.training import packages
from clustering.lab.training.packages import Package
from clustering.pipeline.errors import InputError
from clustering.pipeline.imaging import MAX_SIDE_PX
from clustering.pipeline.imaging.decoder import normalise_bytes
from clustering.pipeline.imaging.default_icons import grid
from clustering.pipeline.imaging.hashing import perceptual_hash
from clustering.pipeline.imaging.normalising import HASHED_SIDE_PX, downscaled
from clustering.pipeline.imaging.preparation import prepare
from clustering.pipeline.imaging.svg import render

SOURCES: Final = Path(__file__).with_name("sources.toml")
INK: Final = b"currentColor"
GREYS: Final = ("#000000", "#9ca3af")
"""Of drawings of one colour without a colour of their own."""
TILE_PX: Final = 256
MARK_SHARE: Final = 0.625  # of a tile's side
GRID_LEVELS: Final = 127
SIDES: Final = (MAX_SIDE_PX, 32, 20, 16)
SAME_BITS: Final = 4
SAME_COSINE: Final = 0.99

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Source:
    """One package: icons of a set by name, or files by the name of the icon."""

    package: str
    version: str
    licence: str
    icons: Sequence[str] = ()
    files: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Drawing:
    """One drawing of a default icon, RGBA."""

    name: str
    image: Image.Image


@dataclass(frozen=True)
class Sources:
    """All packages, and the colours of drawings of one colour."""

    sources: Sequence[Source]
    colours: dict[str, str]

    @classmethod
    def read(cls, path: Path = SOURCES) -> Self:
        """Read a list of sources."""
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        return cls([Source(**one) for one in document["sources"]], document["colours"])

    def drawings(self, cache: Path) -> Iterator[Drawing]:
        """Yield every drawing, in the order of the list.

        Raises:
            InputError: if a package cannot be fetched or lacks an icon.
        """
        for source in self.sources:
            tarball = packages.fetch(Package(source.package, source.version), cache)
            found = dict(self._of_set(source, tarball) if source.icons else ())
            found |= dict(_of_files(source, tarball) if source.files else ())
            missing = {*source.icons, *source.files} - found.keys()
            if missing:
                raise InputError(f"{source.package} has no {', '.join(sorted(missing))}")
            for name, images in found.items():
                yield from (Drawing(name, image) for image in images)

    def _of_set(self, source: Source, tarball: Path) -> Iterator[tuple[str, list[Image.Image]]]:
        for name, svg in packages.svgs(tarball):
            if name in source.icons:
                yield name, self._drawn(name, svg)

    def _drawn(self, name: str, svg: bytes) -> list[Image.Image]:
        """A drawing of one colour in its colour, in black, and white on a tile of its colour.

        A tile that fills its image is trimmed, so it is there with a margin as well.
        """
        if INK not in svg:
            return [render(svg)]
        colour = self.colours.get(name)
        if colour is None:
            return [_inked(svg, grey) for grey in GREYS]
        tile = _on_tile(svg, colour)
        return [_inked(svg, colour), _inked(svg, "#000000"), tile, _framed(tile)]


def _inked(svg: bytes, colour: str) -> Image.Image:
    return render(svg.replace(INK, colour.encode()))


def _on_tile(svg: bytes, colour: str) -> Image.Image:
    side = round(TILE_PX * MARK_SHARE)
    mark = _inked(svg, "#ffffff")
    mark.thumbnail((side, side))
    tile = Image.new("RGBA", (TILE_PX, TILE_PX), colour)
    place = ((TILE_PX - mark.width) // 2, (TILE_PX - mark.height) // 2)
    tile.alpha_composite(mark, place)
    return tile


def _framed(tile: Image.Image) -> Image.Image:
    frame = Image.new("RGBA", (2 * TILE_PX, 2 * TILE_PX))
    frame.alpha_composite(tile, (TILE_PX // 2, TILE_PX // 2))
    return frame


def _of_files(source: Source, tarball: Path) -> Iterator[tuple[str, list[Image.Image]]]:
    names = {path: name for name, path in source.files.items()}
    for path, data in packages.members(tarball):
        if path in names:
            with Image.open(BytesIO(normalise_bytes(data).png)) as opened:
                yield names[path], [opened.convert("RGBA")]


def references(drawings: Sequence[Drawing]) -> dict[str, Any]:
    """Return the arrays of ``imaging/default_icons.npz``: names, hashes and grids.

    Each drawing is there as it is, and in small sizes where these look different.
    """
    names: list[str] = []
    phashes: list[int] = []
    grids: list[Floats] = []
    for drawing in drawings:
        for side in SIDES:
            canvas = prepare(downscaled(drawing.image, side), HASHED_SIDE_PX)
            phash, row = perceptual_hash(canvas), grid(canvas)
            if not _is_known(phash, row, phashes, grids):
                names.append(drawing.name)
                phashes.append(phash)
                grids.append(row)
    stacked = np.stack(grids)
    levels = np.round(stacked / np.abs(stacked).max(axis=1, keepdims=True) * GRID_LEVELS)
    return {
        "names": np.array(names, dtype=np.str_),
        "phashes": np.array(phashes, dtype=np.uint64),
        "grids": levels.astype(np.int8),
    }


def _is_known(phash: int, row: Floats, phashes: list[int], grids: list[Floats]) -> bool:
    return any(
        (phash ^ other).bit_count() <= SAME_BITS and float(row @ grid_row) >= SAME_COSINE
        for other, grid_row in zip(phashes, grids, strict=True)
    )
