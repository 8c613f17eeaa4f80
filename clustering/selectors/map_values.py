"""Values that colour the points of a map: confidence, where the logo was found, country."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from clustering.models import LabelSource, Run
from clustering.models.run import effective
from clustering.selectors.streaming import ROWS_PER_CHUNK

MOST_NAMES: Final = 12  # more colours cannot be told apart; the rest share one
REST: Final = "Other"
NONE: Final = -1
STEPS: Final = ("below 50 %", "50 to 80 %", "80 to 95 %", "95 to 99 %", "99 % and more")
BOUNDS: Final = (0.5, 0.8, 0.95, 0.99)  # most members are certain: narrow steps at the end


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


def point_values(run: Run, label_source: LabelSource, by: MapValue) -> PointValues:
    """Return one value per logo of the map, that of the domain imported first; one query."""
    column, of_value = VALUES[by]
    rows = run.assignments.filter(x__isnull=False, y__isnull=False, is_ignored=False)
    found = rows.annotate(held=effective(label_source)).order_by("domain_id")
    first: dict[int, str] = {}
    columns = found.values_list("logo_id", "held", column)
    for logo, held, value in columns.iterator(ROWS_PER_CHUNK):
        if logo not in first:
            first[logo] = of_value(value, held)
    logos = np.array(sorted(first), np.int64)
    names = _names(by, first.values())
    has_rest = REST in names
    code_of = {name: code for code, name in enumerate(names)}
    rest = code_of.get(REST, NONE)
    values = (first[int(logo)] for logo in logos)
    codes = [code_of.get(value, rest) if value else NONE for value in values]
    return PointValues(logos, np.array(codes, np.int64), names, has_rest)


def _names(by: MapValue, values: Iterable[str]) -> list[str]:
    """Return the names of the codes: the steps of a scale, or the values, most frequent first."""
    if by is MapValue.CONFIDENCE:
        return list(STEPS)
    counts = Counter(value for value in values if value)
    ordered = sorted(counts, key=lambda name: (-counts[name], name))
    return ordered if len(ordered) <= MOST_NAMES else [*ordered[: MOST_NAMES - 1], REST]


def _step(probability: float, held: int | None) -> str:
    return "" if held is None else STEPS[bisect_right(BOUNDS, probability)]


def _finder(finder: str, _held: int | None) -> str:
    return finder.replace("_", " ")


def _suffix(domain: str, _held: int | None) -> str:
    _, dot, last = domain.rpartition(".")
    return f".{last}" if dot else ""


VALUES: Final[dict[MapValue, tuple[str, Callable[[Any, int | None], str]]]] = {
    MapValue.CONFIDENCE: ("probability", _step),
    MapValue.FOUND: ("domain__finder", _finder),
    MapValue.COUNTRY: ("domain__name", _suffix),
}
