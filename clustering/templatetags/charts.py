"""Line charts as server-rendered SVG, styled by CSS, stretched to any width."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import template

register = template.Library()

WIDTH: Final = 1000
HEIGHT: Final = 200
MOST_STEPS: Final = 12  # between ticks: fits a phone


@dataclass(frozen=True)
class ChartLine:
    """One line of a chart, with its own scale."""

    label: str
    css: str
    """``chart-first`` or ``chart-second``: colour and dashes."""
    values: Sequence[float]
    places: int = 0
    """Decimals of the figures at its ends."""


@dataclass(frozen=True)
class Chart:
    """Lines over a common axis."""

    title: str
    x: Sequence[float]
    x_label: str
    x_places: int
    lines: Sequence[ChartLine]
    place: int | None = None
    """The selected point."""
    chosen: int | None = None
    """The point of the automatic choice."""


@register.inclusion_tag("clustering/partials/line_chart.html")
def line_chart(chart: Chart) -> dict[str, Any]:
    """Render ``chart``: evenly spaced points, a scale per line, marked points as rules."""
    n_points = len(chart.x)
    return {
        "chart": chart,
        "width": WIDTH,
        "height": HEIGHT,
        "marked": None if chart.place is None else _across(chart.place, n_points),
        "chosen": None if chart.chosen is None else _across(chart.chosen, n_points),
        "chosen_x": None if chart.chosen is None else _figure(chart, chart.chosen),
        "lines": [_drawn(line, chart.place, n_points) for line in chart.lines],
        "ticks": _ticks(chart),
    }


def _drawn(line: ChartLine, place: int | None, n_points: int) -> dict[str, Any]:
    low, high = min([0.0, *line.values]), max(line.values, default=0.0)
    span = high - low or 1.0
    heights = [round(HEIGHT * (1 - (value - low) / span), 1) for value in line.values]
    spots = zip((_across(i, n_points) for i in range(n_points)), heights, strict=True)
    return {
        "label": line.label,
        "css": line.css,
        "points": " ".join(f"{x},{y}" for x, y in spots),
        "low": f"{low:.{line.places}f}",
        "high": f"{high:.{line.places}f}",
        "value": None if place is None else f"{line.values[place]:.{line.places}f}",
        "y": None if place is None else heights[place],
    }


def _across(place: int, n_points: int) -> float:
    return round(WIDTH * place / max(1, n_points - 1), 1)


def _ticks(chart: Chart) -> list[str]:
    """Figures under the axis."""
    last = len(chart.x) - 1
    steps = max(n for n in range(1, MOST_STEPS + 1) if last % n == 0) if last else 1
    return [_figure(chart, last * tick // steps) for tick in range(steps + 1 if last else 1)]


def _figure(chart: Chart, place: int) -> str:
    return f"{chart.x[place]:.{chart.x_places}f}"
