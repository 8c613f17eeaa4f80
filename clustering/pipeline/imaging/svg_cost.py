"""What an SVG would cost to draw, once every reference is followed: the wall against nests.

Sizes, depths and counts do not tell: ten masks that each use the one before ten times are 5 kB.
"""

import re
from collections import defaultdict
from typing import Final

from lxml import etree

from clustering.pipeline.errors import ImageError
from clustering.pipeline.imaging.svg_names import PRIMITIVES

MAX_COST: Final = 50_000
MAX_CHAIN: Final = 200
"""Elements on one way through children and references; renderers recurse along it."""
MAX_MATCHES: Final = 5_000_000
"""CSS rules times elements: each rule is tried on each element."""
LAYER_COST: Final = 20  # masks, clips and groups with opacity draw on a canvas of their own
PRIMITIVE_COST: Final = 100  # a filter step goes over the whole canvas
CHARS_PER_VERTEX: Final = 4

_REFERENCE: Final = re.compile(r"url\(\s*['\"]?#([^()'\"\s]+)", re.IGNORECASE)
_LAYERS: Final = frozenset(["mask", "clip-path", "filter", "opacity"])


def check_cost(root: etree._Element) -> None:
    """Refuse an SVG that refers to itself or would be drawn too many times.

    Raises:
        ImageError: ``bad_image``.
    """
    _Cost(root).of(root, 0)


class _Cost:
    """Costs by element, each computed once; a reference costs what it refers to."""

    def __init__(self, root: etree._Element) -> None:
        self._by_id = {name: each for each in root.iter() if (name := each.get("id"))}
        self._styled = _styled_references(root)
        self._known: dict[etree._Element, int] = {}
        self._open: set[etree._Element] = set()

    def of(self, element: etree._Element, depth: int) -> int:
        """Return the cost of ``element`` with all that it holds and refers to."""
        if element in self._known:
            return self._known[element]
        if element in self._open:
            raise ImageError("bad_image", "the SVG refers to itself")
        if depth > MAX_CHAIN:
            raise ImageError("bad_image", "the SVG's references are too deep")
        self._open.add(element)
        cost = self._own(element)
        for child in element:
            cost += self.of(child, depth + 1)
        for name in self._references(element):
            target = self._by_id.get(name)
            if target is not None:
                cost += self.of(target, depth + 1) * _n_drawn(element, target)
        if cost > MAX_COST:
            raise ImageError("bad_image", "the SVG would be drawn too many times")
        self._open.discard(element)
        self._known[element] = cost
        return cost

    def _own(self, element: etree._Element) -> int:
        if _name(element) in PRIMITIVES:
            return PRIMITIVE_COST
        n_layers = sum(name in _LAYERS for name in element.keys())  # noqa: SIM118 - attributes
        return 1 + n_layers * LAYER_COST

    def _references(self, element: etree._Element) -> list[str]:
        found = [name for value in element.values() for name in _REFERENCE.findall(str(value))]
        if (href := element.get("href", "")).startswith("#"):
            found.append(href[1:])
        for token in ["*", _name(element), "#" + element.get("id", "")]:
            found += self._styled.get(token, [])
        for token in element.get("class", "").split():
            found += self._styled.get("." + token, [])
        return found


def _n_drawn(element: etree._Element, target: etree._Element) -> int:
    """Markers are drawn at every vertex, everything else once."""
    if _name(target) != "marker":
        return 1
    return 1 + len(element.get("d", "") + element.get("points", "")) // CHARS_PER_VERTEX


def _styled_references(root: etree._Element) -> dict[str, list[str]]:
    """References that style sheets make, by the last simple selector; unclear ones are ``*``."""
    n_elements = sum(1 for _ in root.iter())
    n_rules = 0
    references: dict[str, list[str]] = defaultdict(list)
    for sheet in root.iter("{*}style"):
        for rule in (sheet.text or "").split("}"):
            selectors, _, declarations = rule.rpartition("{")
            n_rules += 1 + selectors.count(",")
            names = _REFERENCE.findall(declarations)
            for selector in selectors.split(",") if names else []:
                references[_token(selector)] += names
    if n_rules * n_elements > MAX_MATCHES:
        raise ImageError("bad_image", "the SVG has too many style rules")
    return references


def _token(selector: str) -> str:
    last = selector.split()[-1] if selector.split() else "*"
    return last if re.fullmatch(r"[.#]?[\w-]{1,200}", last) else "*"


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname
