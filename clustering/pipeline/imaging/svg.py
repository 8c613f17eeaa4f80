"""SVG bytes -> RGBA image of at most 512 px: sanitiser, then resvg."""

import math
import re
from io import BytesIO
from pathlib import Path
from typing import Final

import resvg_py
from lxml import etree
from PIL import Image

from clustering.pipeline.errors import ImageError
from clustering.pipeline.imaging import MAX_SIDE_PX
from clustering.pipeline.imaging.css_backgrounds import painted
from clustering.pipeline.imaging.css_values import InvalidValueError, number_text, parse_value
from clustering.pipeline.imaging.sanitising import sanitise
from clustering.pipeline.imaging.svg_boxes import Box
from clustering.pipeline.imaging.svg_cost import check_cost
from clustering.pipeline.imaging.svg_normalising import normalise_svg
from clustering.pipeline.imaging.svg_transforms import parse_transform

MAX_ASPECT: Final = 200
MAX_UNSIZED_ASPECT: Final = 50
MAX_EMBEDDING: Final = 1
"""Nesting of SVGs that are embedded as images."""
MAX_LENGTH: Final = 1e7
DEFAULT_SIZE: Final = (300.0, 150.0)  # CSS default size of replaced elements
FONT: Final = Path(__file__).parent / "fonts" / "DejaVuSans.ttf"
BOLD_FONT: Final = FONT.with_name("DejaVuSans-Bold.ttf")
FONT_FAMILY: Final = "DejaVu Sans"

_BOLD: Final = re.compile(r"\bfont(?:-weight)?[:=][^<>;]{0,60}\b(?:bold|[6-9]00)")
_VIEW: Final = ("viewBox", "preserveAspectRatio")
_LENGTH: Final = re.compile(r"([-+]?[0-9.]+(?:e[-+]?[0-9]+)?)([a-z]*)", re.IGNORECASE)
_PX: Final = {
    "": 1.0,
    "px": 1.0,
    "pt": 4 / 3,
    "pc": 16.0,
    "mm": 96 / 25.4,
    "cm": 96 / 2.54,
    "in": 96.0,
    "em": 16.0,
    "rem": 16.0,
    "ex": 8.0,
}


def render(data: bytes, depth: int = 0) -> Image.Image:
    """Render an SVG with its longer side at 512 px; ``depth`` counts the SVGs around it.

    Raises:
        ImageError: ``bad_image`` if it is damaged, hostile, or has an invalid size.
    """
    root = sanitise(
        data, lambda inner: render(inner, depth + 1) if depth < MAX_EMBEDDING else None
    )
    background = normalise_svg(root, _viewport(root))
    _turn(root)
    check_cost(root)
    _set_size(root)
    text = etree.tostring(root, encoding="unicode")
    try:
        png = resvg_py.svg_to_bytes(
            svg_string=text,
            skip_system_fonts=True,
            dpi=96,
            font_files=_fonts(root, text),
            font_family=FONT_FAMILY,
            serif_family=FONT_FAMILY,
            sans_serif_family=FONT_FAMILY,
            monospace_family=FONT_FAMILY,
            cursive_family=FONT_FAMILY,
            fantasy_family=FONT_FAMILY,
        )
    except ValueError as error:
        raise ImageError("bad_image", f"the SVG cannot be drawn: {error}") from error
    with Image.open(BytesIO(png), formats=["PNG"]) as image:
        drawn = image.convert("RGBA")
    if background is None:
        return drawn
    canvas = painted(background, drawn.size)
    canvas.alpha_composite(drawn)
    return canvas


def _viewport(root: etree._Element) -> tuple[float, float]:
    """Size in px for media queries and percentages, before styles apply."""
    view = _view_box(root)
    width, height = view or _stated_size(root)
    is_sized = all(length is not None and 0 < length <= MAX_LENGTH for length in (width, height))
    return (width or 0.0, height or 0.0) if is_sized else DEFAULT_SIZE


def _fonts(root: etree._Element, text: str) -> list[str]:
    """Load the fonts only for text: parsing them takes longer than rendering most logos."""
    if next(root.iter("{*}text"), None) is None:
        return []
    return [str(FONT), str(BOLD_FONT)] if _BOLD.search(text) else [str(FONT)]


def _turn(root: etree._Element) -> None:
    """Draw the transform of the root as browsers do: around the middle of its canvas."""
    transform = str(root.attrib.pop("transform", "")).strip()
    if not transform:
        return
    width, height = _size(root, _view_box(root))
    try:
        matrix = parse_transform(parse_value(transform), Box(0.0, 0.0, width, height))
    except (InvalidValueError, IndexError, ZeroDivisionError):
        return
    view = {name: str(root.attrib.pop(name)) for name in _VIEW if name in root.attrib}
    children = list(root)
    around = f"translate({width / 2} {height / 2})"
    numbers = " ".join(map(number_text, matrix))
    group, svg = (f"{{{etree.QName(root).namespace}}}{name}" for name in ("g", "svg"))
    turned = etree.SubElement(root, group, transform=f"{around} matrix({numbers})")
    placed = {"x": str(-width / 2), "y": str(-height / 2)}
    size = {"width": str(width), "height": str(height)}
    etree.SubElement(turned, svg, {**view, **placed, **size}).extend(children)
    root.set("viewBox", f"0 0 {width} {height}")


def _set_size(root: etree._Element) -> None:
    """Set a size of at most 512 px: the renderer allocates the stated size."""
    view = _view_box(root)
    width, height = _size(root, view)
    if view is None:
        root.set("viewBox", f"0 0 {width} {height}")
    elif None in _stated_size(root) and max(view) > MAX_UNSIZED_ASPECT * min(view):
        width, height = DEFAULT_SIZE  # letterboxed, as in browsers
    scale = MAX_SIDE_PX / max(width, height)
    root.set("width", str(max(1, round(width * scale))))
    root.set("height", str(max(1, round(height * scale))))


def _stated_size(root: etree._Element) -> tuple[float | None, float | None]:
    return _length(root.get("width")), _length(root.get("height"))


def _size(root: etree._Element, view: tuple[float, float] | None) -> tuple[float, float]:
    width, height = _stated_size(root)
    if width is None or height is None:
        width, height = view or DEFAULT_SIZE
    for length in (width, height):
        if not (math.isfinite(length) and 0 < length <= MAX_LENGTH):
            raise ImageError("bad_image", f"the SVG has an impossible size: {width} x {height}")
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise ImageError("bad_image", f"the SVG is too long and thin: {width} x {height}")
    return width, height


def _view_box(root: etree._Element) -> tuple[float, float] | None:
    """Width and height of the viewBox; an invalid one is removed, as in browsers."""
    try:
        numbers = [float(part) for part in root.get("viewBox", "").replace(",", " ").split()]
    except ValueError:
        numbers = []
    if len(numbers) != 4:
        root.attrib.pop("viewBox", "")
        return None
    if not all(abs(number) <= MAX_LENGTH for number in numbers):
        raise ImageError("bad_image", "the SVG has an impossible viewBox")
    return numbers[2], numbers[3]


def _length(text: str | None) -> float | None:
    """Length in px; None for percentages and invalid values."""
    match = _LENGTH.fullmatch((text or "").strip()[:40])
    if match is None or match[2].lower() not in _PX:
        return None
    try:
        return float(match[1]) * _PX[match[2].lower()]
    except ValueError:
        return None
