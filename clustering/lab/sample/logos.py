"""Brand and rendition -> SVG -> image files."""

import io
from typing import Final

from PIL import Image

from clustering.lab.sample.brands import Brand
from clustering.lab.sample.letters import Lettering, word, word_width
from clustering.lab.sample.marks import MARKS, VARIANTS

LOOKS: Final = ("main", "white", "symbol", "caption", "mono")
_CAPTION_LETTERING: Final = Lettering(weight=2, spacing=5)


def svg(brand: Brand, look: str, country: str = "") -> str:
    """Return the brand's logo as an SVG document."""
    colours = {"white": ("#ffffff", "#ffffff"), "mono": ("#3c3c3c", "#8a8a8a")}
    a, b = colours.get(look, brand.colours)
    symbol = MARKS[brand.mark](a, b, VARIANTS[brand.mark][brand.variant])
    if look == "symbol":
        return _document(-22, -22, 44, 44, symbol)
    shape, width, height = _arranged(brand, symbol, a, look)
    if look == "caption":
        scale = 0.8
        text = word(country, _CAPTION_LETTERING, "#5b6472")
        x = max(0.0, (width - scale * word_width(country, _CAPTION_LETTERING)) / 2)
        shape += f'<g transform="translate({x:.2f} {height + 15:.2f}) scale({scale})">{text}</g>'
        width = max(width, x + scale * word_width(country, _CAPTION_LETTERING))
        height += 19
    return _document(-6, -4, width + 12, height + 8, shape)


def _arranged(brand: Brand, symbol: str, colour: str, look: str) -> tuple[str, float, float]:
    """Return symbol and word drawn from (0, 0), with width and height."""
    wide = 1.5 * word_width(brand.name, brand.lettering)
    ink = colour

    def placed(x: float, y: float, scale: float = 1.5) -> str:
        text = word(brand.name, brand.lettering, ink)
        return f'<g transform="translate({x:.2f} {y:.2f}) scale({scale})">{text}</g>'

    if brand.layout == "stacked":
        x = max(wide, 60) / 2
        big = f'<g transform="translate({x:.2f} 30) scale(1.5)">{symbol}</g>'
        return big + placed(x - wide / 2, 94), max(wide, 60), 106
    if brand.layout == "badge":
        ink = colour if look in ("white", "mono") else "#ffffff"
        box = f'<rect width="{wide + 36:.2f}" height="48" rx="10" '
        line = f'fill="none" stroke="{colour}" stroke-width="2.5"/>'
        filled = f'fill="{colour}"/>' if ink == "#ffffff" and look != "white" else line
        return box + filled + placed(18, 32), wide + 36, 48
    if brand.layout == "word":
        dot = f'<circle cx="{wide + 12:.2f}" cy="28" r="4.5" fill="{brand.colours[1]}"/>'
        dot = dot if look not in ("white", "mono") else dot.replace(brand.colours[1], colour)
        return placed(2, 32) + dot, wide + 18, 44
    size = 1.0
    if brand.layout == "disc":
        ring = f'<circle r="24" fill="none" stroke="{colour}" stroke-width="2.5"/>'
        symbol, size = f"{ring}<g transform='scale(.72)'>{symbol}</g>", 0.92
    left = f'<g transform="translate(22 23) scale({size})">{symbol}</g>'
    return left + placed(56, 31), 56 + wide, 46


def _document(x: float, y: float, width: float, height: float, shape: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{x:g} {y:g} {width:.2f} {height:.2f}"'
        f' width="{width:.0f}" height="{height:.0f}">{shape}</svg>'
    )


def raster(document: str, width: int, kind: str, ground: str | None = None) -> bytes:
    """Return the drawing as ``png``, ``webp``, ``gif``, ``jpeg`` or ``ico``, ``width`` px wide."""
    import resvg_py

    data = bytes(resvg_py.svg_to_bytes(svg_string=document, width=width, background=ground))
    image = Image.open(io.BytesIO(data)).convert("RGBA")
    out = io.BytesIO()
    if kind == "webp":
        image.save(out, "WEBP", lossless=True)
    elif kind == "ico":
        image.save(out, "ICO", sizes=[(16, 16), (32, 32), (48, 48)])
    elif kind == "jpeg":
        image.convert("RGB").save(out, "JPEG", quality=88)
    elif kind == "gif":
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image)
        white.convert("RGB").quantize(32).save(out, "GIF")
    else:
        image.save(out, "PNG", optimize=True)
    return out.getvalue()
