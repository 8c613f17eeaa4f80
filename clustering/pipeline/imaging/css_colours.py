"""CSS colours of any syntax -> sRGB, as renderers without colour management read them.

CSS Color 4 and 5 (https://www.w3.org/TR/css-color-5/); colours outside of sRGB are clipped per
channel, as Chromium does on an sRGB display.
"""

import math
from typing import Any, Final

import tinycss2
from tinycss2 import color5

from clustering.pipeline.imaging.colour_spaces import (
    BLACK,
    CHANNELS,
    PERCENT,
    Rgba,
    from_space,
    to_space,
)
from clustering.pipeline.imaging.css_values import (
    InvalidValueError,
    Token,
    Tokens,
    evaluated,
    number,
    split_commas,
    without_space,
)

MAX_DEPTH: Final = 8


def colour_text(token: Token, current: Rgba) -> str | None:
    """Return a colour as ``#rrggbb`` or ``rgba()``, or None if it is no readable colour.

    Hexadecimal colours stay as they are written; ``currentColor`` stays a reference.
    """
    if token.type not in {"ident", "hash", "function"}:
        return None
    if token.type == "ident" and token.lower_value == "currentcolor":
        return "currentColor"
    colour = parse_colour(token, current)
    if colour is None:
        return None
    if token.type == "hash" and token.value.isascii():
        return f"#{token.value}"
    return hex_text(colour)


def hex_text(colour: Rgba) -> str:
    """Format a colour, clipped to sRGB."""
    red, green, blue = (round(255 * min(max(value, 0.0), 1.0)) for value in colour[:3])
    if colour.alpha >= 1:
        return f"#{red:02x}{green:02x}{blue:02x}"
    return f"rgba({red},{green},{blue},{max(colour.alpha, 0.0):.4g})"


def parse_colour(token: Token, current: Rgba = BLACK, depth: int = 0) -> Rgba | None:
    """Read a colour in any syntax; ``current`` is the value of ``currentColor``."""
    try:
        colour = _parse(token, current, depth)
    except (
        InvalidValueError,
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        AssertionError,
        NotImplementedError,
        ArithmeticError,
    ):  # raised by tinycss2 on malformed functions
        return None
    if colour is None or not all(map(math.isfinite, colour)):
        return None
    return colour


def _parse(token: Token, current: Rgba, depth: int) -> Rgba | None:
    if depth > MAX_DEPTH:
        return None
    if token.type == "ident" and token.lower_value == "currentcolor":
        return current
    if token.type == "ident" and token.lower_value == "rebeccapurple":  # new in CSS 4
        return Rgba(0.4, 0.2, 0.6)
    if token.type == "function":
        arguments = without_space(list(token.arguments))
        if token.lower_name == "color-mix":
            return _mixed(token, current, depth)
        if token.lower_name == "light-dark":
            return parse_colour(split_commas(arguments)[0][0], current, depth + 1)
        if getattr(arguments[0], "lower_value", "") == "from":
            return _relative(token.lower_name, arguments[1:], current, depth)
        token = _evaluated(token)
    colour = color5.parse_color(token)
    return None if colour is None or colour == "currentcolor" else _srgb(colour)


def _evaluated(token: Token) -> Token:
    """Replace math functions in the arguments of a colour by their values."""
    if not any(each.type == "function" for each in token.arguments):
        return token
    inner = [evaluated(each) if each.type == "function" else each for each in token.arguments]
    return tinycss2.ast.FunctionBlock(token.source_line, token.source_column, token.name, inner)


def _srgb(colour: Any) -> Rgba:
    values = [value or 0.0 for value in colour.coordinates]
    if colour.space == "hsl":
        values[1] = min(max(values[1], 0.0), 100.0)
    return Rgba(*from_space(colour.space, values), colour.alpha)


def _relative(name: str, arguments: Tokens, current: Rgba, depth: int) -> Rgba | None:
    """``oklch(from red l c h / 50%)``: channels of another colour, as numbers."""
    origin = parse_colour(arguments[0], current, depth + 1)
    if origin is None:
        return None
    space, rest = name.removesuffix("a") if name in {"rgba", "hsla"} else name, arguments[1:]
    if name == "color":
        space, rest = rest[0].lower_value, rest[1:]
    channels, percent = CHANNELS[space], PERCENT[space]
    names = dict(zip(channels, to_space(space, origin), strict=True)) | {"alpha": origin.alpha}
    values, alpha = _split_alpha(rest, names, origin.alpha)
    if len(values) != 3:
        return None
    numbers = []
    for value, whole in zip(values, percent, strict=True):
        amount, unit = number(value, names)
        numbers.append(amount * whole / 100 if unit == "%" else amount)
    return Rgba(*from_space(space, numbers), alpha)


def _split_alpha(tokens: Tokens, names: dict[str, float], alpha: float) -> tuple[Tokens, float]:
    if "/" not in tokens:
        return tokens, alpha
    at = tokens.index("/")
    value, unit = number(tokens[at + 1], names)
    return tokens[:at], min(max(value / 100 if unit == "%" else value, 0.0), 1.0)


def _mixed(token: Token, current: Rgba, depth: int) -> Rgba | None:
    """``color-mix(in oklab, red 30%, blue)``: CSS Color 5, section 3."""
    method, *parts = split_commas(list(token.arguments))
    words = [each.lower_value for each in method if each.type == "ident"]
    if len(parts) != 2 or words[0] != "in" or words[1] not in CHANNELS:
        return None
    colours, shares = [], []
    for part in parts:
        percent = [each for each in part if each.type == "percentage"]
        rest = [each for each in without_space(part) if each.type != "percentage"]
        colour = parse_colour(rest[0], current, depth + 1) if len(rest) == 1 else None
        if colour is None:
            return None
        colours.append(colour)
        shares.append(percent[0].value / 100 if percent else None)
    return _blend(words[1], words[2:], colours, *_weights(*shares))


def _weights(first: float | None, second: float | None) -> tuple[float, float]:
    """Share of the second colour, and the factor of alpha if the shares are below 100 %."""
    if first is None and second is None:
        return 0.5, 1.0
    first = 1 - second if first is None and second is not None else first or 0.0
    second = 1 - first if second is None else second
    total = first + second
    if total <= 0:
        raise InvalidValueError
    return second / total, min(total, 1.0)


def _blend(
    space: str, hue_words: list[str], colours: list[Rgba], share: float, factor: float
) -> Rgba:
    first, second = (to_space(space, colour) for colour in colours)
    channels = CHANNELS[space]
    alpha = colours[0].alpha * (1 - share) + colours[1].alpha * share
    values = []
    for name, one, other in zip(channels, first, second, strict=True):
        if name == "h":
            achromatic = [_is_grey(colour) for colour in colours]
            one, other = (other if achromatic[0] else one), (one if achromatic[1] else other)
            values.append(one + _hue_step(other - one, hue_words) * share)
            continue
        weighted = one * colours[0].alpha * (1 - share) + other * colours[1].alpha * share
        values.append(weighted / alpha if alpha else 0.0)
    return Rgba(*from_space(space, values), alpha * factor)


def _is_grey(colour: Rgba) -> bool:
    return max(colour[:3]) - min(colour[:3]) < 1e-4


def _hue_step(step: float, words: list[str]) -> float:
    way = words[0] if words else "shorter"
    step %= 360
    is_negative = {"decreasing": step > 0, "longer": 0 < step < 180, "shorter": step > 180}
    return step - 360 if is_negative.get(way, False) else step
