"""A geometric alphabet of single strokes, which needs no font."""

from dataclasses import dataclass
from typing import Final

_ROUND: Final = "M0,-5a5,5 0 1,0 10,0a5,5 0 1,0 -10,0"
_ARCH: Final = "M0,-5.5A4.5,4.5 0 0,1 9,-5.5V0"

# Baseline at 0, x-height 10, ascender 15; advance width and path of each letter.
LETTERS: Final[dict[str, tuple[float, str]]] = {
    "a": (10, f"{_ROUND}M10,-10V0"),
    "b": (10, f"{_ROUND}M0,-15V0"),
    "c": (9, "M8.8,-8.2A5,5 0 1,0 8.8,-1.8"),
    "d": (10, f"{_ROUND}M10,-15V0"),
    "e": (10, "M0,-5H10A5,5 0 1,0 8.5,-1.4"),
    "f": (6, "M6.6,-15H6A3,3 0 0,0 3,-12V0M0,-10H6.2"),
    "g": (10, f"{_ROUND}M10,-10V-0.5A5,5 0 0,1 1.2,2.9"),
    "h": (9, f"M0,-15V0{_ARCH}"),
    "i": (0, "M0,-10V0M0,-14.6V-13.6"),
    "j": (3, "M3,-10V1A3,3 0 0,1 0,4M3,-14.6V-13.6"),
    "k": (8, "M0,-15V0M8,-10L0,-4M3,-6.2L8.5,0"),
    "l": (0, "M0,-15V0"),
    "m": (16, "M0,-10V0M0,-6A4,4 0 0,1 8,-6V0M8,-6A4,4 0 0,1 16,-6V0"),
    "n": (9, f"M0,-10V0{_ARCH}"),
    "o": (10, _ROUND),
    "p": (10, f"{_ROUND}M0,-10V5"),
    "q": (10, f"{_ROUND}M10,-10V5"),
    "r": (6, "M0,-10V0M0,-6A4,4 0 0,1 6,-9.4"),
    "s": (
        8,
        "M7.5,-8.4C6.5,-9.6 5.5,-10 4.2,-10C1.8,-10 .5,-8.8 .5,-7.4C.5,-4 8,-6 8,-2.6"
        "C8,-1 6.4,0 4.2,0C2.4,0 1,-.6 0,-2",
    ),
    "t": (6, "M3,-14V-3A3,3 0 0,0 6,0H6.8M0,-10H6.2"),
    "u": (9, "M0,-10V-4.5A4.5,4.5 0 0,0 9,-4.5M9,-10V0"),
    "v": (9, "M0,-10L4.5,0L9,-10"),
    "w": (14, "M0,-10L3.5,0L7,-10L10.5,0L14,-10"),
    "x": (8.5, "M0,-10L8.5,0M8.5,-10L0,0"),
    "y": (9, "M0,-10L4.5,0M9,-10L3,4.5"),
    "z": (8.5, "M0,-10H8L0,0H8.5"),
    " ": (5, ""),
}


@dataclass(frozen=True)
class Lettering:
    """Lettering of a brand."""

    weight: float = 2.4
    cap: str = "round"
    spacing: float = 4.4
    stretch: float = 1.0
    slant: float = 0.0


def word_width(text: str, lettering: Lettering) -> float:
    """Return the width of ``text`` at x-height 10."""
    advance = sum(LETTERS[letter][0] + lettering.spacing for letter in text) - lettering.spacing
    return advance * lettering.stretch


def word(text: str, lettering: Lettering, colour: str) -> str:
    """Return ``text`` as an SVG group: baseline at y = 0, x-height 10, starting at x = 0."""
    x, parts = 0.0, []
    for letter in text:
        advance, path = LETTERS[letter]
        parts.append(f'<path transform="translate({x:g} 0)" d="{path}"/>' if path else "")
        x = round(x + advance + lettering.spacing, 3)
    shape = f"scale({lettering.stretch:g} 1) skewX({-lettering.slant:g})"
    style = (
        f'stroke="{colour}" stroke-width="{lettering.weight:g}" stroke-linecap="{lettering.cap}"'
    )
    return (
        f'<g transform="{shape}" fill="none" stroke-linejoin="round" {style}>{"".join(parts)}</g>'
    )
