"""Figures for Plotly: typed arrays and layout, no queries."""

import json
from typing import Any

from clustering.selectors.map_points import MapPoints

HOVER_PX = 12
SMALLEST_PX, LARGEST_PX = 7, 28


def map_figure(points: MapPoints) -> dict[str, Any]:
    """Return Plotly's figure of the map: one marker per logo, its area by number of domains.

    One trace, which the page parts by colour; which colours there are depends on what is in view.
    """
    import numpy as np
    from plotly import graph_objects

    sizes = np.clip(SMALLEST_PX * np.sqrt(points.n_domains), SMALLEST_PX, LARGEST_PX)
    trace = graph_objects.Scattergl(
        x=points.x,
        y=points.y,
        mode="markers",
        hoverinfo="none",
        marker={"size": sizes.round().astype(np.uint8)},
    )
    figure = graph_objects.Figure(trace, layout=_layout())
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
