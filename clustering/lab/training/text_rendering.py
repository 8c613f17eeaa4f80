"""Random pseudo-words in many fonts, as the text beside a mark."""

import re
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from clustering.lab.training import packages

Mask = NDArray[np.uint8]

HEIGHT_PX: Final = 44
MARGIN_PX: Final = 4
MAX_WIDTH_PX: Final = 420
_LATIN: Final = re.compile(r".*-latin-\d+-normal\.woff")
_SYLLABLE_PARTS: Final = {
    "start": "b br c ch cr d dr f fl g gr h j k kl l m n p pl pr qu r s sh sp st str t tr v w z",
    "vowel": "a a e e i o o u ai ea ee io oo ou",
    "end": ". . . n r s l x t nd ng rt ck m",
}
_SUFFIXES: Final = ("group", "GmbH", "& Sons", "since 1987", "international", "of Springfield")


class WordBank:
    """Rendered words as coverage masks, shape (height, width), reproducible by seed."""

    def __init__(self, fonts: Sequence[bytes], *, n_words: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        faces = [ImageFont.truetype(BytesIO(font), HEIGHT_PX) for font in fonts]
        self._masks = [_drawn(_text(rng), faces[int(rng.integers(len(faces)))])
                       for _ in range(n_words)]  # fmt: skip

    def any(self, rng: np.random.Generator) -> Mask:
        """Return a random word."""
        return self._masks[int(rng.integers(len(self._masks)))]

    def of(self, number: int) -> Mask:
        """Return the fixed word of brand ``number``."""
        return self._masks[number % len(self._masks)]


def read_fonts(tarball: Path) -> list[bytes]:
    """Return the upright Latin fonts of a fontsource package, one per weight."""
    return [data for path, data in packages.members(tarball) if _LATIN.fullmatch(path)]


def _text(rng: np.random.Generator) -> str:
    """One or two words of one to three syllables, sometimes with a suffix."""
    words = [_word(rng) for _ in range(int(rng.integers(1, 3)))]
    if rng.random() < 0.15:
        words.append(str(rng.choice(_SUFFIXES)))
    text = " ".join(words)
    return [text, text.upper(), text.title()][int(rng.integers(3))]


def _word(rng: np.random.Generator) -> str:
    parts = ["start", "vowel"] * int(rng.integers(1, 4))
    return "".join(_syllable_part(part, rng) for part in [*parts, "end"])


def _syllable_part(part: str, rng: np.random.Generator) -> str:
    return str(rng.choice(_SYLLABLE_PARTS[part].split())).strip(".")


def _drawn(text: str, face: ImageFont.FreeTypeFont) -> Mask:
    left, top, right, bottom = (int(edge) for edge in face.getbbox(text))
    size = (right - left + 2 * MARGIN_PX, bottom - top + 2 * MARGIN_PX)
    image = Image.new("L", size)
    ImageDraw.Draw(image).text((MARGIN_PX - left, MARGIN_PX - top), text, fill=255, font=face)
    scale = min(HEIGHT_PX / image.height, MAX_WIDTH_PX / image.width)
    image = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))
    return np.asarray(image)
