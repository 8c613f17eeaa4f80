"""Style rules of a web page that apply to an inline SVG, as a style sheet inside of the SVG."""

from typing import Final

import cssselect2
import tinycss2
from cssselect2 import ElementWrapper, SelectorError
from lxml import etree

from clustering.pipeline.errors import ImageError
from clustering.pipeline.imaging.css_sheets import StyleRule, parse_sheets

MAX_CSS_CHARS: Final = 500_000
MAX_MATCHES: Final = 500_000
"""Selectors times elements."""
MAX_KEPT_CHARS: Final = 50_000
SVG_NAMESPACE: Final = "http://www.w3.org/2000/svg"
VIEWPORT: Final = (1280.0, 720.0)


def with_page_styles(document: bytes, css: str) -> bytes:
    """Return an SVG document with those rules of the page that match an element in it.

    Ancestors outside of the SVG are unknown: rules that need them do not match. The document is
    returned as it is if nothing matches or the styles are too large.

    Args:
        document: well-formed SVG, as built from the page.
        css: style sheets of the page, in order.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(document, parser)
        sheets = parse_sheets([css[:MAX_CSS_CHARS]], VIEWPORT)
    except (etree.XMLSyntaxError, ImageError, RecursionError):
        return document
    elements = list(ElementWrapper.from_xml_root(root).iter_subtree())
    if sheets.n_selectors * len(elements) > MAX_MATCHES:
        return document
    text = "\n".join(_text(rule) for rule in sheets.rules if _matches(rule, elements))
    if not text or len(text) > MAX_KEPT_CHARS:
        return document
    style = etree.Element(f"{{{SVG_NAMESPACE}}}style")
    style.text = text
    root.insert(0, style)
    return etree.tostring(root)


def _matches(rule: StyleRule, elements: list[ElementWrapper]) -> bool:
    try:
        selectors = cssselect2.compile_selector_list(rule.selectors)
    except (SelectorError, NotImplementedError, RecursionError, MemoryError, SyntaxError):
        return False
    tests = [each.test for each in selectors if each.pseudo_element is None]
    return any(test(element) for element in elements for test in tests)


def _text(rule: StyleRule) -> str:
    declarations = ";".join(
        f"{each.name}:{tinycss2.serialize(each.value)}{' !important' * each.is_important}"
        for each in rule.declarations
    )
    return f"{rule.selectors}{{{declarations}}}"
