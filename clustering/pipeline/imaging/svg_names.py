"""Allow-listed SVG names by lower case: HTML parsers lower-case inline SVG."""

from typing import Final

_PRIMITIVES: Final = (
    "feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting "
    "feDisplacementMap feDropShadow feFlood feGaussianBlur feImage feMerge feMorphology feOffset "
    "feSpecularLighting feTile feTurbulence"
)
_SHAPES: Final = "circle ellipse image line path polygon polyline rect text textPath tspan"
TEXT_ELEMENTS: Final = frozenset(["text", "tspan", "textPath", "style"])

_ELEMENTS: Final = (
    "a circle clipPath defs ellipse feDistantLight feFuncA feFuncB feFuncG feFuncR feMergeNode "
    "fePointLight feSpotLight filter g image line linearGradient marker mask path pattern "
    "polygon polyline radialGradient rect stop style svg switch symbol text textPath tspan use"
)
_MIXED_CASE_ATTRIBUTES: Final = (
    "attributeName baseFrequency clipPathUnits diffuseConstant edgeMode filterUnits "
    "gradientTransform gradientUnits kernelMatrix lengthAdjust limitingConeAngle markerHeight "
    "markerUnits markerWidth maskContentUnits maskUnits numOctaves pathLength "
    "patternContentUnits patternTransform patternUnits pointsAtX pointsAtY pointsAtZ "
    "preserveAlpha preserveAspectRatio primitiveUnits refX refY repeatCount repeatDur "
    "requiredExtensions requiredFeatures specularConstant specularExponent spreadMethod "
    "startOffset stdDeviation stitchTiles surfaceScale systemLanguage tableValues targetX targetY "
    "textLength viewBox xChannelSelector yChannelSelector"
)

PRIMITIVES: Final = frozenset(_PRIMITIVES.split())
SHAPES: Final = frozenset(_SHAPES.split())
ANIMATIONS: Final = frozenset(
    ["animate", "animateColor", "animateMotion", "animateTransform", "set"]
)
"""Resolved before rendering."""
ELEMENTS: Final = {name.lower(): name for name in [*_ELEMENTS.split(), *PRIMITIVES, *ANIMATIONS]}
ATTRIBUTES: Final = {name.lower(): name for name in _MIXED_CASE_ATTRIBUTES.split()}
