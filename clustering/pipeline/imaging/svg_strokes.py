"""Strokes that depend on lengths on the screen or along the path: numbers for the renderer."""

import math
import re
from typing import Final

from lxml import etree

from clustering.pipeline.imaging.css_values import InvalidValueError, number_text, parse_value
from clustering.pipeline.imaging.svg_boxes import Box, path_length
from clustering.pipeline.imaging.svg_transforms import parse_transform

_NUMBER: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?", re.IGNORECASE)
_STROKED: Final = tuple(
    f"{{*}}{name}" for name in ["path", "line", "polyline", "polygon", "rect", "circle", "ellipse"]
)
MAX_STROKES: Final = 1_000  # elements whose strokes are computed


def apply_strokes(root: etree._Element) -> None:
    """Resolve ``pathLength`` and ``vector-effect: non-scaling-stroke``; in place."""
    for n_strokes, element in enumerate(root.iter(*_STROKED)):
        if n_strokes >= MAX_STROKES:
            return
        if element.get("pathLength") and element.get("stroke-dasharray"):
            _scale_dashes(element)
        if element.get("vector-effect") == "non-scaling-stroke":
            _unscale_stroke(element)


def _scale_dashes(element: etree._Element) -> None:
    declared = _first_number(element.get("pathLength", ""))
    real = path_length(element)
    if not declared or not real:
        return
    for name in ("stroke-dasharray", "stroke-dashoffset"):
        value = element.get(name, "")
        if value and "%" not in value:
            element.set(name, _NUMBER.sub(lambda one: _scaled(one[0], real / declared), value))


def _scaled(text: str, factor: float) -> str:
    return number_text(float(text) * factor)


def _first_number(text: str) -> float:
    found = _NUMBER.search(text)
    return float(found[0]) if found else 0.0


def _unscale_stroke(element: etree._Element) -> None:
    above = [element, *element.iterancestors()]
    scale = math.prod(map(_scale, above))
    width = next((text for one in above if (text := one.get("stroke-width"))), "1")
    if scale > 0 and "%" not in width:
        element.set("stroke-width", number_text((_first_number(width)) / scale))


def _scale(element: etree._Element) -> float:
    """Return the mean scale of the element's own transform."""
    try:
        text = element.get("transform", "")
        a, b, c, d, _, _ = parse_transform(parse_value(text), Box(0, 0, 0, 0))
    except (InvalidValueError, IndexError, ZeroDivisionError):
        return 1.0
    return math.sqrt(abs(a * d - b * c))
