"""CSS component values: ``var()`` substitution and ``calc()``, both with bounded cost.

CSS Custom Properties 1 (https://www.w3.org/TR/css-variables-1/) and CSS Values 4
(https://www.w3.org/TR/css-values-4/#math), as far as static logos use them.
"""

import math
from collections.abc import Mapping
from typing import Any, Final

import tinycss2

from clustering.pipeline.errors import ImageError

MAX_TOKENS: Final = 200_000
"""Tokens of substituted values per document: each variable may hold two copies of the previous."""
MAX_VARIABLE_DEPTH: Final = 50
MAX_CALC_DEPTH: Final = 12
COMMA: Final = ","

Token = Any
"""A node of ``tinycss2.ast``, which has no types."""
Tokens = list[Token]
Number = tuple[float, str]
"""Value and unit: "", "%", "px", "deg", or a relative unit."""

UNITS: Final = {
    "px": (1.0, "px"),
    "pt": (4 / 3, "px"),
    "pc": (16.0, "px"),
    "mm": (96 / 25.4, "px"),
    "q": (96 / 101.6, "px"),
    "cm": (96 / 2.54, "px"),
    "in": (96.0, "px"),
    "rem": (16.0, "px"),
    "ch": (0.5, "em"),
    "em": (1.0, "em"),
    "ex": (0.5, "em"),
    "deg": (1.0, "deg"),
    "grad": (0.9, "deg"),
    "rad": (180 / math.pi, "deg"),
    "turn": (360.0, "deg"),
    "s": (1.0, "s"),
    "ms": (0.001, "s"),
}
_MATH: Final = frozenset(["calc", "min", "max", "clamp", "-webkit-calc"])
_INSIGNIFICANT: Final = frozenset(["whitespace", "comment"])


class InvalidValueError(ValueError):
    """A value that is invalid at computed-value time."""


class Budget:
    """Number of tokens that substitution may still produce in one document."""

    def __init__(self) -> None:
        self.n_left = MAX_TOKENS

    def spend(self, n_tokens: int) -> None:
        """Count produced tokens.

        Raises:
            ImageError: ``bad_image`` if there are too many.
        """
        self.n_left -= n_tokens
        if self.n_left < 0:
            raise ImageError("bad_image", "the variables of the SVG expand to too much")


def parse_value(text: str) -> Tokens:
    """Parse component values and strip surrounding white space."""
    return significant(tinycss2.parse_component_value_list(text, skip_comments=True))


def significant(tokens: Tokens) -> Tokens:
    """Strip white space at both ends and all comments."""
    kept = [token for token in tokens if token.type != "comment"]
    while kept and kept[0].type == "whitespace":
        del kept[0]
    while kept and kept[-1].type == "whitespace":
        del kept[-1]
    return kept


def without_space(tokens: Tokens) -> Tokens:
    """Drop white space and comments."""
    return [token for token in tokens if token.type not in _INSIGNIFICANT]


def split_commas(tokens: Tokens) -> list[Tokens]:
    """Split at top-level commas."""
    parts: list[Tokens] = [[]]
    for token in tokens:
        if token == COMMA:
            parts.append([])
        else:
            parts[-1].append(token)
    return [significant(part) for part in parts]


def has_variables(tokens: Tokens, depth: int = 0) -> bool:
    """Whether a value holds ``var()``; too deeply nested values count as if they did."""
    if depth > MAX_VARIABLE_DEPTH:
        return True
    return any(
        getattr(token, "lower_name", "") in {"var", "env"} or has_variables(inner, depth + 1)
        for token in tokens
        if (inner := _inner(token)) is not None
    )


class Variables:
    """Custom properties of one element: own declarations over inherited computed values."""

    def __init__(
        self, declared: Mapping[str, Tokens], inherited: Mapping[str, Tokens], budget: Budget
    ) -> None:
        self._declared = declared
        self._inherited = inherited
        self._budget = budget
        self._open: set[str] = set()
        self._computed: dict[str, Tokens | None] = {}

    def computed(self) -> Mapping[str, Tokens]:
        """Return all computed values of the element, which its children inherit."""
        if not self._declared:
            return self._inherited
        values = dict(self._inherited)
        for name in self._declared:
            value = self._value(name)
            if value is None:
                values.pop(name, None)
            else:
                values[name] = value
        return values

    def substitute(self, tokens: Tokens, depth: int = 0) -> Tokens:
        """Replace ``var()``.

        Raises:
            InvalidValueError: a variable without a value and without a fallback.
            ImageError: ``bad_image`` if the result is too large.
        """
        if depth > MAX_VARIABLE_DEPTH:
            raise InvalidValueError
        result: Tokens = []
        for token in tokens:
            inner = _inner(token)
            if inner is None:
                result.append(token)
            elif getattr(token, "lower_name", "") in {"var", "env"}:
                result += self._reference(inner, depth)
            else:
                result.append(_with_inner(token, self.substitute(inner, depth + 1)))
        self._budget.spend(len(result))
        return result

    def _reference(self, arguments: Tokens, depth: int) -> Tokens:
        name = next(iter(without_space(arguments)), None)
        if getattr(name, "type", "") != "ident":
            raise InvalidValueError
        value = self._value(str(getattr(name, "value", "")), depth + 1)
        if value is not None:
            self._budget.spend(_size(value))
            return value
        comma = next((at for at, token in enumerate(arguments) if token == COMMA), None)
        if comma is None:
            raise InvalidValueError
        return significant(self.substitute(arguments[comma + 1 :], depth + 1))

    def _value(self, name: str, depth: int = 0) -> Tokens | None:
        """Computed value of a custom property; None if it is undefined, cyclic or invalid."""
        if name in self._computed:
            return self._computed[name]
        if name not in self._declared:
            return self._inherited.get(name)
        if name in self._open or depth > MAX_VARIABLE_DEPTH:
            return None
        self._open.add(name)
        try:
            value = self._of_declaration(name, depth)
        except InvalidValueError:
            value = None
        self._open.discard(name)
        self._computed[name] = value
        return value

    def _of_declaration(self, name: str, depth: int) -> Tokens | None:
        declared = self._declared[name]
        keyword = getattr(declared[0], "lower_value", "") if len(declared) == 1 else ""
        if keyword in {"inherit", "unset", "revert"}:
            return self._inherited.get(name)
        return None if keyword == "initial" else self.substitute(declared, depth + 1)


def _inner(token: Token) -> Tokens | None:
    if token.type == "function":
        return list(token.arguments)
    return list(token.content) if token.type.endswith("block") else None


def _with_inner(token: Token, inner: Tokens) -> Token:
    if token.type == "function":
        return tinycss2.ast.FunctionBlock(
            token.source_line, token.source_column, token.name, inner
        )
    return type(token)(token.source_line, token.source_column, inner)


def _size(tokens: Tokens, depth: int = 0) -> int:
    if depth > MAX_VARIABLE_DEPTH:
        raise InvalidValueError
    return sum(1 + _size(_inner(token) or [], depth + 1) for token in tokens)


def number(token: Token, names: Mapping[str, float] | None = None, depth: int = 0) -> Number:
    """Evaluate a number, percentage, dimension or math function.

    Args:
        token: one component value.
        names: values of identifiers, for relative colours; ``%``: what 100 % are, in px; units of
            the viewport such as ``vw``, in px.
        depth: nesting of math functions so far.

    Raises:
        InvalidValueError: the token is none of these, or its units cannot be combined.
    """
    if depth > MAX_CALC_DEPTH:
        raise InvalidValueError
    if token.type == "number":
        return _finite(token.value), ""
    if token.type == "percentage":
        whole = (names or {}).get("%")
        return (
            (_finite(token.value), "%")
            if whole is None
            else (_finite(token.value * whole / 100), "px")
        )
    if token.type == "dimension":
        return _dimension(token, names or {})
    if token.type == "ident":
        return _named(token.lower_value, names or {}), ""
    if token.type == "() block":
        return _sum(without_space(token.content), names, depth + 1)
    if token.type == "function" and token.lower_name in _MATH:
        return _math(token, names, depth + 1)
    raise InvalidValueError


def _dimension(token: Token, names: Mapping[str, float]) -> Number:
    name = token.lower_unit
    factor, unit = (names[name], "px") if name in names else UNITS.get(name, (1.0, name))
    return _finite(token.value * factor), unit


def _named(name: str, names: Mapping[str, float]) -> float:
    values = {"pi": math.pi, "e": math.e, "none": 0.0, **names}
    if name not in values:
        raise InvalidValueError
    return values[name]


def _math(token: Token, names: Mapping[str, float] | None, depth: int) -> Number:
    values = [
        _sum(without_space(part), names, depth) for part in split_commas(list(token.arguments))
    ]
    unit = values[0][1]
    if any(other != unit for _, other in values):
        raise InvalidValueError
    numbers = [value for value, _ in values]
    if token.lower_name == "min":
        return min(numbers), unit
    if token.lower_name == "max":
        return max(numbers), unit
    if token.lower_name == "clamp" and len(numbers) == 3:
        return max(numbers[0], min(numbers[1], numbers[2])), unit
    if len(numbers) != 1:
        raise InvalidValueError
    return values[0]


def _sum(tokens: Tokens, names: Mapping[str, float] | None, depth: int) -> Number:
    terms: list[tuple[float, Tokens]] = [(1.0, [])]
    for token in tokens:
        if token in ("+", "-") and terms[-1][1] and terms[-1][1][-1] not in ("*", "/"):
            terms.append((1.0 if token == "+" else -1.0, []))  # noqa: S105 - no password
        else:
            terms[-1][1].append(token)
    values = [(sign, _product(term, names, depth)) for sign, term in terms]
    units = {unit for _, (value, unit) in values if value} or {values[0][1][1]}
    if len(units) != 1:
        raise InvalidValueError
    return _finite(sum(sign * value for sign, (value, _) in values)), units.pop()


def _product(tokens: Tokens, names: Mapping[str, float] | None, depth: int) -> Number:
    if not tokens or len(tokens) % 2 == 0:
        raise InvalidValueError
    value, unit = number(tokens[0], names, depth)
    for sign, token in zip(tokens[1::2], tokens[2::2], strict=True):
        factor, other = number(token, names, depth)
        if sign == "*" and not (unit and other):
            value, unit = value * factor, unit or other
        elif sign == "/" and other in {"", unit} and factor:
            value, unit = value / factor, "" if other else unit
        else:
            raise InvalidValueError
    return _finite(value), unit


def evaluated(token: Token, names: Mapping[str, float] | None = None) -> Token:
    """Return the value of a math function as a plain token.

    Raises:
        InvalidValueError: as ``number``.
    """
    value, unit = number(token, names)
    return tinycss2.parse_one_component_value(f"{value:.9f}{unit}")


def is_math(token: Token) -> bool:
    """Whether the token is ``calc()`` or another math function."""
    return token.type == "function" and token.lower_name in _MATH


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise InvalidValueError
    return value


def number_text(value: float) -> str:
    """Format a number for an attribute."""
    return f"{value:.6g}" if abs(value) < 1e5 else f"{value:.9g}"
