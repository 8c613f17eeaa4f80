"""Values that colour the points of a map: confidence, finder, country, columns of the upload."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Any, Final

import numpy as np
from django.db.models.fields.json import KeyTextTransform
from numpy.typing import NDArray

from clustering.models import LabelSource, Run
from clustering.models.run import effective
from clustering.selectors.streaming import ROWS_PER_CHUNK

MOST_NAMES: Final = 12  # more colours cannot be told apart; the rest share one
REST: Final = "Other"
NONE: Final = -1
STEPS: Final = ("below 50 %", "50 to 80 %", "80 to 95 %", "95 to 99 %", "99 % and more")
SHARES: Final = (0.2, 0.4, 0.6, 0.8)  # of the logos below each bound of a band
NUMBER: Final = re.compile(
    r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d{1,2})?", re.ASCII | re.IGNORECASE
)
BOUNDS: Final = (0.5, 0.8, 0.95, 0.99)  # most members are certain: narrow steps at the end


OfValue = Callable[[Any, int | None], str]
"""Returns the shown value from that of a row and its cluster."""


class MapValue(Enum):
    """What the points of a map can be coloured by, besides their cluster."""

    CONFIDENCE = "confidence"
    FOUND = "found"
    COUNTRY = "country"


@dataclass(frozen=True)
class PointValues:
    """Columns of equal length, one row per logo of the map; ``codes`` index ``names``."""

    logos: NDArray[np.int64]
    """Ascending ids."""
    codes: NDArray[np.int64]
    """-1 is no value."""
    names: list[str]
    has_rest: bool
    """Whether the last name stands for all rarer values."""
    is_scale: bool
    """Whether the names are in an order of their own."""


def point_values(run: Run, label_source: LabelSource, by: MapValue | int) -> PointValues:
    """Return one value per logo of the map, that of the domain imported first; one query.

    ``by`` may be the place of another column of the upload: its numbers, if more differ than
    there are colours, are shown in bands of as many logos each.
    """
    first = _values(run, label_source, by)
    scale = list(STEPS) if by is MapValue.CONFIDENCE else []
    if isinstance(by, int):
        first, scale = _in_bands(first)
    named, has_rest = scale, False
    if not scale:
        named, has_rest = _most_frequent(first.values())
    code_of = {name: code for code, name in enumerate(named)}
    logos = np.array(sorted(first), np.int64)
    values = (first[int(logo)] for logo in logos)
    codes = [code_of.get(value, len(named)) if value else NONE for value in values]
    names = [*named, REST] if has_rest else named
    return PointValues(logos, np.array(codes, np.int64), names, has_rest, bool(scale))


def _values(run: Run, label_source: LabelSource, by: MapValue | int) -> dict[int, str]:
    """Return logo -> value; empty where there is none."""
    if isinstance(by, int):
        column: str | KeyTextTransform = KeyTextTransform(by, "domain__other_cells")
        of_value: OfValue = _cell
    else:
        column, of_value = VALUES[by]
    rows = run.assignments.filter(x__isnull=False, y__isnull=False, is_ignored=False)
    found = rows.annotate(held=effective(label_source)).order_by("domain_id")
    first: dict[int, str] = {}
    columns = found.values_list("logo_id", "held", column)
    for logo, held, value in columns.iterator(ROWS_PER_CHUNK):
        if logo not in first:
            first[logo] = of_value(value, held)
    return first


def _most_frequent(values: Iterable[str]) -> tuple[list[str], bool]:
    """Return the values to name, most frequent first, and whether others share the last name."""
    counts = Counter(value for value in values if value)
    ordered = sorted(counts, key=lambda name: (-counts[name], name))
    has_rest = len(ordered) > MOST_NAMES
    return ordered[: MOST_NAMES - 1] if has_rest else ordered, has_rest


def _in_bands(first: dict[int, str]) -> tuple[dict[int, str], list[str]]:
    """Return the band of each number, and the bands in order.

    Values that are not all numbers, or few enough to be named, stay as they are, without bands.
    """
    given = {value for value in first.values() if value}
    if len(given) <= MOST_NAMES or not all(map(NUMBER.fullmatch, given)):
        return first, []
    numbers = {value: float(value.replace(",", "")) for value in given}
    filled = [numbers[value] for value in first.values() if value]
    quantiles = np.quantile(filled, SHARES, method="inverted_cdf").tolist()
    bound_of = {f"{bound:,.15g}": bound for bound in quantiles}  # distinct as they are shown
    bounds, shown = list(bound_of.values()), list(bound_of)
    between = [f"{low} to {high}" for low, high in pairwise(shown)]
    names = [f"up to {shown[0]}", *between, f"above {shown[-1]}"]
    band_of = {value: names[bisect_left(bounds, number)] for value, number in numbers.items()}
    return {logo: band_of.get(value, "") for logo, value in first.items()}, names


def _cell(cell: str | None, _held: int | None) -> str:
    return cell or ""


def _step(probability: float, held: int | None) -> str:
    return "" if held is None else STEPS[bisect_right(BOUNDS, probability)]


def _finder(finder: str, _held: int | None) -> str:
    return finder.replace("_", " ")


def _suffix(domain: str, _held: int | None) -> str:
    _, dot, last = domain.rpartition(".")
    return f".{last}" if dot else ""


VALUES: Final[dict[MapValue, tuple[str, OfValue]]] = {
    MapValue.CONFIDENCE: ("probability", _step),
    MapValue.FOUND: ("domain__finder", _finder),
    MapValue.COUNTRY: ("domain__name", _suffix),
}
