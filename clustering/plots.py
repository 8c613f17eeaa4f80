"""The map's figure for Plotly: trace, layout and marker sizes, no queries."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

HOVER_PX: Final = 12
SMALLEST_PX, LARGEST_PX = 7, 28

TRACE: Final = {"type": "scattergl", "mode": "markers", "hoverinfo": "none"}
"""One trace, which the page splits by colour; the colours depend on what is in view."""

_AXIS: Final = {"visible": False, "showgrid": False, "zeroline": False}
LAYOUT: Final[dict[str, Any]] = {
    "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
    "showlegend": False,
    "dragmode": "pan",
    "hovermode": "closest",
    "hoverdistance": HOVER_PX,
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "uirevision": "map",
    "xaxis": _AXIS,
    "yaxis": _AXIS | {"scaleanchor": "x"},
}


def marker_sizes(n_domains: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return diameters in pixels: the area of a marker follows its number of domains."""
    sizes = np.clip(SMALLEST_PX * np.sqrt(n_domains), SMALLEST_PX, LARGEST_PX)
    rounded: NDArray[np.uint8] = sizes.round().astype(np.uint8)
    return rounded
