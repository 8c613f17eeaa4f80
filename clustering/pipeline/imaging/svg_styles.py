"""Resolve the CSS of an SVG into presentation attributes, so that the renderer sees no CSS.

Renderers of static SVG read a small part of CSS: no ``var()``, no colours of CSS Color 4, no media
queries, few selectors. Here the whole cascade runs first, with parsers that are well tested; its
results are plain values that are checked like every attribute.
"""

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Final, NamedTuple

import cssselect2
from cssselect2 import ElementWrapper, SelectorError
from lxml import etree

from clustering.pipeline.errors import ImageError
from clustering.pipeline.imaging.colour_spaces import BLACK, Rgba
from clustering.pipeline.imaging.css_colours import parse_colour
from clustering.pipeline.imaging.css_sheets import (
    Declaration,
    StyleSheets,
    media_matches,
    parse_declarations,
    parse_sheets,
)
from clustering.pipeline.imaging.css_values import (
    Budget,
    InvalidValueError,
    Token,
    Tokens,
    Variables,
    evaluated,
    has_variables,
    is_math,
    parse_value,
)
from clustering.pipeline.imaging.svg_properties import (
    COLOURS,
    COMPUTED_ONLY,
    INITIAL_VALUES,
    LENGTHS,
    PROPERTIES,
    STYLE_ONLY,
    SYSTEM_COLOURS,
    ExternalReferenceError,
    value_text,
)

MAX_MATCHES: Final = 5_000_000
"""Selectors times elements: each selector may be matched against each element."""
MAX_SIBLING_TESTS: Final = 2_000_000
"""Elements squared for selectors that look at all siblings or descendants."""

_SIMPLE_COLOUR: Final = re.compile(r"\s*(?:#[0-9a-fA-F]{3,8}|[a-z]+|currentColor)\s*")
_OTHER_KEYWORDS: Final = frozenset([*SYSTEM_COLOURS, "rebeccapurple", "currentcolor"])
_OTHER_UNITS: Final = re.compile(
    r"\d(?:rem|ch|q|vw|vh|vmin|vmax)\s*$|\b(?:calc|min|max|clamp|var|env)\(", re.I
)
_VIEWPORT_UNITS: Final = ("vw", "vh", "vmin", "vmax")
_EXPENSIVE: Final = re.compile(r"~(?!=)|:has\(|-of-type")
_CSS_WIDE: Final = frozenset(["inherit", "initial", "unset", "revert", "revert-layer"])
_ALIASES: Final = {
    "marker": ("marker-start", "marker-mid", "marker-end"),
    "mask-image": ("mask",),
    "-webkit-mask": ("mask",),
    "-webkit-mask-image": ("mask",),
    "-webkit-clip-path": ("clip-path",),
}

Computed = dict[str, Tokens]
"""Values of properties that later steps resolve: transforms, backgrounds, animations."""


class Candidate(NamedTuple):
    """One declared value of a property, in cascade order."""

    value: Tokens
    is_attribute: bool = False


class _Inherited(NamedTuple):
    variables: Mapping[str, Tokens]
    colour: Rgba


def apply_styles(
    root: etree._Element, size: tuple[float, float]
) -> tuple[dict[etree._Element, Computed], StyleSheets]:
    """Replace the style sheets and ``style`` attributes of an SVG by presentation attributes.

    Returns:
        By element, the values of ``COMPUTED_ONLY`` properties; and the style sheets, for their
        keyframes.

    Raises:
        ImageError: ``bad_image`` if the styles are too expensive.
    """
    texts = [sheet.text or "" for sheet in root.iter("{*}style") if _is_css(sheet, size)]
    sheets = parse_sheets(texts, size)
    cascade = _Cascade(root, sheets, size)
    return {element: computed for element, computed in cascade.run() if computed}, sheets


def _is_css(sheet: etree._Element, size: tuple[float, float]) -> bool:
    is_css = (sheet.get("type") or "text/css").strip().lower() == "text/css"
    return is_css and media_matches(parse_value(sheet.get("media") or ""), size)


class _Cascade:
    def __init__(
        self, root: etree._Element, sheets: StyleSheets, size: tuple[float, float]
    ) -> None:
        self._root = root
        width, height = size
        self._wholes = {
            **dict.fromkeys(("x", "width", "cx", "rx"), width),
            **dict.fromkeys(("y", "height", "cy", "ry"), height),
        }
        self._diagonal = math.hypot(width, height) / math.sqrt(2)
        sides = dict(zip(_VIEWPORT_UNITS, (width, height, min(size), max(size)), strict=True))
        self._units = {unit: side / 100 for unit, side in sides.items()}
        self._sheets = sheets
        self._n_elements = sum(1 for _ in root.iter())
        if sheets.n_selectors * self._n_elements > MAX_MATCHES:
            raise ImageError("bad_image", "the SVG has too many style rules")
        self._matcher = self._compiled()
        self._budget = Budget()
        self._texts: dict[tuple[str, int], tuple[Tokens, str | None]] = {}
        self._inherited: dict[etree._Element, _Inherited] = {}

    def run(self) -> Iterator[tuple[etree._Element, Computed]]:
        """Apply the cascade in document order; yield what is not an attribute."""
        for wrapper in ElementWrapper.from_xml_root(self._root).iter_subtree():
            parent = wrapper.parent
            inherited = (
                _Inherited(self._sheets.initial_values, BLACK)
                if parent is None
                else self._inherited[parent.etree_element]
            )
            yield wrapper.etree_element, self._apply(wrapper, inherited)

    def _compiled(self) -> cssselect2.Matcher:
        matcher = cssselect2.Matcher()
        is_large = self._n_elements**2 > MAX_SIBLING_TESTS
        for rule in self._sheets.rules:
            if is_large and _EXPENSIVE.search(rule.selectors):
                continue
            try:
                selectors = cssselect2.compile_selector_list(rule.selectors)
            except (SelectorError, NotImplementedError, RecursionError, MemoryError, SyntaxError):
                continue  # as in browsers, an unknown selector drops its rule
            for selector in selectors:
                if selector.pseudo_element is None:
                    matcher.add_selector(selector, rule)
        return matcher

    def _apply(self, wrapper: ElementWrapper, inherited: _Inherited) -> Computed:
        element = wrapper.etree_element
        candidates = self._candidates(wrapper)
        declared = {
            name: values[-1].value for name, values in candidates.items() if name.startswith("--")
        }
        variables = Variables(declared, inherited.variables, self._budget)
        colour = self._colour(element, candidates, variables, inherited.colour)
        self._inherited[element] = _Inherited(variables.computed(), colour)
        computed: Computed = {}
        styles = []
        for name, values in candidates.items():
            if name in COMPUTED_ONLY:
                _set_computed(computed, name, values, variables)
                continue
            if name not in PROPERTIES:
                continue
            text = self._winner(element, name, values, variables, colour)
            if text is None:
                element.attrib.pop(name, None)
            elif name in STYLE_ONLY:
                styles.append(f"{name}:{text}")
            else:
                element.set(name, text)
        if styles:
            element.set("style", ";".join(styles))
        return computed

    def _candidates(self, wrapper: ElementWrapper) -> dict[str, list[Candidate]]:
        """Declared values by property, in ascending order of the cascade."""
        element = wrapper.etree_element
        candidates: dict[str, list[Candidate]] = {}
        style = element.attrib.pop("style", "")
        matches = self._matcher.match(wrapper) if self._sheets.rules else []
        own = [parse_declarations(style)] if style.strip() else []
        for is_important, order in ((False, 1), (True, -1)):  # layers count the other way round
            matches.sort(key=lambda match: (order * match[3].layer, match[0], match[1]))
            for block in [*(match[3].declarations for match in matches), *own]:
                for declaration in block:
                    if declaration.is_important is is_important:
                        _add(candidates, declaration)
        for name, value in element.attrib.items():
            if name in candidates or (name in PROPERTIES and _needs_css(str(name), str(value))):
                values = candidates.setdefault(str(name), [])
                values.insert(0, Candidate(parse_value(str(value)), is_attribute=True))
        return candidates

    def _colour(
        self,
        element: etree._Element,
        candidates: dict[str, list[Candidate]],
        variables: Variables,
        inherited: Rgba,
    ) -> Rgba:
        """Computed value of ``color``, which ``currentColor`` refers to."""
        values = candidates.get("color") or [Candidate(parse_value(element.get("color", "")))]
        for candidate in reversed(values):
            try:
                tokens = variables.substitute(candidate.value)
            except InvalidValueError:
                return inherited
            colour = parse_colour(tokens[0], inherited) if len(tokens) == 1 else None
            if colour is not None:
                return colour
        return inherited

    def _winner(
        self,
        element: etree._Element,
        name: str,
        values: list[Candidate],
        variables: Variables,
        colour: Rgba,
    ) -> str | None:
        """Text of the last readable value; None removes the attribute."""
        fallback: str | None = None
        for candidate in reversed(values):
            tokens = candidate.value
            try:
                if has_variables(tokens):
                    value = self._without_math(name, variables.substitute(tokens))
                    text = value_text(name, value, colour)
                    if text is None:
                        return None
                    return _wide(name, text)
                text = self._text(name, candidate, colour)
            except InvalidValueError:
                return None
            except ExternalReferenceError:
                fallback = "none"
                continue
            if text is not None:
                return _wide(name, text)
            if candidate.is_attribute and name not in COLOURS:
                return element.get(name)  # the renderer may read more than this module
        return fallback

    def _text(self, name: str, candidate: Candidate, colour: Rgba) -> str | None:
        if candidate.is_attribute:
            value = self._without_math(name, candidate.value)
            return value_text(name, value, colour, is_attribute=True)
        key = (name, id(candidate.value))
        if key not in self._texts or name in COLOURS:
            value = self._without_math(name, candidate.value)
            # With the tokens, as the id of others may be the same once these are gone.
            self._texts[key] = candidate.value, value_text(name, value, colour)
        return self._texts[key][1]

    def _without_math(self, name: str, tokens: Tokens) -> Tokens:
        """Evaluate ``calc()`` and units of the viewport, with percentages as in browsers."""
        if not any(map(_is_relative, tokens)):
            return tokens
        is_length = name in LENGTHS or name == "stroke-dasharray"
        names = self._units | ({"%": self._wholes.get(name, self._diagonal)} if is_length else {})
        with suppress(InvalidValueError):
            return [evaluated(one, names) if _is_relative(one) else one for one in tokens]
        return tokens


def _is_relative(token: Token) -> bool:
    return is_math(token) or getattr(token, "lower_unit", "") in _VIEWPORT_UNITS


def _needs_css(name: str, value: str) -> bool:
    """Whether the renderer may not read the value of a presentation attribute by itself."""
    if name in COLOURS:
        return _SIMPLE_COLOUR.fullmatch(value) is None or value.strip() in _OTHER_KEYWORDS
    return _OTHER_UNITS.search(value) is not None


def _add(candidates: dict[str, list[Candidate]], declaration: Declaration) -> None:
    for name in _ALIASES.get(declaration.name, (declaration.name,)):
        candidates.setdefault(name, []).append(Candidate(declaration.value))


def _set_computed(
    computed: Computed, name: str, values: list[Candidate], variables: Variables
) -> None:
    own = [candidate.value for candidate in values if not candidate.is_attribute]
    for value in reversed(own):
        try:
            computed[name] = variables.substitute(value)
        except InvalidValueError:
            continue
        return


def _wide(name: str, text: str) -> str | None:
    """Resolve CSS-wide keywords; ``inherit`` is left to the renderer."""
    keyword = text.lower()
    if keyword not in _CSS_WIDE or keyword == "inherit":
        return text
    return INITIAL_VALUES.get(name) if keyword == "initial" else None
