"""``use`` elements with custom properties, which the styles of their copies refer to."""

from copy import deepcopy
from typing import Final

from lxml import etree

from clustering.pipeline.imaging.svg_names import SHAPES

MAX_COPIES: Final = 1_000  # elements
_COPIED: Final = SHAPES | {"g", "symbol"}


def inline_uses(root: etree._Element) -> None:
    """Replace each ``use`` that sets a custom property by a group with a copy of its target."""
    targets = {name: each for each in root.iter() if (name := each.get("id"))}
    n_copies = 0
    for use in list(root.iter("{*}use")):
        target = targets.get(use.get("href", "").removeprefix("#"))
        if target is not None and etree.QName(target).localname == "symbol":
            _take_size(use, target)
        if target is None or "--" not in use.get("style", "") or not _is_plain(target):
            continue
        n_copies += sum(1 for _ in target.iter())
        if n_copies > MAX_COPIES:
            return
        _inline(use, target)


def _take_size(use: etree._Element, symbol: etree._Element) -> None:
    """Give ``use`` the size of the symbol, which renderers do not read."""
    for name in ("width", "height"):
        if use.get(name) is None and (length := symbol.get(name)):
            use.set(name, length)


def _is_plain(target: etree._Element) -> bool:
    has_use = next(target.iter("{*}use"), None) is not None
    return etree.QName(target).localname in _COPIED and not has_use


def _inline(use: etree._Element, target: etree._Element) -> None:
    namespace = etree.QName(use).namespace
    copy = deepcopy(target)
    copy.tail = None
    for element in copy.iter():
        element.attrib.pop("id", "")
    if etree.QName(copy).localname == "symbol":
        copy.tag = f"{{{namespace}}}svg"
        for name in ("width", "height"):
            copy.set(name, use.get(name, "100%"))
    move = f"translate({use.get('x', '0')} {use.get('y', '0')})"
    use.set("transform", f"{use.get('transform', '')} {move}".strip())
    for name in ("href", "x", "y", "width", "height"):
        use.attrib.pop(name, "")
    use.tag = f"{{{namespace}}}g"
    use.append(copy)
