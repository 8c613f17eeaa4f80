"""Names from text lines in a logo."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from clustering.pipeline import imaging
from clustering.pipeline.naming import Name
from clustering.pipeline.naming.reading import (
    LONGEST_PX,
    MAX_LINES,
    Reader,
    TextLine,
    name_in,
    rapidocr_engine,
    read,
    shared_words,
    words_of,
)

FONT = str(Path(imaging.__file__).parent / "fonts/DejaVuSans.ttf")


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


def test_lines_are_read_in_order_and_bounded() -> None:
    lines = [line("below", top=50), line("x" * 500, left=90), line("®"), line(")first  one® (")]
    found = read(Image.new("RGBA", (8, 8)), lambda _: lines + [line("z", top=99)] * 50)

    assert [one.text for one in found[:3]] == ["first one", "x" * 80, "below"]
    assert len(found) == MAX_LINES


def test_words_are_compared_without_case_signs_and_short_ones() -> None:
    assert words_of("Müller & Söhne-GmbH 24") == ["müller", "söhne", "gmbh", "24"]
    assert shared_words("DHL Express AG", "Express by dhl ag 24") == ["dhl", "express"]
    assert shared_words("Nova", "Novara") == []


@pytest.mark.slow
@pytest.mark.parametrize("ink", ["#103080", "#ffffff"])
def test_the_real_engine_reads_a_word_of_a_picture(ink: str) -> None:
    picture = Image.new("RGBA", (240, 80), (0, 0, 0, 0))
    font = ImageFont.truetype(FONT, 40)
    ImageDraw.Draw(picture).text((20, 16), "Kestrel", fill=ink, font=font)

    (found,) = read(picture, rapidocr_engine())

    assert found.text == "Kestrel"
    assert found.score > 0.8
    assert read(Image.new("RGBA", (240, 80), "#208040"), rapidocr_engine()) == []
