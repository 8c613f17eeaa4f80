"""Resolve what browsers compute before they draw an SVG: styles, animations, conditions."""

import re
from collections.abc import Mapping
from typing import Final

from lxml import etree

from clustering.pipeline.errors import ImageError
from clustering.pipeline.imaging.css_backgrounds import background
from clustering.pipeline.imaging.css_values import Token, Tokens, number_text
from clustering.pipeline.imaging.svg_animations import apply_css_animations, apply_smil
from clustering.pipeline.imaging.svg_boxes import Boxes
from clustering.pipeline.imaging.svg_clips import apply_clips
from clustering.pipeline.imaging.svg_names import ANIMATIONS, ELEMENTS
from clustering.pipeline.imaging.svg_properties import CONTEXT_PAINTS, PAINTS
from clustering.pipeline.imaging.svg_strokes import apply_strokes
from clustering.pipeline.imaging.svg_styles import apply_styles
from clustering.pipeline.imaging.svg_transforms import apply_transforms
from clustering.pipeline.imaging.svg_uses import inline_uses

_PIXELATED: Final = frozenset(["pixelated", "crisp-edges"])
_ZERO: Final = re.compile(r"[-+]?0*\.?0+(?:px|%)?")
_QUOTES: Final = str.maketrans("", "", "\"'")
LANGUAGE: Final = "en"
_LETTERS: Final = {"uppercase": str.upper, "lowercase": str.lower, "capitalize": str.title}
MAX_OUTLINE_SHARE: Final = 0.02  # of the longer side


def normalise_svg(root: etree._Element, size: tuple[float, float]) -> Token | None:
    """Reduce a sanitised SVG to the static subset that renderers implement; in place.

    Args:
        root: the document, with its style sheets.
        size: of the viewport in px, for media queries and percentages.

    Returns:
        The CSS background of the root element, which covers the whole canvas.

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
    _transform_letters(computed)
    _resolve_conditions(root)
    _drop_undrawn(root)
    _unify_references(root)
    _remove_missing_filters(root)
    _bound_outlines(root, max(size))
    _remove_helpers(root)
    return background(computed.get(root, {}))


def _transform_letters(computed: Mapping[etree._Element, Mapping[str, Tokens]]) -> None:
    """Apply ``text-transform``, from outer to inner elements."""
    for element, values in computed.items():
        for token in values.get("text-transform", []):
            change = _LETTERS.get(getattr(token, "lower_value", ""), str)
            for each in element.iter("{*}text", "{*}tspan", "{*}textPath"):
                each.text = change(each.text or "")
                for child in each:
                    child.tail = change(child.tail or "")


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


def _drop_undrawn(root: etree._Element) -> None:
    """Drop inner SVGs without an area; name the scaling of images as renderers do."""
    for element in list(root.iter()):
        parent = element.getparent()
        if _local(element) == "svg" and parent is not None and _has_no_area(element):
            _remove(element, parent)
        if element.get("image-rendering") in _PIXELATED:
            element.set("image-rendering", "optimizeSpeed")


def _has_no_area(element: etree._Element) -> bool:
    return any(_ZERO.fullmatch(element.get(name, "").strip()) for name in ("width", "height"))


def _is_met(element: etree._Element) -> bool:
    languages = element.get("systemLanguage")
    if element.get("requiredExtensions"):
        return False
    return languages is None or any(
        each.strip().lower().partition("-")[0] == LANGUAGE for each in languages.split(",")
    )


def _unify_references(root: etree._Element) -> None:
    """Keep the first of equal ids, as browsers do; drop context paint where it multiplies the
    drawing of patterns, which the cost model does not see.
    """
    seen: set[str] = set()
    has_patterns = next(root.iter("{*}pattern"), None) is not None
    for element in root.iter():
        name = element.get("id")
        if name in seen:
            element.attrib.pop("id")
        elif name:
            seen.add(name)
        for paint in PAINTS if has_patterns else ():
            if element.get(paint, "").strip() in CONTEXT_PAINTS:
                element.set(paint, "none")


def _remove_missing_filters(root: etree._Element) -> None:
    """Drop references to filters that are not there; renderers would hide the element."""
    known = {f"url(#{one.get('id')})" for one in root.iter("{*}filter")}
    for element in root.iter():
        value = "".join(element.get("filter", "").split()).translate(_QUOTES)
        if value.startswith("url(") and value.count("url(") == 1 and value not in known:
            element.attrib.pop("filter", "")


def _bound_outlines(root: etree._Element, side: float) -> None:
    """Limit the radius of outlines: the time of the step grows with its square."""
    for element in root.iter("{*}feMorphology"):
        parent = element.getparent()
        is_share = parent is not None and parent.get("primitiveUnits") == "objectBoundingBox"
        limit = MAX_OUTLINE_SHARE * (1.0 if is_share else side)
        try:
            radii = [min(float(each), limit) for each in element.get("radius", "0").split()]
        except ValueError:
            radii = []
        element.set("radius", " ".join(map(number_text, radii[:2])) or "0")


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
