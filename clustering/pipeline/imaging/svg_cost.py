"""What an SVG would cost to draw, once every reference is followed: the wall against nests.

Sizes, depths and counts do not tell: ten masks that each use the one before ten times are 5 kB.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final, NamedTuple

from lxml import etree

from clustering.pipeline.errors import ImageError
from clustering.pipeline.imaging.svg_names import PRIMITIVES, SHAPES

MAX_COST: Final = 50_000
MAX_CHAIN: Final = 200
"""Elements on one way through children and references; renderers recurse along it."""
MAX_MATCHES: Final = 5_000_000
"""CSS rules times elements: each rule is tried on each element."""
LAYER_COST: Final = 20  # masks, clips and groups with opacity draw on a canvas of their own
PRIMITIVE_COST: Final = 100  # a filter step goes over the whole canvas
CHARS_PER_VERTEX: Final = 2
CHARS_PER_COST: Final = 1_000  # of a path; letters are dearer
LETTERS_PER_COST: Final = 10

_REFERENCE: Final = re.compile(r"url\(\s*['\"]?#([^()'\"\s]+)", re.IGNORECASE)
_LAYERS: Final = frozenset(["mask", "clip-path", "filter", "opacity"])
_STEPS: Final = PRIMITIVES | {"feMergeNode"}


def check_cost(root: etree._Element) -> None:
    """Refuse an SVG that refers to itself or would be drawn too many times.

    Raises:
        ImageError: ``bad_image``.
    """
    _Cost(root).of(root, 0)


class _Amount(NamedTuple):
    """What an element comes to, with all that it holds or uses."""

    cost: int
    n_shapes: int
    n_vertices: int


class _Cost:
    """Amounts by element, each computed once; a reference costs what it refers to.

    Shapes inherit the paint and the markers of the groups around them and of whatever uses
    them: a group's pattern is drawn for each shape, its marker at each vertex.
    """

    def __init__(self, root: etree._Element) -> None:
        self._by_id = {name: each for each in root.iter() if (name := each.get("id"))}
        self._styled = _styled_references(root)
        self._known: dict[etree._Element, _Amount] = {}
        self._open: set[etree._Element] = set()

    def of(self, element: etree._Element, depth: int) -> _Amount:
        """Return what ``element`` comes to, with all that it holds and refers to."""
        if element in self._known:
            return self._known[element]
        if element in self._open:
            raise ImageError("bad_image", "the SVG refers to itself")
        if depth > MAX_CHAIN:
            raise ImageError("bad_image", "the SVG's references are too deep")
        self._open.add(element)
        held = [self.of(each, depth + 1) for each in (*element, *self._used(element))]
        amount = _Amount(*map(sum, zip(_own(element), *held, strict=True)))
        cost = amount.cost
        for name in self._references(element):
            target = self._by_id.get(name)
            if target is not None:
                cost += self.of(target, depth + 1).cost * _n_drawn(amount, target)
        if cost > MAX_COST:
            raise ImageError("bad_image", "the SVG would be drawn too many times")
        self._open.discard(element)
        self._known[element] = amount._replace(cost=cost)
        return self._known[element]

    def _used(self, element: etree._Element) -> list[etree._Element]:
        """Return what ``element`` links to, none or one."""
        href = element.get("href", "")
        target = self._by_id.get(href[1:]) if href.startswith("#") else None
        return [] if target is None else [target]

    def _references(self, element: etree._Element) -> list[str]:
        found = [name for value in element.values() for name in _REFERENCE.findall(str(value))]
        for token in ["*", _name(element), "#" + element.get("id", "")]:
            found += self._styled.get(token, [])
        for token in element.get("class", "").split():
            found += self._styled.get("." + token, [])
        return found


def _own(element: etree._Element) -> _Amount:
    """Return what ``element`` comes to by itself."""
    name = _name(element)
    if name in _STEPS:
        return _Amount(PRIMITIVE_COST, 0, 0)
    n_layers = sum(each in _LAYERS for each in element.keys())  # noqa: SIM118 - attributes
    n_chars = len(element.get("d", "")) + len(element.get("points", ""))
    n_letters = 0 if name == "style" else sum(map(len, _texts(element)))
    cost = 1 + n_layers * LAYER_COST + n_chars // CHARS_PER_COST + n_letters // LETTERS_PER_COST
    return _Amount(cost, int(name in SHAPES), n_chars // CHARS_PER_VERTEX)


def _texts(element: etree._Element) -> Iterator[str]:
    yield element.text or ""
    yield from (child.tail or "" for child in element)


def _n_drawn(amount: _Amount, target: etree._Element) -> int:
    """Return how often what ``amount`` tells of draws ``target``."""
    kind = _name(target)
    if kind == "marker":
        return 1 + amount.n_vertices
    return max(1, amount.n_shapes) if kind == "pattern" else 1


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
