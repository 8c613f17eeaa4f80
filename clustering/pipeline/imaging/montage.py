"""One picture of several logos of a cluster, so that a gallery card is one request."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw

UNIT_PX: Final = 60
WIDTH_PX, HEIGHT_PX = 10 * UNIT_PX, 4 * UNIT_PX  # of a card of 300 px at double density
SHARE: Final = 0.76  # of a tile that a logo fills; the rest is margin
MAX_ZOOM: Final = 4  # twice its own size at double density
DARK_GROUND: Final = (0x1C, 0x1E, 0x21, 0xFF)  # --ground-dark of variables.css
LINE: Final = (0x80, 0x80, 0x80, 0x50)
LINE_PX: Final = 2
WEBP_QUALITY: Final = 82

# Left, top, width and height of the tiles in units, by the number of logos.
FIRST: Final = (0, 0, 4, 4)
LAYOUTS: Final = {
    1: ((0, 0, 10, 4),),
    2: ((0, 0, 5, 4), (5, 0, 5, 4)),
    3: (FIRST, (4, 0, 3, 4), (7, 0, 3, 4)),
    4: (FIRST, (4, 0, 2, 4), (6, 0, 2, 4), (8, 0, 2, 4)),
    5: (FIRST, (4, 0, 3, 2), (7, 0, 3, 2), (4, 2, 3, 2), (7, 2, 3, 2)),
    6: (FIRST, (4, 0, 2, 2), (6, 0, 2, 2), (8, 0, 2, 2), (4, 2, 2, 2), (6, 2, 4, 2)),
    7: (FIRST, *((left, top, 2, 2) for top in (0, 2) for left in (4, 6, 8))),
}
MAX_LOGOS: Final = max(LAYOUTS)


@dataclass(frozen=True)
class MontageLogo:
    """One logo of a montage."""

    image: Image.Image | None
    """RGBA; None leaves its tile empty."""
    has_dark_ground: bool


def montage(logos: Sequence[MontageLogo]) -> bytes:
    """Draw up to ``MAX_LOGOS`` logos, the first one largest, as WebP.

    The background stays transparent where a logo needs no dark one, so that the page's own
    background shows.
    """
    picture = Image.new("RGBA", (WIDTH_PX, HEIGHT_PX))
    pen = ImageDraw.Draw(picture)
    shown = logos[:MAX_LOGOS]
    for logo, units in zip(shown, LAYOUTS.get(len(shown), ()), strict=True):
        left, top, width, height = (UNIT_PX * unit for unit in units)
        box = (left, top, left + width - 1, top + height - 1)
        if logo.has_dark_ground:
            pen.rectangle(box, DARK_GROUND)
        if left:
            pen.line((left, top, left, box[3]), LINE, LINE_PX)
        if top:
            pen.line((left, top, box[2], top), LINE, LINE_PX)
        if logo.image is not None:
            small = _fitted(logo.image, SHARE * width, SHARE * height)
            place = (left + (width - small.width) // 2, top + (height - small.height) // 2)
            picture.alpha_composite(small, place)
    file = BytesIO()
    picture.save(file, "WEBP", quality=WEBP_QUALITY, method=0)
    return file.getvalue()


def _fitted(image: Image.Image, width: float, height: float) -> Image.Image:
    scale = min(width / image.width, height / image.height, MAX_ZOOM)
    size = max(1, round(scale * image.width)), max(1, round(scale * image.height))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
