"""Text in the logo, by an optional OCR engine: ``requirements-words.txt``.

rapidocr's wheel contains its models. Optional because it takes tenths of a second of a core per
image and depends on OpenCV.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from clustering.pipeline.imaging.preparation import flatten
from clustering.pipeline.naming import Name

REQUIRED: Final = ("rapidocr", "onnxruntime")
LONGEST_PX: Final = 480  # four times the pixels read no better
MARGIN_SHARE: Final = 0.1  # letters that touch the border are lost
SAME_LINE: Final = 0.7  # of the tallest line's height, from which a line belongs to the name
MIN_LETTERS: Final = 2
MAX_CHARACTERS: Final = 40
MAX_BOXES: Final = 60  # that are looked at; bounds the time of a picture full of text
MAX_LINES: Final = 20
MAX_LINE_CHARACTERS: Final = 80
SHORTEST_SHARED: Final = 3  # letters; shorter words are in many logos
_WORD: Final = re.compile(r"[^\W_]+")
_EDGE_SIGNS: Final = re.compile(r"^[^\w&@#$]+|[^\w&!.+%*]+$")  # a ring beside a word reads as ")"
_NOT_NAME: Final = re.compile(r"[^\w&'.+ -]+")


@dataclass(frozen=True)
class TextLine:
    """One line of text: content, confidence, box in pixels."""

    text: str
    score: float
    top: float
    left: float
    height: float


Engine = Callable[[NDArray[np.uint8]], Sequence[TextLine]]
"""Reads an RGB image, shape (height, width, 3)."""


class Reader:
    """Naming source: the words in a logo."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self, images: Sequence[Image.Image]) -> list[Name | None]:
        """Return the words of each RGBA logo; None where there are none."""
        return [name_in(self._engine(_legible(image))) for image in images]


def is_installed() -> bool:
    """Whether the optional engine is installed, without importing it."""
    return all(find_spec(name) is not None for name in REQUIRED)


def name_in(lines: Sequence[TextLine]) -> Name | None:
    """Return the largest lines as one name, in reading order; small ones are slogans.

    Its score is the lowest of its lines.
    """
    worded = [line for line in lines if _letters(line.text) >= MIN_LETTERS]
    if not worded:
        return None
    tallest = max(line.height for line in worded)
    large = _ordered([line for line in worded if line.height >= SAME_LINE * tallest])
    text = " ".join(_NOT_NAME.sub(" ", line.text) for line in large)
    text = " ".join(text.split())[:MAX_CHARACTERS].strip()
    return Name(text, round(min(line.score for line in large), 3)) if text else None


def read(image: Image.Image, engine: Engine) -> list[TextLine]:
    """Return the lines of text of an RGBA logo in reading order, at most ``MAX_LINES``.

    Lines without letters or digits are left out.
    """
    lines = (
        replace(line, text=_EDGE_SIGNS.sub("", " ".join(line.text.split())[:MAX_LINE_CHARACTERS]))
        for line in engine(_legible(image))
    )
    return _ordered([line for line in lines if _WORD.search(line.text)])[:MAX_LINES]


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, without signs."""
    return [word.casefold() for word in _WORD.findall(text)]


def shared_words(first: str, second: str) -> list[str]:
    """Return the words of the first text that the second has too, each once."""
    others = set(words_of(second))
    found = dict.fromkeys(words_of(first))
    return [word for word in found if word in others and _letters(word) >= SHORTEST_SHARED]


@cache
def rapidocr_engine() -> Engine:
    """Return rapidocr on one core as an engine; slow to create, so once per process."""
    import cv2
    from rapidocr import RapidOCR

    cv2.setNumThreads(1)
    options = {
        "Global.log_level": "error",
        "Global.use_cls": False,  # logos are rarely upside down
        "Det.limit_type": "max",
        "Det.limit_side_len": LONGEST_PX,
        "Det.max_candidates": MAX_BOXES,
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    }
    engine = RapidOCR(params=options)
    return lambda pixels: _lines(engine(np.ascontiguousarray(pixels[:, :, ::-1])))


def _lines(result: Any) -> list[TextLine]:
    if not result.txts:
        return []
    return [
        TextLine(
            text=text,
            score=float(score),
            top=float(box[:, 1].min()),
            left=float(box[:, 0].min()),
            height=float(np.ptp(box[:, 1])),
        )
        for text, score, box in zip(result.txts, result.scores, result.boxes, strict=True)
    ]


def _legible(image: Image.Image) -> NDArray[np.uint8]:
    """Return the logo on a contrasting background, of a fixed size, with a margin."""
    flat = flatten(image)
    inner = round(LONGEST_PX * (1 - 2 * MARGIN_SHARE))
    scaled = ImageOps.contain(flat, (inner, inner))
    margin = round(LONGEST_PX * MARGIN_SHARE)
    red, green, blue = np.asarray(flat)[0, 0].tolist()
    return np.asarray(ImageOps.expand(scaled, margin, (red, green, blue)))


def _ordered(lines: Sequence[TextLine]) -> list[TextLine]:
    """Return the lines in reading order; those of about one height stand in one row."""
    tallest = max((line.height for line in lines), default=1.0) or 1.0
    return sorted(lines, key=lambda line: (round(line.top / tallest), line.left))


def _letters(text: str) -> int:
    return sum(character.isalpha() for character in text)
