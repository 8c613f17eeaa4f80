"""``clip-path`` with basic shapes -> ``clipPath`` elements (https://www.w3.org/TR/css-masking-1/)."""

import math
from collections.abc import Callable, Mapping
from typing import Final

from lxml import etree

from clustering.pipeline.imaging.css_values import (
    COMMA,
    InvalidValueError,
    Token,
    Tokens,
    number_text,
    parse_value,
    split_commas,
    without_space,
)
from clustering.pipeline.imaging.svg_boxes import Box, Boxes
from clustering.pipeline.imaging.svg_transforms import length_px, origin

MAX_CLIPS: Final = 100
Attributes = dict[str, str]


def apply_clips(root: etree._Element, boxes: Boxes) -> None:
    """Replace the shapes; one that cannot be read does not clip."""
    tag = etree.QName(root)
    n_clips = 0
    for element in list(root.iter()):
        value = element.get("clip-path", "")
        if "(" not in value or "url(" in value:
            continue
        n_clips += 1
        box = boxes.before_placing(element) if n_clips <= MAX_CLIPS else None
        shape = _shape(parse_value(value), box) if box is not None else None
        if shape is None:
            element.attrib.pop("clip-path")
            continue
        name, attributes = shape
        clip = etree.SubElement(root, f"{{{tag.namespace}}}clipPath", id=f"css-clip-{n_clips}")
        etree.SubElement(clip, f"{{{tag.namespace}}}{name}", attributes)
        element.set("clip-path", f"url(#css-clip-{n_clips})")


def _shape(tokens: Tokens, box: Box) -> tuple[str, Attributes] | None:
    """Return the name and the attributes of an SVG element with the shape."""
    function = next((token for token in tokens if token.type == "function"), None)
    try:
        if function is None:
            return None
        element, read = _SHAPES[function.lower_name]
        return element, read(without_space(list(function.arguments)), box)
    except (InvalidValueError, IndexError, KeyError):
        return None


def _ellipse(tokens: Tokens, box: Box) -> Attributes:
    """``[radius]{0,2} [at position]?``; a circle has one radius."""
    words = [getattr(token, "lower_value", "") for token in tokens]
    at = words.index("at") if "at" in words else len(tokens)
    x, y = _point(tokens[at + 1 :] or parse_value("center"), box)
    sides: list[tuple[float, ...]]
    sides = [(x - box.x, box.x + box.width - x), (y - box.y, box.y + box.height - y)]
    wholes = (box.width, box.height)
    if at < 2:
        wholes = (math.hypot(*wholes) / math.sqrt(2),) * 2
        sides = [sides[0] + sides[1]] * 2
    radii = [
        _nearest(token, side)
        if token is None or token.type == "ident"
        else length_px(token, whole)
        for token, side, whole in zip(_pair(tokens[:at]), sides, wholes, strict=True)
    ]
    return _attributes(cx=x, cy=y, rx=radii[0], ry=radii[1])


def _nearest(token: Token | None, distances: tuple[float, ...]) -> float:
    is_far = getattr(token, "lower_value", "") == "farthest-side"
    return max(distances) if is_far else min(map(abs, distances))


def _point(tokens: Tokens, box: Box) -> tuple[float, float]:
    """Resolve a position, also one with distances from sides: ``right 10px bottom 20%``."""
    if len(tokens) != 4:
        return origin(tokens, box)
    words = [tokens[0].lower_value, tokens[2].lower_value]
    offsets = [tokens[1], tokens[3]]
    if words[0] in {"top", "bottom"}:
        words, offsets = words[::-1], offsets[::-1]
    x, y = length_px(offsets[0], box.width), length_px(offsets[1], box.height)
    return (
        box.x + (box.width - x if words[0] == "right" else x),
        box.y + (box.height - y if words[1] == "bottom" else y),
    )


def _pair(tokens: Tokens) -> Tokens:
    return [*tokens, *tokens][:2] if tokens else [None, None]


def _inset(tokens: Tokens, box: Box) -> Attributes:
    words = [getattr(token, "lower_value", "") for token in tokens]
    at = words.index("round") if "round" in words else len(tokens)
    given = tokens[:at]
    edges = [given[min(n, len(given) - 1 - (n == 3 and len(given) == 3))] for n in range(4)]
    if len(given) in {2, 3}:
        edges[2], edges[3] = given[-1 if len(given) == 3 else 0], given[1]
    top, right, bottom, left = (
        length_px(token, box.width if n % 2 else box.height) for n, token in enumerate(edges)
    )
    right, bottom = box.width - right, box.height - bottom
    return _rounded(box, (left, top, right, bottom), tokens[at + 1 :])


def _rect(tokens: Tokens, box: Box) -> Attributes:
    """``rect(top right bottom left)``, all from the upper left corner."""
    wholes = (box.height, box.width) * 2
    top, right, bottom, left = (
        (0.0, box.width, box.height, 0.0)[n] if token.type == "ident" else length_px(token, whole)
        for n, (token, whole) in enumerate(zip(tokens[:4], wholes, strict=True))
    )
    return _rounded(box, (left, top, right, bottom), tokens[5:])


def _xywh(tokens: Tokens, box: Box) -> Attributes:
    wholes = (box.width, box.height) * 2
    x, y, width, height = map(length_px, tokens[:4], wholes)
    return _rounded(box, (x, y, x + width, y + height), tokens[5:])


def _rounded(box: Box, edges: tuple[float, float, float, float], radii: Tokens) -> Attributes:
    """Return a rectangle with its edges relative to ``box``; the first radius counts for all."""
    left, top, right, bottom = edges
    return _attributes(
        x=box.x + left,
        y=box.y + top,
        width=max(0.0, right - left),
        height=max(0.0, bottom - top),
        rx=length_px(radii[0], box.width) if radii else 0.0,
    )


def _polygon(tokens: Tokens, box: Box) -> Attributes:
    parts = [without_space(part) for part in split_commas(tokens)]
    rule = getattr(parts[0][0], "lower_value", "")
    points = [
        number_text(value)
        for across, down in parts[bool(rule) :]
        for value in (
            box.x + length_px(across, box.width),
            box.y + length_px(down, box.height),
        )
    ]
    return {"points": " ".join(points), **({"clip-rule": rule} if rule == "evenodd" else {})}


def _path(tokens: Tokens, box: Box) -> Attributes:
    data = next(token.value for token in tokens if token.type == "string")
    rule = getattr(tokens[0], "lower_value", "") if COMMA in tokens else ""
    move = f"translate({number_text(box.x)} {number_text(box.y)})"
    return {"d": data, "transform": move, **({"clip-rule": rule} if rule == "evenodd" else {})}


def _attributes(**values: float) -> Attributes:
    return {name: number_text(value) for name, value in values.items()}


_SHAPES: Final[Mapping[str, tuple[str, Callable[[Tokens, Box], Attributes]]]] = {
    "circle": ("ellipse", _ellipse),
    "ellipse": ("ellipse", _ellipse),
    "inset": ("rect", _inset),
    "rect": ("rect", _rect),
    "xywh": ("rect", _xywh),
    "polygon": ("polygon", _polygon),
    "path": ("path", _path),
}
