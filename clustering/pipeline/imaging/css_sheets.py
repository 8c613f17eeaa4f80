"""Style sheets -> a flat list of style rules that apply to a static, light, on-screen image.

Resolves media and feature queries, cascade layers and nested rules; ignores imports and fonts.
CSS Syntax 3, Cascade 5, Conditional 3, Media Queries 4, Nesting 1 (https://www.w3.org/TR/css/).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

import tinycss2

from clustering.pipeline.errors import ImageError
from clustering.pipeline.imaging.css_values import (
    InvalidValueError,
    Token,
    Tokens,
    number,
    significant,
    split_commas,
    without_space,
)

MAX_RULES: Final = 10_000
MAX_SELECTOR_CHARS: Final = 1_000
MAX_NESTING: Final = 8
UNLAYERED: Final = 1 << 20

_NAMESPACE: Final = re.compile(r"(?:[\w-]+|\*)?\|(?=[\w*])")
_MEDIA: Final = {
    "prefers-color-scheme": "light",
    "prefers-reduced-motion": "no-preference",
    "prefers-reduced-transparency": "no-preference",
    "prefers-reduced-data": "no-preference",
    "prefers-contrast": "no-preference",
    "forced-colors": "none",
    "inverted-colors": "none",
    "hover": "hover",
    "any-hover": "hover",
    "pointer": "fine",
    "any-pointer": "fine",
    "scripting": "none",
    "update": "fast",
    "grid": "0",
    "color-gamut": "srgb",
    "dynamic-range": "standard",
    "display-mode": "browser",
}
_TYPES: Final = frozenset(["all", "screen"])
_RESOLUTIONS: Final = {"dpi": 1 / 96, "dpcm": 2.54 / 96, "dppx": 1.0, "x": 1.0}


@dataclass(frozen=True)
class Declaration:
    """One declaration; ``name`` is in lower case unless it is a custom property."""

    name: str
    value: Tokens
    is_important: bool


@dataclass(frozen=True)
class StyleRule:
    """One style rule with a flat selector list."""

    selectors: str
    declarations: list[Declaration]
    layer: int


@dataclass
class StyleSheets:
    """All style rules of a document in cascade order, and what they refer to by name."""

    rules: list[StyleRule] = field(default_factory=list)
    keyframes: dict[str, list[tuple[float, list[Declaration]]]] = field(default_factory=dict)
    initial_values: dict[str, Tokens] = field(default_factory=dict)
    """Of custom properties that ``@property`` registers."""
    n_selectors: int = 0


def parse_sheets(texts: Iterable[str], size: tuple[float, float]) -> StyleSheets:
    """Parse style sheets for a viewport of ``size`` in px.

    Raises:
        ImageError: ``bad_image`` if there are too many rules.
    """
    parser = _Parser(size)
    for text in texts:
        parser.read(tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True))
    return parser.sheets


def parse_declarations(text: str) -> list[Declaration]:
    """Parse the text of a ``style`` attribute."""
    return _declarations(tinycss2.parse_blocks_contents(text))


def _declarations(nodes: Iterable[Token]) -> list[Declaration]:
    return [
        Declaration(
            node.name if node.name.startswith("--") else node.lower_name,
            significant(node.value),
            node.important,
        )
        for node in nodes
        if node.type == "declaration"
    ]


class _Parser:
    def __init__(self, size: tuple[float, float]) -> None:
        self.sheets = StyleSheets()
        self._size = size
        self._layers: dict[str, int] = {}

    def read(
        self, nodes: Iterable[Token], parent: str = "", layer: int = UNLAYERED, depth: int = 0
    ) -> None:
        if depth > MAX_NESTING:
            return
        for node in nodes:
            if node.type == "qualified-rule":
                self._style_rule(node, parent, layer, depth)
            elif node.type == "at-rule":
                self._at_rule(node, parent, layer, depth)

    def _style_rule(self, node: Token, parent: str, layer: int, depth: int) -> None:
        parts = [
            _NAMESPACE.sub("", tinycss2.serialize(part))
            for part in split_commas(list(node.prelude))
        ]
        selectors = ",".join(_nested(part, parent) for part in parts)
        if len(selectors) > MAX_SELECTOR_CHARS * len(parts) or not all(parts):
            return
        nodes = tinycss2.parse_blocks_contents(node.content)
        self._add(selectors, len(parts), nodes, layer)
        self.read(nodes, selectors, layer, depth + 1)

    def _add(self, selectors: str, n_parts: int, nodes: list[Token], layer: int) -> None:
        declarations = _declarations(nodes)
        self.sheets.n_selectors += n_parts
        if len(self.sheets.rules) >= MAX_RULES:
            raise ImageError("bad_image", "the SVG has too many style rules")
        if declarations:
            self.sheets.rules.append(StyleRule(selectors, declarations, layer))

    def _at_rule(self, node: Token, parent: str, layer: int, depth: int) -> None:
        name = node.lower_at_keyword.removeprefix("-webkit-")
        prelude = significant(list(node.prelude))
        if name == "layer" and node.content is None:
            for part in split_commas(prelude):
                self._layer(tinycss2.serialize(part))
        elif node.content is None:
            return
        elif name == "keyframes" and prelude:
            self._keyframes(str(getattr(prelude[0], "value", "")), node)
        elif name == "property" and prelude:
            self._property(str(getattr(prelude[0], "value", "")), node)
        elif name == "layer":
            self._block(node, parent, self._layer(tinycss2.serialize(prelude)), depth)
        elif (
            name == "scope"  # an SVG is one scope, nearly always
            or (name == "media" and media_matches(prelude, self._size))
            or (name == "supports" and supports(prelude))
        ):
            self._block(node, parent, layer, depth)

    def _block(self, node: Token, parent: str, layer: int, depth: int) -> None:
        if not parent:
            rules = tinycss2.parse_rule_list(node.content, skip_comments=True)
            self.read(rules, parent, layer, depth + 1)
            return
        nodes = tinycss2.parse_blocks_contents(node.content)
        self._add(parent, 1, nodes, layer)
        self.read(nodes, parent, layer, depth + 1)

    def _layer(self, name: str) -> int:
        return self._layers.setdefault(name or f" {len(self._layers)}", len(self._layers))

    def _keyframes(self, name: str, node: Token) -> None:
        frames: list[tuple[float, list[Declaration]]] = []
        for rule in tinycss2.parse_rule_list(node.content, skip_comments=True):
            if rule.type != "qualified-rule":
                continue
            declarations = _declarations(tinycss2.parse_blocks_contents(rule.content))
            for token in rule.prelude:
                keyword = getattr(token, "lower_value", "")
                if token.type == "percentage":
                    frames.append((token.value / 100, declarations))
                elif keyword in {"from", "to"}:
                    frames.append((float(keyword == "to"), declarations))
        self.sheets.keyframes[name] = sorted(frames, key=lambda frame: frame[0])

    def _property(self, name: str, node: Token) -> None:
        for declaration in _declarations(tinycss2.parse_blocks_contents(node.content)):
            if declaration.name == "initial-value":
                self.sheets.initial_values[name] = declaration.value


def _nested(selector: str, parent: str) -> str:
    """Resolve a selector inside a rule with the selectors ``parent``."""
    selector = selector.strip()
    if not parent:
        return selector.replace("&", ":root")
    if "&" in selector:
        return selector.replace("&", f":is({parent})")
    return f":is({parent}) {selector}"


def media_matches(prelude: Tokens, size: tuple[float, float]) -> bool:
    """Whether a media query list matches a light screen with a viewport of ``size`` px."""
    if not without_space(prelude):
        return True
    return any(_query(without_space(part), size) for part in split_commas(prelude))


def _query(tokens: Tokens, size: tuple[float, float]) -> bool:
    is_negated = bool(tokens) and getattr(tokens[0], "lower_value", "") == "not"
    if is_negated and len(tokens) > 1 and tokens[1].type == "ident":
        return not _query(tokens[1:], size)
    if tokens and getattr(tokens[0], "lower_value", "") == "only":
        tokens = tokens[1:]
    if tokens and tokens[0].type == "ident" and not is_negated:
        if tokens[0].lower_value not in _TYPES:
            return False
        tokens = tokens[2:]  # the type and "and"
    return not tokens or condition(tokens, lambda block: _feature(block, size))


def condition(tokens: Tokens, test: Callable[[Token], bool], depth: int = 0) -> bool:
    """Evaluate ``not``, ``and``, ``or`` and parentheses; ``test`` decides the leaves."""
    tokens = without_space(tokens)
    if not tokens or depth > MAX_NESTING:
        return False
    if getattr(tokens[0], "lower_value", "") == "not":
        return not condition(tokens[1:], test, depth + 1)
    values = [
        _leaf(token, test, depth) for token in tokens if token.type in {"() block", "function"}
    ]
    is_or = any(getattr(token, "lower_value", "") == "or" for token in tokens)
    return bool(values) and (any(values) if is_or else all(values))


def _leaf(token: Token, test: Callable[[Token], bool], depth: int) -> bool:
    inner = without_space(list(token.content)) if token.type == "() block" else []
    is_group = bool(inner) and (
        inner[0].type == "() block" or getattr(inner[0], "lower_value", "") == "not"
    )
    return condition(inner, test, depth + 1) if is_group else test(token)


def _feature(block: Token, size: tuple[float, float]) -> bool:
    if block.type != "() block":
        return False
    tokens = without_space(list(block.content))
    name = getattr(tokens[0], "lower_value", "") if tokens else ""
    if len(tokens) == 1:
        return _MEDIA.get(name, "none") not in {"none", "no-preference", "0"} or name in {
            "width",
            "height",
            "color",
        }
    if len(tokens) >= 3 and tokens[1] == ":":
        return _plain_feature(name, tokens[2:], size)
    return _range(tokens, size)


def _plain_feature(name: str, value: Tokens, size: tuple[float, float]) -> bool:
    if name in _MEDIA:
        return bool(getattr(value[0], "lower_value", "") == _MEDIA[name])
    if name == "orientation":
        return (size[0] > size[1]) == (getattr(value[0], "lower_value", "") == "landscape")
    prefix, _, rest = name.removeprefix("-webkit-").partition("-")
    known = _quantity(rest if prefix in {"min", "max"} else name, size)
    wanted = _ratio(value)
    if known is None or wanted is None:
        return False
    if prefix == "min":
        return known >= wanted
    return known <= wanted if prefix == "max" else abs(known - wanted) < 1e-6


def _range(tokens: Tokens, size: tuple[float, float]) -> bool:
    """``(width >= 600px)`` or ``(400px <= width < 600px)``."""
    values: list[float | None] = []
    signs: list[str] = []
    is_after_sign = False
    for token in tokens:
        if token.type != "literal":
            is_name = token.type == "ident"
            values.append(_quantity(token.lower_value, size) if is_name else _ratio([token]))
        elif is_after_sign:
            signs[-1] += str(token.value)
        else:
            signs.append(str(token.value))
        is_after_sign = token.type == "literal"
    if len(values) != len(signs) + 1 or None in values:
        return False
    numbers = [value for value in values if value is not None]
    tests = {
        ">": lambda a, b: a > b,
        "<": lambda a, b: a < b,
        ">=": lambda a, b: a >= b,
        "<=": lambda a, b: a <= b,
        "=": lambda a, b: a == b,
    }
    pairs = zip(numbers, signs, numbers[1:], strict=False)
    return all(sign in tests and tests[sign](one, other) for one, sign, other in pairs)


def _quantity(name: str, size: tuple[float, float]) -> float | None:
    return {
        "width": size[0],
        "height": size[1],
        "device-width": 1280.0,
        "device-height": 720.0,
        "aspect-ratio": size[0] / size[1],
        "resolution": 1.0,
        "device-pixel-ratio": 1.0,
        "color": 8.0,
        "monochrome": 0.0,
    }.get(name)


def _ratio(tokens: Tokens) -> float | None:
    try:
        value, unit = number(tokens[0])
        if len(tokens) == 3 and tokens[1] == "/":
            return value / number(tokens[2])[0]
    except (InvalidValueError, ZeroDivisionError):
        return None
    return value * 16 if unit in {"em", "rem"} else value * _RESOLUTIONS.get(unit, 1.0)


def supports(prelude: Tokens) -> bool:
    """Whether a feature query holds for what current browsers support."""
    return condition(prelude, _is_supported)


def _is_supported(token: Token) -> bool:
    if token.type == "function":
        return bool(token.lower_name in {"selector", "font-tech", "font-format"})
    declarations = _declarations(tinycss2.parse_blocks_contents(token.content))
    return bool(declarations) and not declarations[0].name.startswith(("-moz-", "-ms-", "-o-"))
