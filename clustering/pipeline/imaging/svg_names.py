"""Allow-listed SVG names by lower case: HTML parsers lower-case inline SVG."""

from typing import Final

_PRIMITIVES: Final = (
    "feBlend feColorMatrix feComponentTransfer feComposite feDropShadow feFlood feGaussianBlur "
    "feMerge feOffset feTile"
)
_SHAPES: Final = "circle ellipse image line path polygon polyline rect text textPath tspan"
TEXT_ELEMENTS: Final = frozenset(["text", "tspan", "textPath", "style"])

_ELEMENTS: Final = (
    "a circle clipPath defs ellipse feFuncA feFuncB feFuncG feFuncR feMergeNode filter g image "
    "line linearGradient marker mask path pattern polygon polyline radialGradient rect stop style "
    "svg switch symbol text textPath tspan use"
)
_MIXED_CASE_ATTRIBUTES: Final = (
    "attributeName clipPathUnits filterUnits gradientTransform gradientUnits lengthAdjust "
    "markerHeight markerUnits markerWidth maskContentUnits maskUnits patternContentUnits "
    "pathLength patternTransform patternUnits preserveAspectRatio primitiveUnits refX refY "
    "repeatCount repeatDur requiredExtensions requiredFeatures spreadMethod startOffset "
    "stdDeviation systemLanguage tableValues textLength viewBox"
)

PRIMITIVES: Final = frozenset(_PRIMITIVES.split())
SHAPES: Final = frozenset(_SHAPES.split())
ANIMATIONS: Final = frozenset(
    ["animate", "animateColor", "animateMotion", "animateTransform", "set"]
)
"""Resolved before rendering."""
ELEMENTS: Final = {name.lower(): name for name in [*_ELEMENTS.split(), *PRIMITIVES, *ANIMATIONS]}
ATTRIBUTES: Final = {name.lower(): name for name in _MIXED_CASE_ATTRIBUTES.split()}
