"""Figures for Plotly: typed arrays and layout, no queries."""

import json
from typing import Any

from clustering.services.maps import MapPoints

POINTS_PER_TRACE = 90_000  # hovering freezes from 100,000 on: plotly.js issue 8036
HOVER_PX = 12
SMALLEST_PX, LARGEST_PX = 7, 28


def map_figure(points: MapPoints) -> dict[str, Any]:
    """Return Plotly's figure of the map: one marker per logo, its area by number of domains.

    Outliers are the first trace, so that they lie beneath. ``customdata`` is the row of each
    marker; names and addresses travel beside the figure. Colours are the page's own.
    """
    import numpy as np
    from plotly import graph_objects

    sizes = np.clip(SMALLEST_PX * np.sqrt(points.n_domains), SMALLEST_PX, LARGEST_PX)
    order = np.argsort(points.clusters >= 0, kind="stable").astype(np.int32)
    n_outliers = int((points.clusters < 0).sum())
    starts = {0, n_outliers, *range(n_outliers, len(order), POINTS_PER_TRACE)}
    starts |= set(range(0, n_outliers, POINTS_PER_TRACE))
    figure = graph_objects.Figure(layout=_layout())
    for rows in np.split(order, sorted(starts)[1:]):
        figure.add_trace(
            graph_objects.Scattergl(
                x=points.x[rows],
                y=points.y[rows],
                customdata=rows,
                mode="markers",
                hoverinfo="none",
                marker={"size": sizes[rows].astype(np.float32), "opacity": 0.9},
            )
        )
    plain: dict[str, Any] = json.loads(figure.to_json())
    return plain


def _layout() -> dict[str, Any]:
    axis = {"visible": False, "showgrid": False, "zeroline": False}
    return {
        "template": None,
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "showlegend": False,
        "dragmode": "pan",
        "hovermode": "closest",
        "hoverdistance": HOVER_PX,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "uirevision": "map",
        "xaxis": axis,
        "yaxis": axis | {"scaleanchor": "x"},
    }
