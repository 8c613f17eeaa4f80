"""The worst retrieval errors on held-out icons, as one image."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from clustering.lab.training import Picture
from clustering.lab.training.store import Store
from clustering.pipeline.imaging.preparation import flatten

CELL_PX: Final = 64
GAP_PX: Final = 6
N_COLUMNS: Final = 5
INK: Final = "#1b2430"
WRONG: Final = "#c0392b"
RIGHT: Final = "#1e8449"


@dataclass(frozen=True)
class RetrievalError:
    """Rows of the query, its wrong nearest neighbour, and its nearest correct one."""

    query: int
    retrieved: int
    expected: int
    excess: float
    """Cosine of the wrong neighbour minus that of the correct one."""


def worst(
    vectors: NDArray[np.float32], pictures: Sequence[Picture], n: int
) -> list[RetrievalError]:
    """Return the ``n`` errors of largest excess, one per pair of brands.

    Neighbours come from other sources, as in ``validation.recall_at_1``.
    """
    brands = np.array([one.brand for one in pictures])
    sources = np.array([one.source for one in pictures])
    elsewhere = sources[:, None] != sources
    own = brands[:, None] == brands
    scores = vectors @ vectors.T
    right = np.where(elsewhere & own, scores, -np.inf)
    wrong = np.where(elsewhere & ~own, scores, -np.inf)
    excess = wrong.max(axis=1) - right.max(axis=1)
    found: dict[frozenset[str], RetrievalError] = {}
    for row in np.argsort(-excess, kind="stable"):
        other, partner = int(wrong[row].argmax()), int(right[row].argmax())
        pair = frozenset((str(brands[row]), str(brands[other])))
        if 0 < excess[row] < np.inf and pair not in found:
            found[pair] = RetrievalError(int(row), other, partner, float(excess[row]))
        if len(found) == n:
            break
    return list(found.values())


def sheet(store: Store, rows: Sequence[int], errors: Sequence[RetrievalError]) -> Image.Image:
    """Draw each error: query, retrieved (red), expected (green)."""
    width, height = 3 * CELL_PX + 4 * GAP_PX, CELL_PX + 3 * GAP_PX
    n_lines = -(-len(errors) // N_COLUMNS)
    page = Image.new("RGB", (N_COLUMNS * width, n_lines * height), "white")
    pen = ImageDraw.Draw(page)
    for number, one in enumerate(errors):
        line, column = divmod(number, N_COLUMNS)
        shown = ((one.query, INK), (one.retrieved, WRONG), (one.expected, RIGHT))
        for place, (row, colour) in enumerate(shown):
            left = column * width + GAP_PX + place * (CELL_PX + GAP_PX)
            top = line * height + GAP_PX
            page.paste(_cell(store.image(rows[row])), (left, top))
            pen.rectangle((left - 2, top - 2, left + CELL_PX + 1, top + CELL_PX + 1),
                          outline=colour, width=2)  # fmt: skip
    return page


def _cell(image: Image.Image) -> Image.Image:
    flat = flatten(image)
    flat.thumbnail((CELL_PX - GAP_PX, CELL_PX - GAP_PX))
    cell = Image.new("RGB", (CELL_PX, CELL_PX), flat.getpixel((0, 0)))
    cell.paste(flat, ((CELL_PX - flat.width) // 2, (CELL_PX - flat.height) // 2))
    return cell
