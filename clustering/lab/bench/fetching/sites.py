"""Virtual hosts: slow, silent or broken ones, and their responses."""

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from math import log
from random import Random
from typing import Final

from PIL import Image, ImageDraw

from clustering.lab.bench.fetching.pages import page

MEDIAN_SECONDS: Final = 0.230
SIGMA: Final = log(1.8 / MEDIAN_SECONDS) / 1.645  # 95th percentile at 1.8 s
SILENT_SECONDS: Final = 10.5
SILENT: Final = 0.03
BROKEN: Final = 0.04
IMAGE_SIZE: Final = (320, 96)
N_IMAGES: Final = 24
SUFFIXES: Final = (".png", ".jpg", ".svg", ".ico")


@dataclass(frozen=True)
class ScriptedResponse:
    """A site's response and its delay."""

    delay_seconds: float
    status: str
    media_type: str
    body: bytes


def hosts(n: int) -> tuple[str, ...]:
    """Return the names of ``n`` sites; .test never exists on the internet."""
    return tuple(f"otterbrook{number:04}.test" for number in range(n))


def answer(host: str, path: str) -> ScriptedResponse:
    """Return the response of ``host``; deterministic."""
    site = _random(host)
    fate = site.random()
    delay = _random(f"{host}{path}").lognormvariate(log(MEDIAN_SECONDS), SIGMA)
    if fate < SILENT:
        return ScriptedResponse(SILENT_SECONDS, "504 Gateway Timeout", "text/plain", b"")
    if fate < SILENT + BROKEN:
        status = site.choice(["404 Not Found", "500 Internal Server Error"])
        return ScriptedResponse(delay, status, "text/html", b"<title>Sorry</title>")
    if path == "/":
        return ScriptedResponse(delay, "200 OK", "text/html; charset=utf-8", page(host, site))
    if path.endswith(SUFFIXES):
        return ScriptedResponse(delay, "200 OK", "image/png", images()[site.randrange(N_IMAGES)])
    return ScriptedResponse(delay, "404 Not Found", "text/html", b"<title>Not here</title>")


@cache
def images() -> tuple[bytes, ...]:
    """Return distinct pictures of about 14 KB."""
    return tuple(_image(_random(f"image {number}")) for number in range(N_IMAGES))


def _image(random: Random) -> bytes:
    """Draw flat shapes; speckles give it a realistic file size."""
    image = Image.new("RGBA", IMAGE_SIZE, (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    width, height = IMAGE_SIZE
    for _ in range(14):
        colour = tuple(random.randrange(200) for _ in range(3))
        x, y, side = random.randrange(width), random.randrange(height), random.randrange(10, 60)
        draw.ellipse((x, y, x + side, y + side), fill=(*colour, 255))
    for _ in range(2500):
        place = random.randrange(width), random.randrange(height)
        draw.point(place, fill=(random.randrange(256), 40, 90, 255))
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _random(name: str) -> Random:
    return Random(name)  # noqa: S311 - deterministic test data
