"""What a person does on the map: draws lassos, and comes near until logos replace dots."""

import math
import re
import statistics
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from playwright.sync_api import FloatRect, Page

SHARE: Final = (0.095, 0.105)  # of all logos, in a lasso
N_LASSOS: Final = 5
MOST_TRIES: Final = 12
CORNERS: Final = 24
LANDMARKS: Final = 40  # at most; more are logos of single points
MOST_TURNS: Final = 40
PATIENCE_MS: Final = 60_000
REST_MS: Final = 300  # between lassos: nothing is drawn any more


def spot(page: "Page", place: float) -> tuple[float, float]:
    """Return where a drawn point is in the window; ``place`` from 0 to 1 chooses which."""
    x, y = page.evaluate("(place) => window.bench.spotAt(place)", place)
    box = _box(page, "#plot")
    return box["x"] + x, box["y"] + y


def lassoed(page: "Page") -> dict[str, Any]:
    """Return the number of logos in a lasso of a tenth of them, and how long the bar takes."""
    box = _box(page, "#map-stage")
    n_all = _number(page, "#map-found")
    least, most = 0.0, min(box["width"], box["height"]) / 2 - 1
    radius, seconds, n_selected = most / 2, [], []
    page.keyboard.press("l")
    for _ in range(MOST_TRIES + N_LASSOS):
        took, n = _lasso(page, (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2), radius)
        if n < SHARE[0] * n_all:
            least = radius
        elif n > SHARE[1] * n_all:
            most = radius
        else:
            seconds.append(took)
            n_selected.append(n)
            if len(seconds) == N_LASSOS:
                break
            continue
        radius = (least + most) / 2
    page.keyboard.press("h")
    if not seconds:
        raise RuntimeError("no lasso held a tenth of the logos")
    return {
        "n_lassoed": round(statistics.median(n_selected)),
        "lasso_seconds": statistics.median(seconds),
    }


def _lasso(page: "Page", centre: tuple[float, float], radius: float) -> tuple[float, int]:
    """Draw a circle; return the seconds until the bar, and how many logos it holds."""
    page.evaluate("window.bench.barAt = 0")
    turns = [2 * math.pi * corner / CORNERS for corner in range(CORNERS)]
    places = [
        (centre[0] + radius * math.cos(turn), centre[1] + radius * math.sin(turn))
        for turn in turns
    ]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place)
    page.mouse.up()
    _until(page, "() => window.bench.barAt")
    took = _seconds(page, "window.bench.barAt - window.bench.releasedAt")
    n = _number(page, "#actions [data-selected]")
    page.keyboard.press("Escape")
    _until(page, "() => !document.querySelector('#actions[data-open]')")
    page.wait_for_timeout(REST_MS)
    return took, n


def approached(page: "Page", place: float) -> dict[str, Any]:
    """Zoom in turn by turn until single points have logos; return what each step took."""
    page.mouse.move(*spot(page, place))
    turns = [_turn(page)]
    while (n_logos := page.evaluate("window.bench.nLogos")) <= LANDMARKS:
        if len(turns) == MOST_TURNS:
            raise RuntimeError("dots never became logos")
        turns.append(_turn(page))
    return {
        "landmarks_seconds": statistics.median(turns[:-1] or turns),
        "n_logos": n_logos,
        "logos_seconds": turns[-1],
    }


def _turn(page: "Page") -> float:
    page.mouse.wheel(0, -100)
    _until(page, "() => window.bench.logosAt")
    return _seconds(page, "window.bench.logosAt - window.bench.turnedAt")


def _box(page: "Page", selector: str) -> "FloatRect":
    box = page.locator(selector).bounding_box()
    if box is None:
        raise RuntimeError(f"{selector} is not shown")
    return box


def _number(page: "Page", selector: str) -> int:
    """Return the first number of a text; thin spaces separate its thousands."""
    found = re.search(r"\d+(\u2009\d+)*", page.locator(selector).inner_text())
    if found is None:
        raise RuntimeError(f"{selector} has no number")
    return int(found[0].replace("\u2009", ""))


def _until(page: "Page", condition: str) -> None:
    page.wait_for_function(condition, timeout=PATIENCE_MS)


def _seconds(page: "Page", expression: str) -> float:
    return float(page.evaluate(expression)) / 1000
