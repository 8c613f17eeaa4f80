"""The CSS properties of SVG, and their values as a static renderer reads them."""

import re
from typing import Final
from urllib.parse import unquote

import tinycss2

from clustering.pipeline.imaging.colour_spaces import Rgba
from clustering.pipeline.imaging.css_colours import colour_text
from clustering.pipeline.imaging.css_values import (
    COMMA,
    InvalidValueError,
    Token,
    Tokens,
    number,
    number_text,
    significant,
    without_space,
)

PAINTS: Final = frozenset(["fill", "stroke"])
CONTEXT_PAINTS: Final = frozenset(["context-fill", "context-stroke"])
COLOURS: Final = PAINTS | {"color", "stop-color", "flood-color", "lighting-color"}
ALPHAS: Final = frozenset(
    ["opacity", "fill-opacity", "stroke-opacity", "stop-opacity", "flood-opacity"]
)
GEOMETRY: Final = frozenset(["x", "y", "width", "height", "cx", "cy", "r", "rx", "ry"])
LENGTHS: Final = GEOMETRY | {
    "stroke-width",
    "stroke-dashoffset",
    "font-size",
    "letter-spacing",
    "word-spacing",
    "stroke-miterlimit",
}
_OTHERS: Final = """
    alignment-baseline baseline-shift clip-path clip-rule color-interpolation
    color-interpolation-filters d direction display dominant-baseline fill-rule filter font
    font-family font-kerning font-stretch font-style font-variant font-weight image-rendering
    isolation marker-end marker-mid marker-start mask mask-type mix-blend-mode overflow paint-order
    shape-rendering stroke-dasharray stroke-linecap stroke-linejoin text-anchor text-decoration
    text-rendering unicode-bidi vector-effect visibility writing-mode
"""
PROPERTIES: Final = COLOURS | ALPHAS | LENGTHS | frozenset(_OTHERS.split())
STYLE_ONLY: Final = frozenset(["mix-blend-mode", "isolation", "font-kerning", "font"])
"""Properties that the renderer reads in ``style`` only."""
COMPUTED_ONLY: Final = frozenset(
    """
    text-transform transform transform-origin transform-box translate rotate scale background
    background-color background-image border-radius animation animation-name animation-fill-mode
    animation-direction animation-iteration-count
    """.split()  # noqa: SIM905 - a long list
)
"""Properties that are no attributes, or whose attributes have another syntax."""
INITIAL_VALUES: Final = {
    "fill": "black",
    "stroke": "none",
    "color": "black",
    "stop-color": "black",
    "flood-color": "black",
    "fill-opacity": "1",
    "stroke-opacity": "1",
    "fill-rule": "nonzero",
    "clip-rule": "nonzero",
    "stroke-width": "1",
    "stroke-dasharray": "none",
    "stroke-dashoffset": "0",
    "stroke-linecap": "butt",
    "stroke-linejoin": "miter",
    "stroke-miterlimit": "4",
    "visibility": "visible",
    "text-anchor": "start",
    "marker-start": "none",
    "marker-mid": "none",
    "marker-end": "none",
}
SYSTEM_COLOURS: Final = {
    "canvas": "#ffffff",
    "canvastext": "#000000",
    "linktext": "#0000ee",
    "visitedtext": "#551a8b",
    "activetext": "#ff0000",
    "buttonface": "#efefef",
    "buttontext": "#000000",
    "buttonborder": "#000000",
    "field": "#ffffff",
    "fieldtext": "#000000",
    "highlight": "#3297fd",
    "highlighttext": "#ffffff",
    "graytext": "#808080",
    "window": "#ffffff",
    "windowtext": "#000000",
}
_AMBIGUOUS: Final = re.compile(r"[\s'\"()%\\]")  # in url()
MAX_NESTING: Final = 20
_FETCHING: Final = frozenset(["url", "src", "image", "image-set", "-webkit-image-set", "element"])
_CSS_WIDE: Final = frozenset(["inherit", "initial", "unset", "revert", "revert-layer"])


class ExternalReferenceError(ValueError):
    """A value with a reference that is not to an element of the document."""


def plain_id(name: str) -> str:
    """Return an id without characters that are ambiguous in ``url()``; references escape some."""
    return _AMBIGUOUS.sub(
        lambda mark: f"-{ord(mark[0]):x}-", unquote(name) if "%" in name else name
    )


def value_text(
    name: str, tokens: Tokens, current: Rgba, *, is_attribute: bool = False
) -> str | None:
    """Return a value as an attribute of a renderer, or None if it cannot be read.

    Raises:
        ExternalReferenceError: the value refers to another document.
    """
    tokens = significant(tokens)
    if not tokens:
        return None
    if len(tokens) == 1 and getattr(tokens[0], "lower_value", "") in _CSS_WIDE:
        return str(tokens[0].lower_value)
    if name in PAINTS:
        return _paint_text(without_space(tokens), current)
    if name in COLOURS:
        return _single_colour(tokens, current)
    try:
        return _other_text(name, tokens, is_attribute=is_attribute)
    except InvalidValueError:
        return None


def _other_text(name: str, tokens: Tokens, *, is_attribute: bool) -> str | None:
    if name in ALPHAS:
        value, unit = number(tokens[0])
        alpha = min(max(value / 100 if unit == "%" else value, 0.0), 1.0)
        return number_text(alpha) if len(tokens) == 1 and unit in {"", "%"} else None
    if name in LENGTHS:
        return _length_text(name, tokens, is_attribute=is_attribute)
    if name == "stroke-dasharray" and tokens[0].type != "ident":
        dashes = [each for each in without_space(tokens) if each != COMMA]
        return " ".join(length_text(each) for each in dashes)
    return _path_text(tokens[0]) if name == "d" else safe_text(tokens)


def _paint_text(tokens: Tokens, current: Rgba) -> str | None:
    first = tokens[0]
    if _is_url(first):
        rest = "" if len(tokens) == 1 else _paint_text(tokens[1:], current)
        try:
            return f"{_local_url(first)} {rest}".strip() if rest is not None else None
        except ExternalReferenceError:
            if rest:
                return rest
            raise
    if first.type == "function" and first.lower_name in _FETCHING:
        raise ExternalReferenceError
    keyword = getattr(first, "lower_value", "")
    if keyword in CONTEXT_PAINTS and len(tokens) == 1:
        return str(keyword)
    is_icc = len(tokens) > 1 and getattr(tokens[1], "lower_name", "") == "icc-color"
    if len(tokens) > 1 and not is_icc:
        return None
    return "none" if keyword == "none" else _single_colour(tokens[:1], current)


def _single_colour(tokens: Tokens, current: Rgba) -> str | None:
    if len(tokens) != 1:
        return None
    keyword = getattr(tokens[0], "lower_value", "")
    return SYSTEM_COLOURS.get(keyword) or colour_text(tokens[0], current)


def _length_text(name: str, tokens: Tokens, *, is_attribute: bool) -> str | None:
    if len(tokens) != 1:
        return None
    if tokens[0].type == "ident":
        return None if name in GEOMETRY else str(tokens[0].value)
    value, unit = number(tokens[0])
    if name in GEOMETRY and value and not unit and not is_attribute:
        return None  # style sheets require a unit
    if value < 0 and name in {"width", "height", "r", "rx", "ry", "stroke-width"}:
        return None
    return length_text(tokens[0])


def length_text(token: Token) -> str:
    """Format a length or percentage for an attribute.

    Raises:
        InvalidValueError: it is none.
    """
    value, unit = number(token)
    if unit not in {"", "px", "%", "em"}:
        raise InvalidValueError
    return number_text(value) + ("" if unit == "px" else unit)


def _path_text(token: Token) -> str | None:
    if token.type != "function" or token.lower_name != "path":
        return None
    strings = [each.value for each in token.arguments if each.type == "string"]
    return str(strings[-1]) if strings else None


def safe_text(tokens: Tokens, depth: int = 0) -> str:
    """Serialise a value whose references are all local.

    Raises:
        ExternalReferenceError: at least one is not, or the value is nested too deeply.
    """
    if depth > MAX_NESTING:
        raise ExternalReferenceError
    return "".join(_safe_token(token, depth) for token in tokens)


def _safe_token(token: Token, depth: int) -> str:
    if _is_url(token):
        return _local_url(token)
    if token.type == "function":
        if token.lower_name in _FETCHING:
            raise ExternalReferenceError
        return f"{token.lower_name}({safe_text(list(token.arguments), depth + 1)})"
    if token.type.endswith("block"):
        raise ExternalReferenceError
    return str(tinycss2.serialize([token]))


def _is_url(token: Token) -> bool:
    return bool(token.type == "url" or getattr(token, "lower_name", "") == "url")


def _local_url(token: Token) -> str:
    strings = [token] if token.type == "url" else without_space(list(token.arguments))
    name = str(getattr(strings[0], "value", "")).strip() if len(strings) == 1 else ""
    if not name.startswith("#"):
        raise ExternalReferenceError
    return f"url(#{plain_id(name[1:])})"
