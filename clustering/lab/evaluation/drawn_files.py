"""Files of the generated home pages: pictures are drawn when they are asked for."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from io import BytesIO
from random import Random
from typing import Final
from urllib.parse import urljoin

from PIL import Image, ImageDraw

from clustering.lab.evaluation.finder_truth import plain_address

PICTURE: Final = re.compile(r"(picture|photograph|blank) (\d{1,4})x(\d{1,4})")
NO_PICTURE: Final = re.compile(r"\.(?:css|js|json|webmanifest|html?)(?:\?|$)|\.ico$|/apple-touch")
MISSING: Final = "missing"


class DrawnFiles(Mapping[str, bytes]):
    """Bodies by address: the given texts, and a drawing for every other picture.

    A favicon and style sheets that were not given are missing, as on most sites.
    """

    def __init__(self, url: str, texts: Mapping[str, str]) -> None:
        self._texts = {plain_address(urljoin(url, name)): text for name, text in texts.items()}

    def __getitem__(self, address: str) -> bytes:
        text = self._texts.get(address)
        if text is None and not NO_PICTURE.search(address):
            text = "picture 200x60"
        if text is None or text == MISSING:
            raise KeyError(address)
        told = PICTURE.fullmatch(text)
        if told is None:
            return text.encode()
        size = int(told.group(2)), int(told.group(3))
        return _drawn(address, told.group(1), size)

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


@cache
def _drawn(address: str, kind: str, size: tuple[int, int]) -> bytes:
    """Return a picture that only ``address`` has."""
    random = Random(address)  # noqa: S311 - drawings
    file = BytesIO()
    if kind == "photograph":
        grid = size[0] // 40, size[1] // 40
        small = Image.frombytes("RGB", grid, random.randbytes(3 * grid[0] * grid[1]))
        small.resize(size, Image.Resampling.BICUBIC).save(file, "JPEG", quality=60)
        return file.getvalue()
    image = Image.new("RGB", size, "white")
    if kind == "picture":
        draw = ImageDraw.Draw(image)
        for place in range(4):
            left, height = place * size[0] // 4, random.randrange(size[1] // 3, size[1])
            colour = tuple(random.randrange(160) for _ in range(3))
            draw.rectangle((left, size[1] - height, left + size[0] // 6, size[1]), colour)
    image.save(file, "PNG")
    return file.getvalue()
