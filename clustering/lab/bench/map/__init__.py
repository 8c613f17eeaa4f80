"""Benchmark of the map page: a synthetic run, the product's web server, and Chromium."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Opening:
    """One load of the map page in a browser with an empty cache."""

    page_seconds: float
    """From navigation to the first byte of the page; the next five use the same clock."""
    asked_seconds: float
    """Until the request of the points."""
    answer_seconds: float
    """Until the first byte of the points."""
    arrived_seconds: float
    """Until the last byte of the points."""
    drawn_seconds: float
    """Until the pixels could be read back from the canvas."""
    named_seconds: float
    """Until the names were loaded."""
    complete_seconds: float
    """Until the second part of a large map was drawn."""
    points_bytes: int
    """Transfer size of the points, or of their first part."""
    rest_bytes: int
    """Transfer size of their second part; 0 if there is none."""
    names_bytes: int
    """Transfer size of the names, which load after drawing."""
    n_pixels: int
    """Pixels covered by points."""
    hover_seconds: float
    """From hovering a logo to its card."""
    zoom_seconds: float
    """From zooming to the redrawn canvas."""
    n_lassoed: int
    """Selected by each lasso."""
    lasso_seconds: float
    """From the release of the button to the drawn action bar; the median of several lassos."""
    landmarks_seconds: float
    """From a turn of the wheel to the drawn landmarks of the new view; the median of several."""
    n_logos: int
    """Shown once few points are left in view."""
    logos_seconds: float
    """From the turn of the wheel that leaves few points to their drawn logos."""

    @property
    def server_seconds(self) -> float:
        """Server time of the points."""
        return self.answer_seconds - self.asked_seconds

    @property
    def drawing_seconds(self) -> float:
        """From the data to the drawn map."""
        return self.drawn_seconds - self.arrived_seconds


@dataclass(frozen=True)
class Site:
    """A running server with one synthetic run and a signed-in user."""

    url: str
    slug: str
    cookie: str
    """Name of the session cookie."""
    session: str
