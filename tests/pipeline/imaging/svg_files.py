"""Builders for SVG test files."""

from base64 import b64encode
from functools import cache
from io import BytesIO

from PIL import Image

CANARY = (255, 0, 254)
SHAPE = "<rect width='60' height='40' fill='#123456'/>"
XLINK = "xmlns:xlink='http://www.w3.org/1999/xlink'"
HTTP = "http://127.0.0.1:9"  # nothing listens there


def svg(inner: str, attributes: str = "viewBox='0 0 100 100'") -> bytes:
    return f"<svg xmlns='http://www.w3.org/2000/svg' {XLINK} {attributes}>{inner}</svg>".encode()


def filtered(steps: str) -> bytes:
    return svg(f"<filter id='f'>{steps}</filter><rect width='9' height='9' filter='url(#f)'/>")


@cache
def png_uri(width: int, height: int) -> str:
    file = BytesIO()
    Image.new("RGB", (width, height), (0, 128, 0)).save(file, "PNG")
    return data_uri("image/png", file.getvalue())


def data_uri(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{b64encode(data).decode()}"
