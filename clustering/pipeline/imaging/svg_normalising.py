"""Resolve what browsers compute before they draw an SVG: styles, animations, conditions."""

from collections.abc import Mapping
from typing import Final

from lxml import etree

from clustering.pipeline.errors import ImageError
from clustering.pipeline.imaging.colour_spaces import Rgba
from clustering.pipeline.imaging.css_colours import parse_colour
from clustering.pipeline.imaging.css_values import Token, Tokens, without_space
from clustering.pipeline.imaging.svg_animations import apply_css_animations, apply_smil
from clustering.pipeline.imaging.svg_boxes import Boxes
from clustering.pipeline.imaging.svg_clips import apply_clips
from clustering.pipeline.imaging.svg_names import ANIMATIONS, ELEMENTS
from clustering.pipeline.imaging.svg_strokes import apply_strokes
from clustering.pipeline.imaging.svg_styles import apply_styles
from clustering.pipeline.imaging.svg_transforms import apply_transforms
from clustering.pipeline.imaging.svg_uses import inline_uses

_QUOTES: Final = str.maketrans("", "", "\"'")
LANGUAGE: Final = "en"


def normalise_svg(root: etree._Element, size: tuple[float, float]) -> Rgba | None:
    """Reduce a sanitised SVG to the static subset that renderers implement; in place.

    Args:
        root: the document, with its style sheets.
        size: of the viewport in px, for media queries and percentages.

    Returns:
        The CSS background colour of the root element, which covers the whole canvas.

    Raises:
        ImageError: ``bad_image`` if the styles are too expensive.
    """
    try:
        inline_uses(root)
        computed, sheets = apply_styles(root, size)
        apply_css_animations(computed, sheets)
        apply_smil(root)
        apply_transforms(root, computed, size)
        apply_clips(root, Boxes(root, size))
        apply_strokes(root)
    except RecursionError as error:
        raise ImageError("bad_image", "the styles of the SVG are nested too deeply") from error
    _resolve_conditions(root)
    _remove_missing_filters(root)
    _remove_helpers(root)
    return background(computed.get(root, {}))


def _resolve_conditions(root: etree._Element) -> None:
    """Keep the chosen child of each ``switch``, and drop elements in other languages."""
    for switch in list(root.iter("{*}switch")):
        drawn = [child for child in switch if _local(child) in ELEMENTS.values()]
        chosen = next((child for child in drawn if _is_met(child)), None)
        for child in drawn:
            if child is not chosen:
                switch.remove(child)
    for element in list(root.iter()):
        parent = element.getparent()
        if parent is not None and not _is_met(element):
            _remove(element, parent)
        for name in ("systemLanguage", "requiredExtensions", "requiredFeatures"):
            element.attrib.pop(name, "")


def _is_met(element: etree._Element) -> bool:
    languages = element.get("systemLanguage")
    if element.get("requiredExtensions"):
        return False
    return languages is None or any(
        each.strip().lower().partition("-")[0] == LANGUAGE for each in languages.split(",")
    )


def _remove_missing_filters(root: etree._Element) -> None:
    """Drop references to filters that are not there; renderers would hide the element."""
    known = {f"url(#{one.get('id')})" for one in root.iter("{*}filter")}
    for element in root.iter():
        value = "".join(element.get("filter", "").split()).translate(_QUOTES)
        if value.startswith("url(") and value.count("url(") == 1 and value not in known:
            element.attrib.pop("filter", "")


def _remove_helpers(root: etree._Element) -> None:
    """Remove what only selectors, animations and conditions needed."""
    known = frozenset(ELEMENTS.values()) - ANIMATIONS - {"style"}
    for element in list(root.iter()):
        parent = element.getparent()
        if parent is not None and _local(element) not in known:
            _remove(element, parent)


def _remove(element: etree._Element, parent: etree._Element) -> None:
    """Remove an element, but keep the text after it."""
    before = element.getprevious()
    if element.tail and before is not None:
        before.tail = (before.tail or "") + element.tail
    elif element.tail:
        parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname


def _mean_colour(token: Token) -> Rgba | None:
    """Return the mean of the colours of a gradient."""
    if token.type != "function" or not token.lower_name.endswith("gradient"):
        return None
    stops = [colour for one in token.arguments if (colour := parse_colour(one)) is not None]
    if not stops:
        return None
    return Rgba(*(sum(channel) / len(stops) for channel in zip(*stops, strict=True)))


def background(values: Mapping[str, Tokens]) -> Rgba | None:
    """Return the colour of CSS declarations of a background; of a gradient, its mean."""
    for name in ("background-color", "background"):
        for token in reversed(without_space(values.get(name, []))):
            colour = parse_colour(token) or _mean_colour(token)
            if colour is not None and colour.alpha > 0:
                return colour
    return None
