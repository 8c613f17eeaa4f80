"""SVG sanitiser: allow-listed elements, no external references, bounded size.

No renderer is safe on hostile SVG: resvg reads local images, overflows its stack on nested groups
and allocates gigabytes for a 5 kB nest of masks. Only what a static logo needs passes.
"""

import re
from base64 import b64decode, b64encode
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from math import ceil, sqrt
from typing import Final
from urllib.parse import unquote_to_bytes
from xml.parsers import expat

from lxml import etree
from PIL import Image

from clustering.pipeline.errors import ImageError
from clustering.pipeline.imaging.css_backgrounds import background, painted
from clustering.pipeline.imaging.css_sheets import parse_declarations
from clustering.pipeline.imaging.decoding import SVG, decode_raster, sniff
from clustering.pipeline.imaging.normalising import encode_png
from clustering.pipeline.imaging.svg_names import ATTRIBUTES, ELEMENTS, PRIMITIVES, TEXT_ELEMENTS
from clustering.pipeline.imaging.svg_properties import plain_id

SVG_NAMESPACE: Final = "http://www.w3.org/2000/svg"
MAX_DEPTH: Final = 64
MAX_ELEMENTS: Final = 20_000
MAX_ATTRIBUTES: Final = 250  # of one element: expat's duplicate check is quadratic
MAX_ENTITIES: Final = 500  # Illustrator declares namespaces and styles as entities
MAX_ENTITY_CHARS: Final = 4_096
MAX_ENTITIES_CHARS: Final = 65_536
MAX_DEFAULTS: Final = 20  # attributes with default values
MAX_DEFAULT_CHARS: Final = 256
MAX_CONTENT_CHARS: Final = 4 << 20
MAX_TEXT_CHARS: Final = 20_000  # rendered text; glyphs are expensive
MAX_PRIMITIVES: Final = 25
MAX_DEVIATION: Final = 1_000.0
MAX_NUMBERS: Final = {"numOctaves": 8.0, "order": 9.0, "radius": 1_000.0, "scale": 1e6, "z": 1e6}
"""Of steps of filters; one with more is dropped, as its time grows with them."""
MAX_IMAGES: Final = 16
MAX_IMAGE_PIXELS: Final = 16_000_000
MAX_KEPT_IMAGE_PIXELS: Final = 4_000_000  # larger ones are scaled: a drawing shows less
MAX_PAINTED_PX: Final = 256  # of backgrounds

# The stubs lack the default namespace.
_NAMESPACES: Final[dict[str, str]] = {None: SVG_NAMESPACE}  # type: ignore[dict-item]
_URL: Final = re.compile(r"url\(\s*(?:'([^']*)'|\"([^\"]*)\"|([^()]*?))\s*\)", re.IGNORECASE)
_XML_SPACE: Final = "{http://www.w3.org/XML/1998/namespace}space"
_DATA_URI: Final = re.compile(r"\s*data:([\w.+/-]*)((?:;[^,;]*)*),", re.IGNORECASE)
_PLACEHOLDER_NAME: Final = re.compile(r"[A-Za-z]\w{0,40}", re.ASCII)

_FOREIGN: Final = " foreign-object "

Embed = Callable[[bytes], Image.Image | None]
"""Renders an SVG inside of an SVG; None if it may not be drawn."""


def sanitise(data: bytes, embed: Embed = lambda _: None) -> etree._Element:
    """Parse an SVG and return its safe subset.

    Style sheets are kept as they are: ``normalise_svg`` resolves and checks them. The rendering
    cost is not checked yet, as it depends on the styles.

    Raises:
        ImageError: ``bad_image`` if it is damaged or too large.
    """
    builder = _Builder(embed)
    markup = data.removeprefix(BOM_UTF8).lstrip()
    try:
        builder.parser.Parse(markup, True)  # noqa: FBT003 - has no keyword
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise ImageError("bad_image", f"the SVG is damaged: {error}") from error
    if builder.root is None:
        raise ImageError("bad_image", "the SVG holds no svg element")
    return builder.root


class _Builder:
    """Builds the tree from expat events; dropped elements take their content with them."""

    def __init__(self, embed: Embed) -> None:
        self._embed = embed
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
        self._n_entities = 0
        self._n_entities_chars = 0
        self._n_defaults = 0
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
        self._open.pop()

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
        if local.lower() == "foreignobject":
            return self._foreign_object(attributes)
        if known == "svg" and self._open[-1].get("class") == _FOREIGN:
            _open_foreign_object(self._open[-1])
        foreign = attributes.get("xmlns", SVG_NAMESPACE) != SVG_NAMESPACE
        if known is None or foreign or prefix not in {"", "svg", self._prefix}:
            self._add_placeholder(local)
            self._paint_foreign_object(attributes.get("style", ""))
            return None
        if known == "a" and etree.QName(self._open[-1]).localname in TEXT_ELEMENTS:
            known = "tspan"  # renderers drop the letters of links
        return self._child(known, attributes)

    def _foreign_object(self, attributes: Mapping[str, str]) -> etree._Element | None:
        """Return a box for the background of the HTML inside, such as Figma's conic gradients."""
        kept = ("x", "y", "width", "height", "requiredExtensions")
        box = {name: attributes[name] for name in kept if name in attributes}
        return self._child("rect", {**box, "fill": "none", "class": _FOREIGN})

    def _paint_foreign_object(self, style: str) -> None:
        parent = self._open[-1]
        if parent.get("class") != _FOREIGN or parent.get("href") or not style:
            return
        found = background({one.name: one.value for one in parse_declarations(style)})
        if found is None:
            return
        self._n_images += 1
        if self._n_images > MAX_IMAGES:
            raise ImageError("bad_image", f"the SVG has more than {MAX_IMAGES} images")
        parent.tag = _tag("image")
        parent.set("preserveAspectRatio", "none")
        parent.set("href", _png_uri(painted(found, _pixels(parent))))

    def _add_placeholder(self, name: str) -> None:
        """Keep the place of a dropped element, for selectors such as ``:nth-child()``."""
        parent = self._open[-1]
        if etree.QName(parent).localname not in TEXT_ELEMENTS and name.lower() not in ELEMENTS:
            is_plain = _PLACEHOLDER_NAME.fullmatch(name) is not None
            etree.SubElement(parent, _tag(name if is_plain else "unknown"))

    def _child(self, name: str, attributes: Mapping[str, str]) -> etree._Element | None:
        parent = self._open[-1]
        if name in PRIMITIVES and len(parent) >= MAX_PRIMITIVES:
            raise ImageError("bad_image", f"a filter has more than {MAX_PRIMITIVES} steps")
        element = etree.SubElement(parent, _tag(name))
        self._set_attributes(element, attributes)
        is_missing = element.tag in _IMAGES and element.get("href") is None
        if is_missing or (name.startswith("fe") and _is_excessive(element)):
            parent.remove(element)
            return None
        return element

    def _set_attributes(self, element: etree._Element, attributes: Mapping[str, str]) -> None:
        if len(attributes) > MAX_ATTRIBUTES:
            raise ImageError("bad_image", f"an element has more than {MAX_ATTRIBUTES} attributes")
        hrefs = [name for name in attributes if name.rpartition(":")[2] == "href"]
        if hrefs:  # with any prefix, as files name xlink as they like
            self._set_href(element, attributes[min(hrefs, key=len)])
        if attributes.get("xml:space") == "preserve":
            element.set(_XML_SPACE, "preserve")
        for name, value in attributes.items():
            prefix, _, local = name.rpartition(":")
            if local == "href":
                continue
            if prefix == "" and not local.lower().startswith(("on", "xmlns")):
                _set_plain(element, ATTRIBUTES.get(local.lower(), local), value)

    def _set_href(self, element: etree._Element, value: str) -> None:
        if element.tag in _IMAGES:
            self._n_images += 1
            if self._n_images > MAX_IMAGES:
                raise ImageError("bad_image", f"the SVG has more than {MAX_IMAGES} images")
            value = reencode_data_uri(value, self._embed)
        elif value.strip().startswith("#"):
            value = "#" + plain_id(value.strip()[1:])
        else:
            return
        if value:
            element.set("href", value)

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
        self._n_entities += 1
        self._n_entities_chars += len(value)
        if (
            self._n_entities > MAX_ENTITIES
            or len(value) > MAX_ENTITY_CHARS
            or self._n_entities_chars > MAX_ENTITIES_CHARS
        ):
            raise ImageError("bad_image", "the SVG declares too many or too long entities")

    def _declare_attribute(
        self, _element: str, _attribute: str, _kind: str, default: str | None, _required: int
    ) -> None:
        self._n_defaults += 1
        if self._n_defaults > MAX_DEFAULTS or len(default or "") > MAX_DEFAULT_CHARS:
            raise ImageError("bad_image", "the SVG declares too many or too long attributes")


def _open_foreign_object(box: etree._Element) -> None:
    """Draw the SVG inside: the box becomes one that holds it."""
    box.tag = _tag("svg")
    for name in ("fill", "class"):
        box.attrib.pop(name, "")


def reencode_data_uri(uri: str, embed: Embed = lambda _: None) -> str:
    """Decode an embedded image with our decoder and encode it as PNG; "" if that fails."""
    head = _DATA_URI.match(uri)
    if head is None:
        return ""
    try:
        image = _embedded(head[1].lower(), _data_uri_bytes(head[2], uri[head.end() :]), embed)
    except (ImageError, ValueError, KeyError):
        return ""
    if image is None:
        return ""
    excess = image.width * image.height / MAX_KEPT_IMAGE_PIXELS
    if excess > 1:
        image = image.reduce(ceil(sqrt(excess)))
    return _png_uri(image)


def _png_uri(image: Image.Image) -> str:
    return "data:image/png;base64," + b64encode(encode_png(image)).decode()


def _pixels(box: etree._Element) -> tuple[int, int]:
    """Return a size of at most ``MAX_PAINTED_PX`` a side with the shape of a box."""
    try:
        width, height = (float(box.get(name, "1").rstrip("%px")) for name in ("width", "height"))
        shares = (width / max(width, height), height / max(width, height))
    except (ValueError, ZeroDivisionError):
        shares = (1.0, 1.0)
    across, down = (round(MAX_PAINTED_PX * min(max(share, 0.01), 1.0)) for share in shares)
    return across, down


def _data_uri_bytes(parameters: str, text: str) -> bytes:
    data = unquote_to_bytes(text)
    if not parameters.lower().replace(" ", "").endswith(";base64"):
        return data
    data = b"".join(data.split())
    return b64decode(data + b"=" * (-len(data) % 4))


def _embedded(media_type: str, data: bytes, embed: Embed) -> Image.Image | None:
    source = sniff(data)
    if source.media_type != SVG:
        return decode_raster(source, MAX_IMAGE_PIXELS)
    return embed(source.data) if media_type == SVG else None


def _local_url(match: re.Match[str]) -> str:
    """Return the reference, or one that leads nowhere, so that the fallback behind it counts."""
    target = next(filter(None, match.groups()), "").strip()
    return f"url(#{plain_id(target[1:])})" if target.startswith("#") else "url(#-)"


def _set_plain(element: etree._Element, name: str, value: str) -> None:
    if name == "id":
        value = plain_id(value)
    elif name == "stdDeviation":
        value = _bounded_deviation(value)
    elif name != "style" and "url(" in value.lower():
        # An escape could hide a reference.
        value = "" if "\\" in value else _URL.sub(_local_url, value)
    element.set(name, value if name == "class" else value.strip())


def _is_excessive(step: etree._Element) -> bool:
    """Whether a number of a step of a filter is above its limit, or none."""
    try:
        return any(
            abs(float(part)) > limit
            for name, limit in MAX_NUMBERS.items()
            for part in step.get(name, "").replace(",", " ").split()
        )
    except ValueError:
        return True


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


_IMAGES: Final = frozenset([_tag("image"), _tag("feImage")])
