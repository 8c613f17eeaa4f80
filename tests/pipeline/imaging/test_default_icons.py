"""Default icons of hosts and frameworks, recognised at any size and in any encoding."""

from io import BytesIO

import pytest
from PIL import Image, ImageDraw

from clustering.pipeline.imaging.decoder import normalise_bytes
from clustering.pipeline.imaging.svg import render

DRUPAL = (  # Simple Icons, CC0-1.0
    "M15.78 5.113C14.09 3.425 12.48 1.815 11.998 0c-.48 1.815-2.09 3.425-3.778 5.113"
    "c-2.534 2.53-5.405 5.4-5.405 9.702a9.184 9.185 0 1 0 18.368 0"
    "c0-4.303-2.871-7.171-5.405-9.702M6.72 16.954c-.563-.019-2.64-3.6 1.215-7.416"
    "l2.55 2.788a.22.22 0 0 1-.016.325c-.61.625-3.204 3.227-3.527 4.126"
    "c-.066.186-.164.18-.222.177M12 21.677a3.16 3.16 0 0 1-3.158-3.159"
    "a3.3 3.3 0 0 1 .787-2.087c.57-.696 2.37-2.655 2.37-2.655s1.774 1.988 2.367 2.649"
    "a3.1 3.1 0 0 1 .792 2.093A3.16 3.16 0 0 1 12 21.677m6.046-5.123"
    "c-.068.15-.223.398-.431.405c-.371.014-.411-.177-.686-.583"
    "c-.604-.892-5.864-6.39-6.848-7.455c-.866-.935-.122-1.595.223-1.94"
    "C10.736 6.547 12 5.285 12 5.285s3.766 3.574 5.336 6.016s1.029 4.556.71 5.253"
)


def svg(colour: str = "#0678be") -> bytes:
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">'
    return f'{head}<path fill="{colour}" d="{DRUPAL}"/></svg>'.encode()


def served(side: int, encoding: str, ground: str | None = None) -> bytes:
    image = Image.new("RGBA", (side, side), ground or (0, 0, 0, 0))
    image.alpha_composite(render(svg()).resize((side, side), Image.Resampling.LANCZOS))
    file = BytesIO()
    (image if encoding != "JPEG" else image.convert("RGB")).save(file, encoding)
    return file.getvalue()


def test_an_svg_of_the_default_is_recognised() -> None:
    assert normalise_bytes(svg()).placeholder == "default_icon"


@pytest.mark.parametrize("side", [16, 32, 180])
@pytest.mark.parametrize("encoding", ["PNG", "JPEG", "WEBP", "ICO"])
def test_a_default_is_recognised_at_any_size_and_in_any_encoding(side: int, encoding: str) -> None:
    assert normalise_bytes(served(side, encoding, "white")).placeholder == "default_icon"


def test_the_same_form_in_another_colour_is_a_logo() -> None:
    assert normalise_bytes(svg("#2f9e44")).placeholder is None


def test_another_drop_is_a_logo() -> None:
    image = Image.new("RGBA", (128, 128))
    draw = ImageDraw.Draw(image)
    draw.ellipse((24, 48, 104, 127), fill="#0678be")
    draw.polygon([(64, 0), (30, 68), (98, 68)], fill="#0678be")
    file = BytesIO()
    image.save(file, "PNG")

    assert normalise_bytes(file.getvalue()).placeholder is None
