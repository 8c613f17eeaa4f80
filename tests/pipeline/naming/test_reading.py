"""Names from text lines in a logo."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from clustering.pipeline.naming import Name
from clustering.pipeline.naming.reading import LONGEST_PX, Reader, TextLine, name_in


def line(
    text: str, *, height: float = 40, top: float = 0, left: float = 0, score: float = 0.9
) -> TextLine:
    return TextLine(text=text, score=score, top=top, left=left, height=height)


def test_small_text_is_not_part_of_the_name() -> None:
    lines = [line("TRANSMISSIONS", height=15, top=60), line("AAMCO", height=46, score=0.99)]

    assert name_in(lines) == Name("AAMCO", 0.99)


def test_lines_of_one_height_are_read_from_the_top_left() -> None:
    lines = [line("Reis", top=42), line("Silva", top=1, left=90), line("Batista", top=3, left=5)]

    assert name_in(lines) == Name("Batista Silva Reis", 0.9)


def test_the_score_is_the_lowest_of_its_lines() -> None:
    name = name_in([line("Nova", score=0.98), line("Qx", left=80, score=0.31)])

    assert name == Name("Nova Qx", 0.31)


@pytest.mark.parametrize("text", ["", "A", "24/7", "- -", "®"])
def test_single_letters_and_numbers_are_no_name(text: str) -> None:
    assert name_in([line(text)]) is None


def test_special_characters_are_removed() -> None:
    assert name_in([line("\u00abM\u00fcller & Co.\u00bb | <b>")]) == Name(
        "M\u00fcller & Co. b", 0.9
    )


def test_the_engine_gets_each_logo_on_a_contrasting_background() -> None:
    seen: list[NDArray[np.uint8]] = []

    def engine(pixels: NDArray[np.uint8]) -> Sequence[TextLine]:
        seen.append(pixels)
        return [line("Nova")] if len(seen) == 1 else []

    white_on_nothing = Image.new("RGBA", (300, 30), (255, 255, 255, 0))
    white_on_nothing.paste((255, 255, 255, 255), (20, 5, 280, 25))

    told = Reader(engine)([white_on_nothing, Image.new("RGBA", (8, 8), "red")])

    assert told == [Name("Nova", 0.9), None]
    assert seen[0].shape[1] == LONGEST_PX
    assert seen[0].dtype == np.uint8
    assert seen[0][0, 0].tolist() == [32, 32, 32]
