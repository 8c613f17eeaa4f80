"""SVG sanitiser: allow-listed elements, no external references, bounded rendering cost.

No renderer is safe on hostile SVG: resvg reads local images, overflows its stack on nested groups
and allocates gigabytes for a 5 kB nest of masks. Only what a static logo needs passes.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Final
from xml.parsers import expat

from lxml import etree

from clustering.pipeline.errors import ImageError
from clustering.pipeline.imaging.decoding import decode_raster, sniff
from clustering.pipeline.imaging.normalising import encode_png
from clustering.pipeline.imaging.svg_cost import check_cost
from clustering.pipeline.imaging.svg_names import ATTRIBUTES, ELEMENTS, PRIMITIVES, TEXT_ELEMENTS

SVG_NAMESPACE: Final = "http://www.w3.org/2000/svg"
MAX_DEPTH: Final = 64
MAX_ELEMENTS: Final = 20_000
MAX_ATTRIBUTES: Final = 250  # of one element: expat's duplicate check is quadratic
MAX_DECLARATIONS: Final = 20  # Illustrator declares its namespaces as entities
MAX_DECLARED_CHARS: Final = 256
MAX_CONTENT_CHARS: Final = 4 << 20
MAX_TEXT_CHARS: Final = 20_000  # rendered text; glyphs are expensive
MAX_PRIMITIVES: Final = 25
MAX_DEVIATION: Final = 1_000.0
MAX_IMAGES: Final = 16
MAX_IMAGE_PIXELS: Final = 4_000_000

# The stubs lack the default namespace.
_NAMESPACES: Final[dict[str, str]] = {None: SVG_NAMESPACE}  # type: ignore[dict-item]
_URL: Final = re.compile(r"url\(([^()]*)\)", re.IGNORECASE)
_AT_RULES: Final = re.compile(r"@import[^;]*;?|@font-face[^}]*\}?", re.IGNORECASE)
# Paint of the referencing element: it multiplies references, which the cost model does not see.
_CONTEXT_PAINT: Final = re.compile(r"context-(?:fill|stroke)", re.IGNORECASE)
_PLAIN_ID: Final = re.compile(r"[^\s'\"()]+")  # others are ambiguous in url()
_DATA_IMAGE: Final = re.compile(r"\s*data:image/(?:png|jpe?g|gif|webp);base64,", re.IGNORECASE)


def sanitise(data: bytes) -> etree._Element:
    """Parse an SVG and return its safe subset.

    Raises:
        ImageError: ``bad_image`` if it is damaged or too expensive to render.
    """
    builder = _Builder()
    try:
        builder.parser.Parse(data.lstrip(), True)  # noqa: FBT003 - has no keyword
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise ImageError("bad_image", f"the SVG is damaged: {error}") from error
    if builder.root is None:
        raise ImageError("bad_image", "the SVG holds no svg element")
    check_cost(builder.root)
    return builder.root


class _Builder:
    """Builds the tree from expat events; dropped elements take their content with them."""

    def __init__(self) -> None:
        self.root: etree._Element | None = None
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.EntityDeclHandler = self._declare_entity
        self.parser.AttlistDeclHandler = self._declare_attribute
        self._prefix = ""
        self._open: list[etree._Element] = []
        self._skipped_depth = 0
        self._n_elements = 0
        self._n_declarations = 0
        self._n_content_chars = 0
        self._n_text_chars = 0
        self._n_images = 0

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._n_elements += 1
        self._count_content(sum(map(len, attributes.values())))
        if len(self._open) + self._skipped_depth >= MAX_DEPTH:
            raise ImageError("bad_image", f"the SVG nests more than {MAX_DEPTH} elements")
        if self._n_elements > MAX_ELEMENTS:
            raise ImageError("bad_image", f"the SVG has more than {MAX_ELEMENTS} elements")
        element = None if self._skipped_depth else self._element(name, attributes)
        if element is None:
            self._skipped_depth += 1
        else:
            self._open.append(element)

    def _end(self, _name: str) -> None:
        if self._skipped_depth:
            self._skipped_depth -= 1
            return
        element = self._open.pop()
        if element.tag == _tag("style"):
            element.text = sanitise_css(element.text or "")

    def _text(self, text: str) -> None:
        self._count_content(len(text))
        if self._skipped_depth or not self._open:
            return
        element = self._open[-1]
        name = etree.QName(element).localname
        if name in TEXT_ELEMENTS:
            self._n_text_chars += len(text) if name != "style" else 0
            if self._n_text_chars > MAX_TEXT_CHARS:
                raise ImageError("bad_image", f"the SVG has over {MAX_TEXT_CHARS} letters")
            _append_text(element, text)

    def _count_content(self, n_chars: int) -> None:
        self._n_content_chars += n_chars
        if self._n_content_chars > MAX_CONTENT_CHARS:
            raise ImageError("bad_image", "the SVG's entities expand to too much")

    def _element(self, name: str, attributes: Mapping[str, str]) -> etree._Element | None:
        """Create the element in its parent; None if it is not allowed."""
        prefix, _, local = name.rpartition(":")
        if not self._open:
            self._prefix = prefix
            if self.root is not None or local.lower() != "svg":
                raise ImageError("bad_image", "the root element is not svg")
            self.root = etree.Element(_tag("svg"), nsmap=_NAMESPACES)
            self._set_attributes(self.root, attributes)
            return self.root
        known = ELEMENTS.get(local.lower())
        foreign = attributes.get("xmlns", SVG_NAMESPACE) != SVG_NAMESPACE
        if known is None or foreign or prefix not in {"", "svg", self._prefix}:
            return None
        return self._child(known, attributes)

    def _child(self, name: str, attributes: Mapping[str, str]) -> etree._Element | None:
        parent = self._open[-1]
        if name in PRIMITIVES and len(parent) >= MAX_PRIMITIVES:
            raise ImageError("bad_image", f"a filter has more than {MAX_PRIMITIVES} steps")
        element = etree.SubElement(parent, _tag(name))
        self._set_attributes(element, attributes)
        if name == "image" and element.get("href") is None:
            parent.remove(element)
            return None
        return element

    def _set_attributes(self, element: etree._Element, attributes: Mapping[str, str]) -> None:
        if len(attributes) > MAX_ATTRIBUTES:
            raise ImageError("bad_image", f"an element has more than {MAX_ATTRIBUTES} attributes")
        for name, value in attributes.items():
            prefix, _, local = name.rpartition(":")
            if local == "href" and prefix in {"", "xlink"}:
                self._set_href(element, value)
            elif prefix == "" and not local.lower().startswith(("on", "xmlns")):
                _set_plain(element, ATTRIBUTES.get(local.lower(), local), value)

    def _set_href(self, element: etree._Element, value: str) -> None:
        if element.tag == _tag("image"):
            self._n_images += 1
            if self._n_images > MAX_IMAGES:
                raise ImageError("bad_image", f"the SVG has more than {MAX_IMAGES} images")
            value = reencode_data_uri(value)
        elif not value.strip().startswith("#"):
            return
        if value:
            element.set("href", value.strip())

    def _declare_entity(
        self,
        _name: str,
        is_parameter: int,
        value: str | None,
        _base: str | None,
        _system: str | None,
        _public: str | None,
        _notation: str | None,
    ) -> None:
        if is_parameter or value is None or "&" in value or "<" in value:
            raise ImageError("bad_image", "the SVG declares entities that lead elsewhere")
        self._count_declaration(value)

    def _declare_attribute(
        self, _element: str, _attribute: str, _kind: str, default: str | None, _required: int
    ) -> None:
        self._count_declaration(default or "")

    def _count_declaration(self, value: str) -> None:
        self._n_declarations += 1
        if self._n_declarations > MAX_DECLARATIONS or len(value) > MAX_DECLARED_CHARS:
            raise ImageError("bad_image", "the SVG declares too many or too long entities")


def sanitise_css(css: str) -> str:
    """Remove external references; CSS with escapes is dropped, as they could hide references."""
    if "\\" in css:
        return ""
    return _CONTEXT_PAINT.sub("none", _URL.sub(_local_url, _AT_RULES.sub("", css)))


def reencode_data_uri(uri: str) -> str:
    """Decode an embedded image with our decoder and encode it as PNG; "" if that fails."""
    head = _DATA_IMAGE.match(uri)
    if head is None:
        return ""
    try:
        image = decode_raster(sniff(b64decode(uri[head.end() :])), MAX_IMAGE_PIXELS)
    except (ImageError, ValueError, KeyError):
        return ""
    return "data:image/png;base64," + b64encode(encode_png(image)).decode()


def _local_url(match: re.Match[str]) -> str:
    return match[0] if match[1].strip(" \t\r\n'\"").startswith("#") else "none"


def _set_plain(element: etree._Element, name: str, value: str) -> None:
    if name == "id" and not _PLAIN_ID.fullmatch(value):
        return
    if name == "stdDeviation":
        value = _bounded_deviation(value)
    elif name == "style" or "url(" in value.lower() or "context-" in value.lower():
        value = sanitise_css(value)
    element.set(name, value)


def _bounded_deviation(value: str) -> str:
    try:
        numbers = [min(float(part), MAX_DEVIATION) for part in value.replace(",", " ").split()]
    except ValueError:
        return "0"
    return " ".join(str(number) for number in numbers[:2])


def _append_text(element: etree._Element, text: str) -> None:
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def _tag(name: str) -> str:
    return f"{{{SVG_NAMESPACE}}}{name}"
