"""CSS backgrounds of HTML and of the root of an SVG: a colour or a gradient -> pixels.

CSS Images 4 (https://www.w3.org/TR/css-images-4/#gradients); colours are mixed in sRGB.
"""

import math
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clustering.pipeline.imaging.css_colours import parse_colour
from clustering.pipeline.imaging.css_values import (
    InvalidValueError,
    Token,
    Tokens,
    number,
    split_commas,
    without_space,
)
from clustering.pipeline.imaging.svg_boxes import Box
from clustering.pipeline.imaging.svg_transforms import length_px, origin

_SIDES: Final = {"left": (-1, 0), "right": (1, 0), "top": (0, -1), "bottom": (0, 1)}
_GRADIENTS: Final = ("linear-gradient", "radial-gradient", "conic-gradient")


def background(values: Mapping[str, Tokens]) -> Token | None:
    """Return the colour or gradient in CSS declarations of a background, if there is one."""
    for name in ("background-image", "background", "background-color"):
        for token in reversed(without_space(values.get(name, []))):
            colour = parse_colour(token)
            if (colour is not None and colour.alpha > 0) or _kind(token):
                return token
    return None


def painted(token: Token, size: tuple[int, int]) -> Image.Image:
    """Return an RGBA image of a background; transparent if the gradient cannot be read."""
    colour = parse_colour(token)
    if colour is not None:
        return Image.new("RGBA", size, tuple(round(255 * min(max(c, 0.0), 1.0)) for c in colour))
    try:
        return _gradient(token, size)
    except (InvalidValueError, LookupError, ZeroDivisionError):
        return Image.new("RGBA", size)


def _kind(token: Token) -> str:
    name = token.lower_name.removeprefix("repeating-") if token.type == "function" else ""
    return name if name in _GRADIENTS else ""


def _gradient(token: Token, size: tuple[int, int]) -> Image.Image:
    head, *rest = [without_space(part) for part in split_commas(list(token.arguments))]
    stops = [head, *rest] if parse_colour(head[0]) is not None else rest
    words = [] if stops is not rest else head
    y, x = np.mgrid[: size[1], : size[0]] + 0.5
    way, length = _WAYS[_kind(token)](words, x, y, Box(0.0, 0.0, *size))
    places, colours = _stops(stops, length)
    if token.lower_name.startswith("repeating-") and places[-1] > places[0]:
        way = places[0] + (way - places[0]) % (places[-1] - places[0])
    channels = np.stack([np.interp(way, places, channel) for channel in colours.T], axis=-1)
    alpha = np.maximum(channels[..., 3:], 1e-9)
    straight = np.concatenate([channels[..., :3] / alpha, channels[..., 3:]], axis=-1)
    return Image.fromarray(np.round(255 * straight.clip(0, 1)).astype(np.uint8))


def _stops(parts: list[Tokens], length: float) -> tuple[list[float], NDArray[np.float64]]:
    """Return the places of the colours as shares of the way, and the premultiplied colours."""
    places: list[float] = []
    colours = []
    for part in parts:
        colour = parse_colour(part[0])
        if colour is None:
            raise InvalidValueError  # a hint between two stops
        for place in part[1:] or [None]:
            places.append(math.nan if place is None else _share(place, length))
            colours.append([*(c * colour.alpha for c in colour[:3]), colour.alpha])
    known = np.array(places)
    known[0], known[-1] = (np.nan_to_num(known[end], nan=-end) for end in (0, -1))
    given = np.flatnonzero(~np.isnan(known))
    filled = np.interp(np.arange(len(known)), given, known[given])
    return np.maximum.accumulate(filled).tolist(), np.array(colours)


def _share(token: Token, length: float) -> float:
    value, unit = number(token)
    if unit == "deg":
        return value / 360
    return value / 100 if unit == "%" else length_px(token, length) / length


def _linear(
    words: Tokens, x: NDArray[np.float64], y: NDArray[np.float64], box: Box
) -> tuple[NDArray[np.float64], float]:
    sides = [_SIDES[name] for one in words if (name := getattr(one, "lower_value", "")) in _SIDES]
    if sides:
        across, down = (sum(side[axis] for side in sides) for axis in (0, 1))
        # To a corner: the line between the two others has the colour of the middle.
        angle = math.atan2(across * (box.height if down else 1), -down * (box.width or 1))
    else:
        angle = math.radians(number(words[0])[0]) if words else math.pi
    sine, cosine = math.sin(angle), -math.cos(angle)
    length = abs(box.width * sine) + abs(box.height * cosine)
    offset = (x - box.width / 2) * sine + (y - box.height / 2) * cosine
    return offset / length + 0.5, length


def _radial(
    words: Tokens, x: NDArray[np.float64], y: NDArray[np.float64], box: Box
) -> tuple[NDArray[np.float64], float]:
    """To the farthest corner or to given radii."""
    names, centre = _centre(words, box)
    across, down = max(centre[0], box.width - centre[0]), max(centre[1], box.height - centre[1])
    sizes = [one for one in words[: len(names)] if one.type != "ident"]
    if sizes:
        across, down = length_px(sizes[0], box.width), length_px(sizes[-1], box.height)
    elif "circle" in names:
        across = down = math.hypot(across, down)
    else:
        across, down = across * math.sqrt(2), down * math.sqrt(2)
    return np.hypot((x - centre[0]) / across, (y - centre[1]) / down), across


def _conic(
    words: Tokens, x: NDArray[np.float64], y: NDArray[np.float64], box: Box
) -> tuple[NDArray[np.float64], float]:
    names, centre = _centre(words, box)
    start = number(words[names.index("from") + 1])[0] / 360 if "from" in names else 0.0
    turn = np.arctan2(x - centre[0], centre[1] - y) / (2 * math.pi)
    return (turn - start) % 1.0, 1.0


def _centre(words: Tokens, box: Box) -> tuple[list[str], tuple[float, float]]:
    """Return the keywords before ``at``, and the point behind it: else the middle."""
    names = [str(getattr(one, "lower_value", "")) for one in words]
    at = names.index("at") if "at" in names else len(names)
    middle = (box.width / 2, box.height / 2)
    return names[:at], origin(words[at + 1 :], box) if words[at + 1 :] else middle


_WAYS: Final = {"linear-gradient": _linear, "radial-gradient": _radial, "conic-gradient": _conic}
