"""CSS transforms -> ``transform`` attributes with matrices.

CSS Transforms 1 and 2 (https://www.w3.org/TR/css-transforms-2/), restricted to the plane.
"""

import math
from collections.abc import Mapping
from typing import Final

from lxml import etree

from clustering.pipeline.imaging.css_values import (
    COMMA,
    InvalidValueError,
    Token,
    Tokens,
    number,
    number_text,
    parse_value,
    split_commas,
    without_space,
)
from clustering.pipeline.imaging.svg_boxes import Box, Boxes, Matrix, multiply

IDENTITY: Final[Matrix] = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
PROPERTIES: Final = ("transform", "translate", "rotate", "scale", "transform-origin")
_OF_PAINTS: Final = {
    "linearGradient": "gradientTransform",
    "radialGradient": "gradientTransform",
    "pattern": "patternTransform",
}
_KEYWORDS: Final = {"left": 0.0, "top": 0.0, "center": 0.5, "right": 1.0, "bottom": 1.0}


def apply_transforms(
    root: etree._Element,
    computed: Mapping[etree._Element, Mapping[str, Tokens]],
    size: tuple[float, float],
) -> None:
    """Write the CSS transforms of all elements as attributes, with their origins resolved.

    Args:
        root: the document; its own transform is ignored.
        computed: values of CSS properties by element.
        size: of the viewport, in user units.
    """
    boxes = Boxes(root, size)
    for element in list(root.iter()):
        values = dict(computed.get(element, {}))
        origin = element.attrib.pop("transform-origin", "")
        if origin:
            values.setdefault("transform-origin", parse_value(str(origin)))
        if element is not root and any(name in values for name in PROPERTIES):
            _apply(element, values, boxes)


def _apply(element: etree._Element, values: Mapping[str, Tokens], boxes: Boxes) -> None:
    name = _OF_PAINTS.get(str(etree.QName(element).localname), "transform")
    box_name = _keyword(values.get("transform-box", []))
    view = Box(0.0, 0.0, *boxes.size)
    box = (
        boxes.of(element) or view
        if box_name in {"fill-box", "stroke-box", "content-box"}
        else view
    )
    try:
        matrix = _individual(values, box)
        if "transform" in values:
            matrix = multiply(matrix, parse_transform(values["transform"], box))
        elif element.get(name):
            matrix = multiply(matrix, parse_transform(parse_value(element.get(name, "")), box))
        has_fill_box = box is not view
        x, y = origin(values.get("transform-origin", []), box)
    except (InvalidValueError, IndexError, ZeroDivisionError):
        return
    if has_fill_box or x or y:
        matrix = multiply(multiply((1, 0, 0, 1, x, y), matrix), (1, 0, 0, 1, -x, -y))
    if matrix == IDENTITY:
        element.attrib.pop(name, "")
    else:
        element.set(name, f"matrix({' '.join(map(number_text, matrix))})")


def _keyword(tokens: Tokens) -> str:
    return str(getattr(tokens[0], "lower_value", "")) if len(tokens) == 1 else ""


def _individual(values: Mapping[str, Tokens], box: Box) -> Matrix:
    matrix = IDENTITY
    for name in ("translate", "rotate", "scale"):
        tokens = without_space(values.get(name, []))
        if tokens and _keyword(tokens) not in {"none", "initial", "unset"}:
            matrix = multiply(matrix, _function(name, [[token] for token in tokens], box))
    return matrix


def parse_transform(tokens: Tokens, box: Box) -> Matrix:
    """Multiply a list of transform functions; unitless numbers are px or degrees.

    Raises:
        InvalidValueError: a function is unknown or malformed.
    """
    matrix = IDENTITY
    if _keyword(tokens) in {"none", "initial", "unset"}:
        return matrix
    for token in tokens:
        if token.type in {"whitespace", "comment"} or token == COMMA:
            continue
        if token.type != "function":
            raise InvalidValueError
        parts = split_commas(list(token.arguments))
        arguments = [[each] for part in parts for each in without_space(part)]
        matrix = multiply(matrix, _function(token.lower_name, arguments, box))
    return matrix


def _function(name: str, parts: list[Tokens], box: Box) -> Matrix:
    arguments = [part[0] for part in parts]
    if name in {"rotate", "rotatez"}:
        return _rotate([each for each in arguments if each.type != "ident"])
    if name in {"translate", "translate3d", "translatex", "translatey"}:
        return _translate(name, arguments, box)
    if name in {"scale", "scale3d", "scalex", "scaley"}:
        first, last = _factor(arguments[0]), _factor(arguments[1 if len(arguments) > 1 else 0])
        return (1 if name == "scaley" else first, 0, 0, 1 if name == "scalex" else last, 0, 0)
    if name in {"skew", "skewx", "skewy"}:
        return _skew(name, [_angle(each) for each in arguments])
    return _matrix(name, [number(each)[0] for each in arguments])


def _rotate(arguments: Tokens) -> Matrix:
    """``rotate(angle)``, or around a point: ``rotate(angle, x, y)`` of SVG; or 3D."""
    if len(arguments) == 4:
        return _rotation(_angle(arguments[3]))
    matrix = _rotation(_angle(arguments[0]))
    if len(arguments) < 3:
        return matrix
    x, y = (number(each)[0] for each in arguments[1:])
    return multiply(multiply((1, 0, 0, 1, x, y), matrix), (1, 0, 0, 1, -x, -y))


def _translate(name: str, arguments: Tokens, box: Box) -> Matrix:
    if name == "translatey":
        return (1, 0, 0, 1, 0, length_px(arguments[0], box.height))
    down = length_px(arguments[1], box.height) if len(arguments) > 1 else 0.0
    return (1, 0, 0, 1, length_px(arguments[0], box.width), down)


def _skew(name: str, angles: list[float]) -> Matrix:
    tangents = [math.tan(math.radians(angle)) for angle in angles]
    if name == "skewy":
        return (1, tangents[0], 0, 1, 0, 0)
    return (1, tangents[1] if len(tangents) > 1 else 0, tangents[0], 1, 0, 0)


def _matrix(name: str, values: list[float]) -> Matrix:
    """Functions whose arguments are all numbers; those in space are projected."""
    if name in {"translatez", "perspective"}:
        return IDENTITY
    if name == "rotate3d":
        return _rotation(values[3])
    if name in {"rotatex", "rotatey"}:
        cosine = math.cos(math.radians(values[0]))
        return (1, 0, 0, cosine, 0, 0) if name == "rotatex" else (cosine, 0, 0, 1, 0, 0)
    places = {"matrix": (0, 1, 2, 3, 4, 5), "matrix3d": (0, 1, 4, 5, 12, 13)}.get(name)
    if places is None or len(values) != (6 if name == "matrix" else 16):
        raise InvalidValueError
    a, b, c, d, e, f = (values[place] for place in places)
    return (a, b, c, d, e, f)


def _rotation(degrees: float) -> Matrix:
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return (cosine, sine, -sine, cosine, 0, 0)


def _angle(token: Token) -> float:
    value, unit = number(token)
    if unit not in {"", "deg"}:
        raise InvalidValueError
    return value


def _factor(token: Token) -> float:
    value, unit = number(token)
    return value / 100 if unit == "%" else value


def length_px(token: Token, whole: float) -> float:
    """Return a length in px; a percentage is of ``whole``.

    Raises:
        InvalidValueError: it is none.
    """
    value, unit = number(token, {"%": whole})
    if unit == "em":
        return value * 16
    if unit not in {"", "px"}:
        raise InvalidValueError
    return value


def origin(tokens: Tokens, box: Box) -> tuple[float, float]:
    """Resolve a position such as ``transform-origin``; SVG elements default to ``0 0``."""
    parts = [token for token in without_space(tokens) if token != COMMA][:2]
    if not parts:
        return 0.0, 0.0
    words = [getattr(part, "lower_value", "") for part in parts]
    if len(parts) == 2 and (words[0] in {"top", "bottom"} or words[1] in {"left", "right"}):
        parts.reverse()
    if len(parts) == 1:
        parts = [parts[0], None] if words[0] not in {"top", "bottom"} else [None, parts[0]]
    return (
        box.x + _position(parts[0], box.width),
        box.y + _position(parts[1], box.height),
    )


def _position(token: Token | None, whole: float) -> float:
    if token is None:
        return whole / 2
    word = getattr(token, "lower_value", "")
    return _KEYWORDS[word] * whole if word in _KEYWORDS else length_px(token, whole)
