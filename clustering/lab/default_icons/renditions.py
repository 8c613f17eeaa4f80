"""Default icons as sites serve them: sizes, encodings and grounds, and the share recognised."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import numpy as np
from PIL import Image

from clustering.lab.default_icons import Drawing
from clustering.pipeline.errors import ImageError
from clustering.pipeline.imaging import NormalisedImage
from clustering.pipeline.imaging.decoder import normalise_bytes
from clustering.pipeline.imaging.known_icons import DEFAULT_ICON, GLOBE

SIZES: Final = (16, 20, 24, 32, 48, 64, 96, 128, 180, 192, 512)
ENCODINGS: Final = ("PNG", "JPEG", "GIF", "WEBP", "ICO")
GROUNDS: Final = ("transparent", "white", "light grey", "white, with a margin")
COLOURS: Final = {"white": "#ffffff", "light grey": "#f3f4f6", "white, with a margin": "#ffffff"}
MARGIN: Final = 0.2  # of the side
LEAST_WITH_MARGIN: Final = 48  # px; smaller icons fill their file
JPEG_QUALITY: Final = 75
SEED: Final = 5


@dataclass(frozen=True)
class Rendition:
    """One file of a drawing."""

    name: str
    kinds: tuple[str, ...]
    """Size, encoding and ground, as the measurement counts them."""
    file: bytes


@dataclass
class Recognised:
    """How many renditions there are of each kind, and how many are recognised."""

    n_all: Counter[str]
    n_found: Counter[str]
    missed: list[Rendition]


def renditions(drawings: Sequence[Drawing], each: int) -> Iterator[Rendition]:
    """Yield ``each`` seeded renditions of every drawing."""
    generator = np.random.default_rng(SEED)
    for drawing in drawings:
        for _ in range(each):
            size = int(generator.choice(SIZES))
            encoding, ground = str(generator.choice(ENCODINGS)), str(generator.choice(GROUNDS))
            if (encoding == "JPEG" and ground == "transparent") or (
                "margin" in ground and size < LEAST_WITH_MARGIN
            ):
                ground = "white"
            image = _drawn(drawing.image, size, ground)
            yield Rendition(
                drawing.name, (f"{size} px", encoding, ground), _encoded(image, encoding)
            )


def measure(files: Iterator[Rendition]) -> Recognised:
    """Count the renditions that the product recognises as default icons."""
    found = Recognised(Counter(), Counter(), [])
    for one in files:
        is_found = is_default(one.file)
        found.n_all.update(["all", *one.kinds])
        if is_found:
            found.n_found.update(["all", *one.kinds])
        else:
            found.missed.append(one)
    return found


def is_default(file: bytes) -> bool:
    """Whether the product takes a file for a default icon; empty ones are no logos either."""
    try:
        image: NormalisedImage = normalise_bytes(file)
    except ImageError:
        return True
    return image.placeholder in {DEFAULT_ICON, GLOBE}


def _drawn(image: Image.Image, size: int, ground: str) -> Image.Image:
    share = 1 - 2 * MARGIN if "margin" in ground else 1.0
    scale = share * size / max(image.size)
    small = image.resize(
        (max(1, round(image.width * scale)), max(1, round(image.height * scale))),
        Image.Resampling.LANCZOS,
    )
    canvas = Image.new("RGBA", (size, size), COLOURS.get(ground, (0, 0, 0, 0)))
    canvas.alpha_composite(small, ((size - small.width) // 2, (size - small.height) // 2))
    return canvas


def _encoded(image: Image.Image, encoding: str) -> bytes:
    file = BytesIO()
    if encoding == "JPEG":
        image.convert("RGB").save(file, encoding, quality=JPEG_QUALITY)
    elif encoding == "ICO":
        side = min(256, image.width)
        image.save(file, encoding, sizes=[(side, side)])
    else:
        image.save(file, encoding)
    return file.getvalue()
