"""Small generated logos and archives of them."""

import zipfile
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw

SHAPES = ("ring", "bars", "cross", "stairs", "disc", "frame")


def drawn(shape: str, colour: str = "#c02030", *, side: int = 120) -> Image.Image:
    """Return one of SHAPES in ``colour`` on white."""
    image = Image.new("RGB", (side, side), "white")
    pen, unit = ImageDraw.Draw(image), side // 12
    match shape:
        case "ring":
            pen.ellipse((unit, unit, 11 * unit, 11 * unit), outline=colour, width=2 * unit)
        case "bars":
            for step in range(4):
                pen.rectangle(
                    (unit, unit + 3 * step * unit, 11 * unit, 2 * unit + 3 * step * unit), colour
                )
        case "cross":
            pen.rectangle((5 * unit, unit, 7 * unit, 11 * unit), colour)
            pen.rectangle((unit, 5 * unit, 11 * unit, 7 * unit), colour)
        case "stairs":
            for step in range(5):
                pen.rectangle(
                    (unit + 2 * step * unit, 9 * unit - 2 * step * unit, 11 * unit, 11 * unit),
                    colour,
                )
        case "disc":
            pen.ellipse((2 * unit, 2 * unit, 10 * unit, 10 * unit), fill=colour)
        case _:
            pen.rectangle((unit, unit, 11 * unit, 11 * unit), outline=colour, width=unit)
    return image


def as_png(image: Image.Image) -> bytes:
    """Return the bytes of a PNG."""
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def as_jpeg(image: Image.Image) -> bytes:
    """Return the bytes of a JPEG, a little unlike the PNG's pixels."""
    out = BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()


def write_zip(path: Path, members: dict[str, bytes]) -> Path:
    """Write an archive and return its path."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def brand_zip(path: Path) -> Path:
    """Write nine logos: three of ring, three of bars (one a JPEG each), and three singles."""
    members = {
        "ring.de.png": as_png(drawn("ring")),
        "ring.fr.jpg": as_jpeg(drawn("ring")),
        "ring.it.png": as_png(drawn("ring")),
        "bars.de.png": as_png(drawn("bars", "#1040a0")),
        "bars.fr.jpg": as_jpeg(drawn("bars", "#1040a0")),
        "bars.it.png": as_png(drawn("bars", "#1040a0")),
        "cross.com.png": as_png(drawn("cross", "#108040")),
        "stairs.com.png": as_png(drawn("stairs", "#e0a000")),
        "frame.com.png": as_png(drawn("frame", "#602080")),
    }
    return write_zip(path, members)
