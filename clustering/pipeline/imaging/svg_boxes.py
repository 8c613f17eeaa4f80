"""Bounding boxes of SVG elements, for percentages and origins of ``transform-box: fill-box``."""

import math
import re
from typing import Any, Final, NamedTuple

from lxml import etree

from clustering.pipeline.imaging.css_values import InvalidValueError, number, parse_value

Matrix = tuple[float, float, float, float, float, float]
"""a, b, c, d, e, f of SVG's ``matrix()``."""

MAX_PATH_CHARS: Final = 100_000
MAX_DEPTH: Final = 100
_NUMBER: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?", re.IGNORECASE)


class Box(NamedTuple):
    """A rectangle in user units."""

    x: float
    y: float
    width: float
    height: float


def multiply(first: Matrix, second: Matrix) -> Matrix:
    """Return the matrix that applies ``second``, then ``first``."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = second
    return (
        a * g + c * h,
        b * g + d * h,
        a * i + c * j,
        b * i + d * j,
        a * k + c * m + e,
        b * k + d * m + f,
    )


class Boxes:
    """Memoised bounding boxes of the elements of a document."""

    def __init__(self, root: etree._Element, size: tuple[float, float]) -> None:
        self.size = size
        self._by_id = {name: each for each in root.iter() if (name := each.get("id"))}
        self._known: dict[etree._Element, Box | None] = {}

    def of(self, element: etree._Element, depth: int = 0) -> Box | None:
        """Return the box of an element in its own coordinates; None if it is unknown or empty."""
        if depth > MAX_DEPTH:
            return None
        if element not in self._known:
            self._known[element] = None  # ends cycles of references
            self._known[element] = self._measured(element, depth)
        return self._known[element]

    def before_placing(self, element: etree._Element) -> Box | None:
        """Return the box that clips refer to: ``x`` and ``y`` of a ``use`` move them too."""
        box = self.of(element)
        if box is None or etree.QName(element).localname != "use":
            return box
        x, y = self._x(element, "x"), self._y(element, "y")
        return box._replace(x=box.x - x, y=box.y - y)

    def _measured(self, element: etree._Element, depth: int) -> Box | None:
        name = etree.QName(element).localname
        if name == "path":
            return _path_box(element.get("d", ""))
        if name in {"polygon", "polyline"}:
            numbers = [float(each) for each in _NUMBER.findall(element.get("points", ""))]
            return _around(list(zip(numbers[::2], numbers[1::2], strict=False)))
        if name in {"rect", "image"}:
            x, y = self._x(element, "x"), self._y(element, "y")
            return Box(x, y, self._x(element, "width"), self._y(element, "height"))
        if name in {"circle", "ellipse"}:
            return self._ellipse(element)
        if name == "line":
            xs = [self._x(element, each) for each in ("x1", "x2")]
            ys = [self._y(element, each) for each in ("y1", "y2")]
            return _around(list(zip(xs, ys, strict=True)))
        if name == "use":
            target = self._by_id.get(element.get("href", "").removeprefix("#"))
            box = self._placed(target, depth) if target is not None else None
            x, y = self._x(element, "x"), self._y(element, "y")
            return box and Box(box.x + x, box.y + y, box.width, box.height)
        if name in {"g", "a", "svg", "symbol", "switch"}:
            boxes = [box for child in element if (box := self._placed(child, depth))]
            return _around([point for box in boxes for point in _corners(box)])
        return None

    def _ellipse(self, element: etree._Element) -> Box:
        across = self._x(element, "rx") or self._x(element, "r")
        down = self._y(element, "ry") or self._x(element, "r") or across
        across = across or down
        x, y = self._x(element, "cx"), self._y(element, "cy")
        return Box(x - across, y - down, 2 * across, 2 * down)

    def _placed(self, element: etree._Element, depth: int) -> Box | None:
        """Box of an element in the coordinates of its parent."""
        from clustering.pipeline.imaging.svg_transforms import parse_transform

        box = self.of(element, depth + 1)
        if box is None or not element.get("transform"):
            return box
        try:
            a, b, c, d, e, f = parse_transform(parse_value(element.get("transform", "")), box)
        except (InvalidValueError, IndexError, ZeroDivisionError):
            return box
        return _around([(a * x + c * y + e, b * x + d * y + f) for x, y in _corners(box)])

    def _x(self, element: etree._Element, name: str) -> float:
        return _length(element.get(name), self.size[0])

    def _y(self, element: etree._Element, name: str) -> float:
        return _length(element.get(name), self.size[1])


def _length(text: str | None, whole: float) -> float:
    tokens = parse_value((text or "")[:100])
    try:
        value, unit = number(tokens[0])
    except (InvalidValueError, IndexError):
        return 0.0
    return value * whole / 100 if unit == "%" else value


def _path_box(data: str) -> Box | None:
    from fontTools.pens.boundsPen import BoundsPen

    pen = BoundsPen(None)
    if not _drawn(data, pen) or pen.bounds is None or not all(map(math.isfinite, pen.bounds)):
        return None
    left, top, right, bottom = pen.bounds
    return Box(left, top, right - left, bottom - top)


def path_end(data: str) -> tuple[float, float] | None:
    """Return the last point of a path; None if it cannot be read."""
    from fontTools.pens.recordingPen import RecordingPen

    pen = RecordingPen()
    points = (
        [arguments[-1] for _, arguments in pen.value if arguments] if _drawn(data, pen) else []
    )
    if not points:
        return None
    is_closed = data.rstrip()[-1:] in {"z", "Z"}
    x, y = points[0 if is_closed else -1]
    return (x, y) if math.isfinite(x) and math.isfinite(y) else None


def path_length(element: etree._Element) -> float:
    """Return the length of the outline of a shape; 0 if it cannot be read."""
    from fontTools.pens.perimeterPen import PerimeterPen

    name = etree.QName(element).localname
    if name in {"circle", "ellipse", "rect"}:
        return _perimeter(element)
    if name == "path":
        data = element.get("d", "")
    else:
        data = f"M {element.get('points', '')}" + " z" * (name == "polygon")
        if element.get("x1") or element.get("x2"):
            data = "M {} {} {} {}".format(*(element.get(n, "0") for n in ("x1", "y1", "x2", "y2")))
    pen = PerimeterPen()
    is_drawn = _drawn(data, pen)
    return float(pen.value) if is_drawn and math.isfinite(pen.value) else 0.0


def _perimeter(element: etree._Element) -> float:
    """Return the length around a circle, ellipse or rectangle without rounded corners."""
    if etree.QName(element).localname == "rect":
        return 2 * (_length(element.get("width"), 0) + _length(element.get("height"), 0))
    radius = _length(element.get("r"), 0)
    across = _length(element.get("rx"), 0) or radius
    down = _length(element.get("ry"), 0) or radius or across
    across = across or down
    # Ramanujan's approximation.
    return math.pi * (3 * (across + down) - math.sqrt((3 * across + down) * (across + 3 * down)))


def _drawn(data: str, pen: Any) -> bool:
    """Draw a path with ``pen``; the parser is loaded only for the few files that need it."""
    from fontTools.svgLib.path import parse_path

    try:
        parse_path(data[:MAX_PATH_CHARS], pen)
    except (ValueError, TypeError, IndexError, KeyError, AssertionError, ArithmeticError):
        return False
    return True


def _corners(box: Box) -> list[tuple[float, float]]:
    right, bottom = box.x + box.width, box.y + box.height
    return [(box.x, box.y), (right, box.y), (box.x, bottom), (right, bottom)]


def _around(points: list[tuple[float, float]]) -> Box | None:
    if not points:
        return None
    xs, ys = zip(*points, strict=True)
    return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
