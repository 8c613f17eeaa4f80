"""Serialises an inline <svg> as a document: restores names, includes used symbols."""

import re
from typing import Final

from lxml import etree
from lxml.html import HtmlElement

from clustering.pipeline.errors import ImageError
from clustering.pipeline.finders.markup import parse, read

SVG: Final = "http://www.w3.org/2000/svg"
XLINK: Final = "http://www.w3.org/1999/xlink"
MAX_BYTES: Final = 512 << 10
MAX_ELEMENTS: Final = 4000
MAX_DEPTH: Final = 60
# HTML parsers write names in lower case; SVG is case-sensitive (HTML standard, 13.2.6.5).
_NAMES = """
    altGlyph animateColor animateMotion animateTransform clipPath feBlend feColorMatrix
    feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap
    feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feImage
    feMerge feMergeNode feMorphology feOffset fePointLight feSpecularLighting feSpotLight feTile
    feTurbulence foreignObject glyphRef linearGradient radialGradient textPath
    attributeName baseFrequency clipPathUnits diffuseConstant edgeMode filterUnits
    gradientTransform gradientUnits kernelMatrix kernelUnitLength keyPoints lengthAdjust
    markerHeight markerUnits markerWidth maskContentUnits maskUnits numOctaves pathLength
    patternContentUnits patternTransform patternUnits preserveAlpha preserveAspectRatio
    primitiveUnits refX refY repeatCount specularConstant specularExponent spreadMethod startOffset
    stdDeviation stitchTiles surfaceScale systemLanguage tableValues targetX targetY textLength
    viewBox xChannelSelector yChannelSelector
"""
NAMES: Final = {name.lower(): name for name in _NAMES.split()}
FILL_CLASS: Final = re.compile(r"(?:^|\s)fill-(?!none)")  # utility classes override fill=""
PAINTS: Final = frozenset({"fill", "stroke", "style"})
DROPPED: Final = frozenset({"script", "foreignobject", "iframe", "noscript", "img"})


def document(svg: HtmlElement, symbols: list[HtmlElement], css: str = "") -> bytes:
    """Return ``svg`` with ``symbols`` in its <defs> as an SVG document, empty if invalid.

    ``css`` holds the page's rules for it. Elsewhere ``currentColor`` becomes black: the text
    colour is in linked style sheets only.
    """
    budget = _Budget(MAX_ELEMENTS)
    try:
        text = etree.tostring(_copied(svg, symbols, css, budget))
    except ValueError:  # control characters are valid in HTML, not in XML
        return b""
    return text if budget.is_kept and len(text) <= MAX_BYTES else b""


def symbol_document(sheet: bytes, name: str) -> bytes:
    """Return one symbol of a sheet as an SVG document.

    Raises:
        ImageError: ``bad_image`` if the sheet has no such symbol.
    """
    for element in parse(read(sheet).utf8).iter("symbol", "svg", "g"):
        if element.get("id") == name:
            return document(element, [])
    raise ImageError("bad_image", "the referenced symbol is not in the file")


def _copied(
    svg: HtmlElement, symbols: list[HtmlElement], css: str, budget: "_Budget"
) -> etree._Element:
    root = etree.Element(
        f"{{{SVG}}}svg",
        nsmap={None: SVG, "xlink": XLINK},  # type: ignore[dict-item]  # stubs want names only
    )
    _copy_attributes(svg, root)
    root.set("color", "#000000")
    if css:
        etree.SubElement(root, f"{{{SVG}}}style").text = css
    if symbols:
        definitions = etree.SubElement(root, f"{{{SVG}}}defs")
        for symbol in symbols:
            _copy(symbol, definitions, budget)
    root.text = svg.text
    for child in svg:
        _copy(child, root, budget)
    is_classed = FILL_CLASS.search(root.get("class") or "") is not None
    if root.get("fill") == "none" and (is_classed or not _is_painted(root)):
        del root.attrib["fill"]  # a style sheet of the page sets the colour
    return root


def _is_painted(root: etree._Element) -> bool:
    """Return whether a descendant has a colour."""
    inside = list(root.iterdescendants())
    return any(PAINTS & set(one.attrib) or one.tag == f"{{{SVG}}}style" for one in inside)


class _Budget:
    """Number of elements that may still be copied."""

    def __init__(self, n_left: int) -> None:
        self.n_left = n_left

    @property
    def is_kept(self) -> bool:
        return self.n_left > 0


def _copy(source: HtmlElement, parent: etree._Element, budget: _Budget, depth: int = 0) -> None:
    name = str(source.tag).rpartition(":")[2]
    budget.n_left -= 1
    is_element = isinstance(source.tag, str) and name.isidentifier()
    if not is_element or name in DROPPED or depth > MAX_DEPTH or not budget.is_kept:
        return
    target = etree.SubElement(parent, f"{{{SVG}}}{NAMES.get(name, name)}")
    _copy_attributes(source, target)
    target.text = source.text
    target.tail = source.tail
    for child in source:
        _copy(child, target, budget, depth + 1)


def _copy_attributes(source: HtmlElement, target: etree._Element) -> None:
    for name, value in source.attrib.items():
        key = str(name)
        if key in {"xlink:href", "href"}:
            target.set(f"{{{XLINK}}}href", value)
        elif key == "xmlns":
            continue  # every element has it already
        elif key.replace("-", "").replace("_", "").isidentifier() and not key.startswith("on"):
            target.set(NAMES.get(key, key), value.replace("currentcolor", "currentColor"))
