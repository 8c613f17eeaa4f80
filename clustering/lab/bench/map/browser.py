"""Opens the map in Chromium and reads the page's timings."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from clustering.lab.bench.map import Opening, Site, using

if TYPE_CHECKING:
    from playwright.sync_api import Page, Playwright

WATCH: Final = Path(__file__).with_name("watching.js").read_text(encoding="utf-8")
WIDTH, HEIGHT = 1440, 900
PATIENCE_MS: Final = 60_000
QUIET_MS: Final = 1_500  # after the last redraw of a zoom; the legend waits 80 ms
# WebGL in software, for machines without a GPU.
ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-background-networking",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)


def opened(playwright: "Playwright", chromium: str, site: Site, place: float = 0.5) -> Opening:
    """Open the map in a new browser, hover, zoom, select, and come near.

    Args:
        place: which of the drawn points the view comes near to, from 0 to 1.
    """
    with drawn(playwright, chromium, site) as page:
        times = {"hover_seconds": _hover(page), "zoom_seconds": _zoom(page)}
        return _read(page, **times, **using.lassoed(page), **using.approached(page, place))


@contextmanager
def drawn(playwright: "Playwright", chromium: str, site: Site) -> Iterator["Page"]:
    """Open the map in a new browser, until it is drawn whole."""
    with signed_in(playwright, chromium, site, WATCH) as page:
        page.goto(f"{site.url}/d/{site.slug}/map/")
        _until(page, "() => ['drawnAt', 'namedAt', 'completeAt'].every((at) => window.bench[at])")
        yield page


@contextmanager
def signed_in(
    playwright: "Playwright", chromium: str, site: Site, script: str
) -> Iterator["Page"]:
    """Start a browser that is signed in; ``script`` runs in each page before its own ones."""
    browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
    try:
        context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
        context.add_cookies([{"name": site.cookie, "value": site.session, "url": site.url}])
        page = context.new_page()
        page.add_init_script(script)
        yield page
    finally:
        browser.close()


def _hover(page: "Page") -> float:
    spot = using.spot(page, 0.5)
    page.evaluate("window.bench.pointedAt = window.bench.cardAt = 0")
    page.mouse.move(*spot)
    _until(page, "() => window.bench.cardAt")
    return _seconds(page, "window.bench.cardAt - window.bench.pointedAt")


def _zoom(page: "Page") -> float:
    before = page.evaluate("performance.now()")
    page.mouse.wheel(0, -100)
    page.wait_for_timeout(QUIET_MS)
    return _seconds(page, f"window.bench.redrawnAt - {before}")


def _until(page: "Page", condition: str) -> None:
    page.wait_for_function(condition, timeout=PATIENCE_MS)


def _seconds(page: "Page", expression: str) -> float:
    return float(page.evaluate(expression)) / 1000


def _read(page: "Page", **used: Any) -> Opening:
    entries: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for entry in page.evaluate(
        "performance.getEntriesByType('resource').map((entry) => entry.toJSON())"
    ):
        entries[entry["name"].partition("?")[0].rpartition("/")[2]].append(entry)
    points, *rest = entries["points.bin"]
    start = "performance.getEntriesByType('navigation')[0].responseStart"
    return Opening(
        page_seconds=_seconds(page, start),
        asked_seconds=points["requestStart"] / 1000,
        answer_seconds=points["responseStart"] / 1000,
        arrived_seconds=points["responseEnd"] / 1000,
        drawn_seconds=_seconds(page, "window.bench.drawnAt"),
        named_seconds=_seconds(page, "window.bench.namedAt"),
        complete_seconds=_seconds(page, "window.bench.completeAt"),
        points_bytes=points["encodedBodySize"],
        rest_bytes=sum(entry["encodedBodySize"] for entry in rest),
        names_bytes=sum(entry["encodedBodySize"] for entry in entries["names.json"]),
        n_pixels=page.evaluate("window.bench.nPixels"),
        **used,
    )
