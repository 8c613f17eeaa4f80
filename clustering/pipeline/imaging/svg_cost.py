"""Estimate the rendering cost of an SVG with all references resolved, and refuse bombs.

Size, depth and counts are not enough: ten masks that each use the previous one ten times are 5 kB.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from lxml import etree

from clustering.pipeline.errors import ImageError
from clustering.pipeline.imaging.svg_names import PRIMITIVES, SHAPES

MAX_COST: Final = 50_000
MAX_CHAIN: Final = 200
"""Longest path through children and references; renderers recurse along it."""
LAYER_COST: Final = 20  # masks, clips and group opacity need an off-screen canvas
PRIMITIVE_COST: Final = 100  # a filter primitive processes the whole canvas
CHARS_PER_VERTEX: Final = 2
CHARS_PER_COST: Final = 1_000  # of a path; glyphs cost more
LETTERS_PER_COST: Final = 10

_REFERENCE: Final = re.compile(r"url\(\s*['\"]?#([^()'\"\s]+)", re.IGNORECASE)
_LAYERS: Final = frozenset(["mask", "clip-path", "filter", "opacity"])
_STEPS: Final = PRIMITIVES | {"feMergeNode"}


def check_cost(root: etree._Element) -> None:
    """Refuse an SVG with reference cycles or too high a cost.

    Raises:
        ImageError: ``bad_image``.
    """
    _Cost(root).of(root, 0)


class _Weight(NamedTuple):
    """Totals of an element with its descendants and referenced elements."""

    cost: int
    n_shapes: int
    n_vertices: int


class _Cost:
    """Memoised weights by element; a reference costs as much as its target.

    Shapes inherit paint and markers from groups and ``<use>``: the pattern of a group is drawn for
    each shape in it, its marker at each vertex.
    """

    def __init__(self, root: etree._Element) -> None:
        self._by_id = {name: each for each in root.iter() if (name := each.get("id"))}
        self._weights: dict[etree._Element, _Weight] = {}
        self._open: set[etree._Element] = set()

    def of(self, element: etree._Element, depth: int) -> _Weight:
        """Weight of ``element`` including descendants and references."""
        if element in self._weights:
            return self._weights[element]
        if element in self._open:
            raise ImageError("bad_image", "the SVG refers to itself")
        if depth > MAX_CHAIN:
            raise ImageError("bad_image", "the SVG's references are too deep")
        self._open.add(element)
        parts = [self.of(each, depth + 1) for each in (*element, *self._href_target(element))]
        weight = _Weight(*map(sum, zip(_own_weight(element), *parts, strict=True)))
        cost = weight.cost
        for name in self._references(element):
            target = self._by_id.get(name)
            if target is not None:
                cost += self.of(target, depth + 1).cost * _instance_count(weight, target)
        if cost > MAX_COST:
            raise ImageError("bad_image", "the SVG would be drawn too many times")
        self._open.discard(element)
        self._weights[element] = weight._replace(cost=cost)
        return self._weights[element]

    def _href_target(self, element: etree._Element) -> list[etree._Element]:
        """Target of the ``href`` of ``element``: none or one."""
        href = element.get("href", "")
        target = self._by_id.get(href[1:]) if href.startswith("#") else None
        return [] if target is None else [target]

    def _references(self, element: etree._Element) -> list[str]:
        return [name for value in element.values() for name in _REFERENCE.findall(str(value))]


def _own_weight(element: etree._Element) -> _Weight:
    """Weight of ``element`` alone."""
    name = _name(element)
    if name in _STEPS:
        return _Weight(PRIMITIVE_COST, 0, 0)
    n_layers = sum(
        name in _LAYERS and value not in {"none", "1"} for name, value in element.attrib.items()
    )
    n_chars = len(element.get("d", "")) + len(element.get("points", ""))
    n_letters = 0 if name == "style" else sum(map(len, _texts(element)))
    cost = 1 + n_layers * LAYER_COST + n_chars // CHARS_PER_COST + n_letters // LETTERS_PER_COST
    return _Weight(cost, int(name in SHAPES), n_chars // CHARS_PER_VERTEX)


def _texts(element: etree._Element) -> Iterator[str]:
    yield element.text or ""
    yield from (child.tail or "" for child in element)


def _instance_count(weight: _Weight, target: etree._Element) -> int:
    """Number of times ``target`` is drawn for an element of weight ``weight``."""
    kind = _name(target)
    if kind == "marker":
        return 1 + weight.n_vertices
    return max(1, weight.n_shapes) if kind == "pattern" else 1


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname
