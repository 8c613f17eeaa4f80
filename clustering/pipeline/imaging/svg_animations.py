"""The final state of an animated SVG: SMIL and CSS animations, resolved to attributes.

Animations that are frozen at their end keep the end; endless ones show the state that ends an
iteration, or the most opaque one. SMIL 3 (https://www.w3.org/TR/SMIL3/smil-animation.html), CSS
Animations 1 (https://www.w3.org/TR/css-animations-1/).
"""

import re
from collections.abc import MutableMapping
from typing import Final

from lxml import etree

from clustering.pipeline.imaging.colour_spaces import BLACK
from clustering.pipeline.imaging.css_sheets import Declaration, StyleSheets
from clustering.pipeline.imaging.css_values import (
    Tokens,
    has_variables,
    number_text,
    parse_value,
    split_commas,
    without_space,
)
from clustering.pipeline.imaging.svg_boxes import path_end
from clustering.pipeline.imaging.svg_names import ANIMATIONS
from clustering.pipeline.imaging.svg_properties import (
    ALPHAS,
    COMPUTED_ONLY,
    PROPERTIES,
    ExternalReferenceError,
    value_text,
)

_GEOMETRY: Final = frozenset(
    [
        "x",
        "y",
        "x1",
        "y1",
        "x2",
        "y2",
        "cx",
        "cy",
        "r",
        "rx",
        "ry",
        "fx",
        "fy",
        "width",
        "height",
        "points",
        "d",
        "offset",
        "startOffset",
    ]
)
_PLAIN: Final = re.compile(r"[\w\s.,#%+()-]*")
_STARTS: Final = re.compile(r"\s*(?:[-+]?[\d.:]+\w*|[\w.-]+\.(?:begin|end)\b.*|)\s*")
_ENDLESS: Final = "indefinite"


def apply_smil(root: etree._Element) -> None:
    """Write the final values of SMIL animations as attributes."""
    by_id = {name: each for each in root.iter() if (name := each.get("id"))}
    for element in list(root.iter(*(f"{{*}}{name}" for name in ANIMATIONS))):
        href = element.get("href", "")
        target = by_id.get(href[1:]) if href.startswith("#") else element.getparent()
        if target is None or not _is_started(element) or not _is_kept(element):
            continue
        if etree.QName(element).localname == "animateMotion":
            _move_to_end(element, target)
        else:
            _set_end(element, target)


def _is_started(element: etree._Element) -> bool:
    parts = element.get("begin", "").split(";")
    return any(_STARTS.fullmatch(part) and part.strip() != _ENDLESS for part in parts)


def _is_endless(element: etree._Element) -> bool:
    return _ENDLESS in {element.get("repeatCount"), element.get("repeatDur")}


def _is_kept(element: etree._Element) -> bool:
    """Whether the animation still has an effect after its active duration."""
    has_no_end = element.get("dur") in {None, _ENDLESS} and element.get("end") is None
    return element.get("fill") == "freeze" or _is_endless(element) or has_no_end


def _set_end(element: etree._Element, target: etree._Element) -> None:
    name = element.get("attributeName", "").strip()
    is_transform = etree.QName(element).localname == "animateTransform"
    text = _end_value(element, name)
    if text is None or not _PLAIN.fullmatch(text):
        return
    if is_transform and name in {"transform", "gradientTransform", "patternTransform"}:
        function = f"{element.get('type', 'translate')}({text})"
        before = target.get(name, "") if element.get("additive") == "sum" else ""
        if _PLAIN.fullmatch(function):
            target.set(name, f"{before} {function}".strip())
    elif name in PROPERTIES - _GEOMETRY:
        value = _readable(name, parse_value(text))
        if value is not None:
            target.set(name, value)
    elif name in _GEOMETRY:
        target.set(name, text)


def _move_to_end(element: etree._Element, target: etree._Element) -> None:
    points = element.get("values", "").split(";") if element.get("values") else []
    points += [element.get(name, "") for name in ("from", "to") if not points]
    end = path_end(element.get("path") or "M" + "L".join(filter(str.strip, points)))
    if end is not None:
        move = f"translate({number_text(end[0])} {number_text(end[1])})"
        target.set("transform", f"{move} {target.get('transform', '')}".strip())


def _end_value(element: etree._Element, name: str) -> str | None:
    values = [part.strip() for part in element.get("values", "").split(";") if part.strip()]
    if not values:
        values = [part for part in (element.get("from"), element.get("to")) if part is not None]
        if element.get("to") is None:
            return None
    if element.get("dur") in {None, _ENDLESS} and etree.QName(element).localname != "set":
        return values[0]  # without a duration time stands still
    if _is_endless(element) and (name in ALPHAS or element.get("type") == "scale"):
        return max(values, key=_leading_number)
    return values[-1]


def _leading_number(text: str) -> float:
    match = re.match(r"\s*([-+]?[\d.]+)", text)
    try:
        return float(match[1]) if match else 0.0
    except ValueError:
        return 0.0


def _readable(name: str, tokens: Tokens) -> str | None:
    try:
        return None if has_variables(tokens) else value_text(name, tokens, BLACK)
    except ExternalReferenceError:
        return None


def apply_css_animations(
    computed: MutableMapping[etree._Element, dict[str, Tokens]], sheets: StyleSheets
) -> None:
    """Write the final values of CSS animations as attributes, transforms into ``computed``."""
    for element, values in computed.items():
        for declaration in _end_declarations(values, sheets):
            if declaration.name in COMPUTED_ONLY and not has_variables(declaration.value):
                values[declaration.name] = declaration.value
            elif declaration.name in PROPERTIES:
                text = _readable(declaration.name, declaration.value)
                if text is not None:
                    element.set(declaration.name, text)


def _end_declarations(values: dict[str, Tokens], sheets: StyleSheets) -> list[Declaration]:
    found: list[Declaration] = []
    for part in split_commas(values.get("animation") or values.get("animation-name") or []):
        words = _words(part) | {
            word
            for name, tokens in values.items()
            if name.startswith("animation-")
            for word in _words(tokens)
        }
        names = [str(getattr(token, "value", "")) for token in part]
        names += [str(getattr(each, "value", "")) for each in values.get("animation-name", [])]
        name = next((name for name in names if name in sheets.keyframes), None)
        if name is not None:
            found += _final_frame(sheets.keyframes[name], words, _iterations(part))
    return found


def _words(tokens: Tokens) -> set[str]:
    return {word for token in tokens if (word := getattr(token, "lower_value", ""))}


def _iterations(tokens: Tokens) -> float:
    return next((each.value for each in without_space(tokens) if each.type == "number"), 1.0)


def _final_frame(
    frames: list[tuple[float, list[Declaration]]], words: set[str], n_iterations: float
) -> list[Declaration]:
    is_endless = "infinite" in words
    if not is_endless and not words & {"forwards", "both"}:
        return []
    is_even = not is_endless and n_iterations % 2 == 0
    ends_at_start = (
        "reverse" in words
        or ("alternate" in words and is_even)
        or ("alternate-reverse" in words and not is_even)
    )
    end = 0.0 if ends_at_start else 1.0
    declarations = [each for at, frame in frames if at == end for each in frame]
    alphas = [each for _, frame in frames for each in frame if each.name == "opacity"]
    if is_endless and alphas:
        declarations.append(max(alphas, key=lambda each: getattr(each.value[0], "value", 0.0)))
    return declarations
