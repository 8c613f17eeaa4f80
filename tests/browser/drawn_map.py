"""Reads the map's pixels and points at it."""

import re
import time
from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import WORK_MS, Person


def colours(page: Page) -> dict[str, int]:
    """Return how many pixels of the canvas show clusters and outliers, and in how many colours."""
    return dict(
        page.evaluate(
            """() => {
              const style = getComputedStyle(document.querySelector(".map"));
              const [canvas] = document.querySelectorAll("#plot canvas");
              const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
              copy.drawImage(canvas, 0, 0);
              const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
              const names = [...Array.from({ length: 20 }, (_, at) => at + 1), "outlier"];
              const goals = names.map((name) => {
                const colour = style.getPropertyValue(`--series-${name}`).trim().slice(1);
                return [0, 2, 4].map((at) => parseInt(colour.slice(at, at + 2), 16));
              });
              const seen = names.map(() => 0);
              for (let at = 0; at < data.length; at += 4) {
                if (data[at + 3] < 150) continue;
                const away = (goal) => goal.map((part, i) => Math.abs(part - data[at + i]));
                const found = goals.findIndex((goal) => Math.max(...away(goal)) <= 2);
                if (found >= 0) seen[found] += 1;
              }
              const outlier = seen.pop();
              const clusters = seen.reduce((sum, n) => sum + n, 0);
              const colours = seen.filter(Boolean).length;
              return Object.entries({ clusters, outlier, colours });
            }"""
        )
    )


def until(page: Page, is_so: Callable[[dict[str, int]], bool]) -> None:
    """Wait until the colours on the canvas are as they should be."""
    deadline = time.monotonic() + WORK_MS / 1000
    while not is_so(shown := colours(page)):
        assert time.monotonic() < deadline, shown
        page.wait_for_timeout(100)


def settled_colours(page: Page) -> dict[str, int]:
    """The colours once nothing moves any more: on a busy machine the last drawing comes late."""
    shown = colours(page)
    n_same = 0
    while n_same < 5:
        page.wait_for_timeout(100)
        before, shown = shown, colours(page)
        n_same = n_same + 1 if shown == before else 0
    return shown


def uncovered(now: dict[str, int], before: dict[str, int]) -> bool:
    """Whether the clusters show as before, or a little more of them."""
    return 0.95 <= now["clusters"] / before["clusters"] <= 1.1


def drawn_map(person: Person, slug: str) -> Page:
    page = person.page()
    page.goto(f"{person.url}/d/{slug}/map/")
    expect(page.locator("#map-state")).to_be_hidden()
    expect(page.locator("#map-search")).not_to_have_attribute("aria-busy", "true")
    return page


def large_map(person: Person, slug: str, n_parts: int = 4) -> Page:
    """Open a map as if it were too large for Plotly: in two parts, drawn by WebGL."""

    def halve(route: Route) -> None:
        response = route.fetch()
        first, rest = (
            f"points.bin?of={n_parts}&amp;first={ends[0]}&amp;last={ends[1]}"
            for ends in ((0, 0), (1, n_parts - 1))
        )
        body = response.text().replace('data-rest=""', f'data-rest="{rest}"')
        body = re.sub(r'(href|data-points)="[^"]*/points\.bin"', rf'\1="{first}"', body)
        route.fulfill(response=response, body=body)

    page = person.page()
    page.route("**/map/", halve)
    page.goto(f"{person.url}/d/{slug}/map/")
    expect(page.locator("#map-state")).to_be_hidden()
    expect(page.locator("#map-found")).to_have_text(re.compile(r"logos?$"))
    return page


def hover_a_dot(page: Page) -> None:
    """Point at an opaque pixel of the canvas: outliers are fainter."""
    spot = page.evaluate(
        """() => {
          const canvas = document.querySelector("#plot canvas");
          const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
          copy.drawImage(canvas, 0, 0);
          const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
          const box = canvas.getBoundingClientRect();
          let at = 0;
          while (data[4 * at + 3] <= 225) at += 1;
          return [box.x + at % canvas.width + 2, box.y + Math.floor(at / canvas.width) + 2];
        }"""
    )
    page.mouse.move(spot[0] - 1, spot[1])
    page.mouse.move(*spot)


def hover_a_logo(page: Page) -> None:
    """Point at the middle of a marker of the largest cluster."""
    spot = page.evaluate(
        """() => {
          const { data, _fullLayout } = document.getElementById("plot");
          const trace = data.findLast((one) => one.marker.opacity);
          const box = document.getElementById("plot").getBoundingClientRect();
          const { xaxis, yaxis } = _fullLayout;
          return [box.x + xaxis._offset + xaxis.d2p(trace.x[0]),
                  box.y + yaxis._offset + yaxis.d2p(trace.y[0])];
        }"""
    )
    page.mouse.move(spot[0] - 1, spot[1])
    page.mouse.move(*spot)
