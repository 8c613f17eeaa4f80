"""The bench of the map: a planted run, the product's own web server, and a real Chromium."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Opening:
    """One opening of the map's page in a browser that has seen nothing of the site before."""

    page_seconds: float
    """From the click to the first byte of the page; this and the next five on one clock."""
    asked_seconds: float
    """Until the browser asked for the points."""
    answer_seconds: float
    """Until the points began to arrive."""
    arrived_seconds: float
    """Until the last of them was there."""
    drawn_seconds: float
    """Until their pixels, read back from the screen's canvas, were there."""
    named_seconds: float
    """Until every name could be searched and shown."""
    points_bytes: int
    """Of the points, as they travelled."""
    names_bytes: int
    """Of what hovering and searching need, likewise; travels after the points are drawn."""
    n_pixels: int
    """That points cover; of none, nothing was drawn."""
    hover_seconds: float
    """From the pointer's arrival on a logo to its card."""
    zoom_seconds: float
    """From one turn of the wheel until the new colours were on the canvas."""

    @property
    def server_seconds(self) -> float:
        """What the server took for the points, the browser busy beside it."""
        return self.answer_seconds - self.asked_seconds

    @property
    def drawing_seconds(self) -> float:
        """From the data to the drawn map."""
        return self.drawn_seconds - self.arrived_seconds


@dataclass(frozen=True)
class Site:
    """A served product with one planted run, and somebody who may see it."""

    url: str
    slug: str
    cookie: str
    """Name of the session's cookie."""
    session: str
