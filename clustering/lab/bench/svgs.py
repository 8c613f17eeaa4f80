"""SVG files as the product draws them beside Chromium, for ``bench_svgs``."""

import statistics
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageOps

from clustering.pipeline.errors import ImageError
from clustering.pipeline.imaging.svg import render

if TYPE_CHECKING:
    from playwright.sync_api import Page

CELL: Final = (150, 90)  # px, width and height
N_COLUMNS: Final = 10
N_OF_A_PAGE: Final = 200
GREY: Final = (128, 128, 128)  # black, white and colours are seen on it
VISIBLE: Final = 0.05
"""Difference from which a person sees that two pictures differ."""


@dataclass(frozen=True)
class SvgScores:
    """Outcome of the files: difference by index; reason by index of the refused ones."""

    differences: dict[int, float]
    refused: dict[int, str]

    @property
    def visible(self) -> list[int]:
        """Indices of the files that look different, the worst first."""
        apart = [n for n, value in self.differences.items() if value > VISIBLE]
        return sorted(apart, key=lambda n: -self.differences[n])

    @property
    def median(self) -> float:
        """Median difference of the drawn files, 0 to 1."""
        return statistics.median(self.differences.values()) if self.differences else 0.0


def compared(files: Sequence[bytes], chromium: str) -> SvgScores:
    """Draw each file here and in Chromium, which reads no other file and no network.

    Args:
        files: SVG files.
        chromium: path of the browser.
    """
    differences, refused = {}, {}
    for n, (data, expected) in enumerate(zip(files, _by_chromium(files, chromium), strict=True)):
        try:
            differences[n] = difference(render(data), expected)
        except ImageError as error:
            refused[n] = str(error)
    return SvgScores(differences, refused)


def difference(image: Image.Image, expected: Image.Image) -> float:
    """Return the mean over all pixels of the largest channel difference, 0 to 1.

    Args:
        image: RGBA, of any size.
        expected: RGB of ``CELL``, on ``GREY``.
    """
    cell = Image.new("RGB", CELL, GREY)
    fitted = ImageOps.contain(image, CELL, Image.Resampling.BOX)
    left, top = (CELL[0] - fitted.width) // 2, (CELL[1] - fitted.height) // 2
    cell.paste(fitted, (left, top), fitted.getchannel("A"))
    mine, other = (np.asarray(one, dtype=np.int16) for one in (cell, expected))
    return float(np.abs(mine - other).max(axis=-1).mean() / 255)


def _by_chromium(files: Sequence[bytes], chromium: str) -> Iterator[Image.Image]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--force-color-profile=srgb"]
        )
        page = browser.new_page()
        for start in range(0, len(files), N_OF_A_PAGE):
            yield from _sheet(page, files[start : start + N_OF_A_PAGE])
        browser.close()


def _sheet(page: "Page", files: Sequence[bytes]) -> Iterator[Image.Image]:
    """One screenshot of many files, which is faster than many screenshots."""
    width, height = CELL
    n_rows = -(-len(files) // N_COLUMNS)
    page.set_viewport_size({"width": width * N_COLUMNS, "height": height * n_rows})
    sources = (f"data:image/svg+xml;base64,{b64encode(data).decode()}" for data in files)
    page.set_content(
        "<style>body{margin:0;background:#808080;line-height:0}"
        f"img{{width:{width}px;height:{height}px;object-fit:contain}}</style>"
        + "".join(f"<img src='{source}'>" for source in sources)
    )
    with Image.open(BytesIO(page.screenshot())) as opened:
        sheet = opened.convert("RGB")
    for n in range(len(files)):
        x, y = width * (n % N_COLUMNS), height * (n // N_COLUMNS)
        yield sheet.crop((x, y, x + width, y + height))
