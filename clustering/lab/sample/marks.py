"""Symbols in a square of 40 by 40, centred on 0, in two colours; ``n`` varies each family."""

from collections.abc import Callable
from math import cos, pi, sin
from typing import Final

Mark = Callable[[str, str, int], str]


def _turned(shape: str, n: int, start: float = 0) -> str:
    turns = (f'<g transform="rotate({start + 360 * i / n:g})">{shape}</g>' for i in range(n))
    return "".join(turns)


def _polygon(n: int, radius: float, colour: str, start: float = -90) -> str:
    angles = [(start + 360 * i / n) * pi / 180 for i in range(n)]
    points = " ".join(f"{radius * cos(a):.2f},{radius * sin(a):.2f}" for a in angles)
    return f'<polygon points="{points}" fill="{colour}"/>'


def petals(a: str, b: str, n: int) -> str:
    leaf = f'<ellipse cy="-11" rx="{34 / n:g}" ry="9" fill="{a}" fill-opacity=".82"/>'
    return _turned(leaf, n) + f'<circle r="4" fill="{b}"/>'


def rings(a: str, b: str, n: int) -> str:
    ring = '<circle cx="{}" r="11.5" fill="none" stroke="{}" stroke-width="{}"/>'
    return ring.format(-7, a, n) + ring.format(7, b, n)


def cube(a: str, b: str, n: int) -> str:
    return (
        f'<path d="M0,-20L17.3,-10L0,0L-17.3,-10Z" fill="{b}"/>'
        f'<path d="M-17.3,-{10 - n / 2:g}L0,{n / 2:g}V20L-17.3,10Z" fill="{a}"/>'
        f'<path d="M17.3,-{10 - n / 2:g}L0,{n / 2:g}V20L17.3,10Z" fill="{a}" fill-opacity=".6"/>'
    )


def chevrons(a: str, b: str, n: int) -> str:
    one = '<path d="M-16,{0}L0,{1}L16,{0}" fill="none" stroke="{2}" stroke-width="6"/>'
    tones = (a, b, a)
    return "".join(one.format(i * 11 - 2, i * 11 - 14, tones[i % 3]) for i in range(min(n, 3)))


def tiles(a: str, b: str, n: int) -> str:
    quarter = '<path d="M-18,-18H0V0A18,18 0 0,1 -18,-18Z" fill="{}"/>'
    square = f'<rect x="1" y="1" width="17" height="17" rx="{n}" fill="{b}"/>'
    return (
        quarter.format(a)
        + f'<g transform="rotate(90)">{quarter.format(b)}</g>'
        + f'<g transform="rotate(270)">{quarter.format(a)}</g>'
        + square
    )


def bars(a: str, b: str, n: int) -> str:
    width = 36 / n - 2
    columns = []
    for i in range(n):
        height = 14 + 24 * i / (n - 1)
        colour = b if i == n - 1 else a
        x = -18 + i * 36 / n
        columns.append(
            f'<rect x="{x:.2f}" y="{19 - height:.2f}" width="{width:.2f}" height="{height:.2f}"'
            f' rx="2" fill="{colour}"/>'
        )
    return "".join(columns)


def orbit(a: str, b: str, n: int) -> str:
    path = f'<ellipse rx="20" ry="7" fill="none" stroke="{b}" stroke-width="2.6"/>'
    return f'<circle r="9" fill="{a}"/>' + _turned(path, n, 30) if n < 4 else rings(a, b, n)


def leaves(a: str, b: str, n: int) -> str:
    leaf = '<path d="M0,18C-20,8 -18,-14 -2,-19C2,-4 6,6 0,18Z" fill="{}"/>'
    return leaf.format(a) + f'<g transform="scale(-1 1) rotate({n * 4})">{leaf.format(b)}</g>'


def peaks(a: str, b: str, n: int) -> str:
    snow = f'<circle cx="10" cy="-12" r="{n + 1}" fill="{b}"/>'
    return (
        f'<path d="M-20,17L-5,-12L10,17Z" fill="{a}"/>'
        f'<path d="M-2,17L9,-2L20,17Z" fill="{a}" fill-opacity=".62"/>{snow}'
    )


def waves(a: str, b: str, n: int) -> str:
    one = '<path d="M-19,{0}q4.75,-9 9.5,0t9.5,0t9.5,0t9.5,0" fill="none" stroke="{1}" {2}/>'
    style = 'stroke-width="4" stroke-linecap="round"'
    gap = 32 / n
    tones = [(a, b)[i % 2] for i in range(n)]
    return "".join(one.format(f"{i * gap - 13:.2f}", tones[i], style) for i in range(n))


def shield(a: str, b: str, n: int) -> str:
    return (
        f'<path d="M-16,-18H16V2C16,12 8,17 0,20C-8,17 -16,12 -16,2Z" fill="{a}"/>'
        f'<path d="M-16,{n - 6}L16,{-n - 8}V{-n}L-16,{n + 2}Z" fill="{b}"/>'
    )


def star(a: str, b: str, n: int) -> str:
    ray = f'<path d="M0,-20L4.5,-4H-4.5Z" fill="{a}"/>'
    return _turned(ray, n) + f'<circle r="6.5" fill="{b}"/>'


def dots(a: str, b: str, n: int) -> str:
    spots = []
    for row in range(n):
        for column in range(n):
            x, y = (32 * v / (n - 1) - 16 for v in (column, row))
            radius = 2 + 3.4 * (row + column) / (2 * n - 2) * 3 / n
            colour = b if row + column >= 2 * n - 3 else a
            spots.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.2f}" fill="{colour}"/>')
    return "".join(spots)


def sunrise(a: str, b: str, n: int) -> str:
    arc = '<path d="M-{0},12A{0},{0} 0 0,1 {0},12" fill="none" stroke="{1}" stroke-width="3.6"/>'
    arcs = "".join(arc.format(20 - 6 * i, a) for i in range(min(n, 3)))
    return arcs + f'<rect x="-20" y="15" width="40" height="3.6" fill="{b}"/>'


def facets(a: str, b: str, n: int) -> str:
    return (
        f'<path d="M-20,-6L-{n + 6},-18H{n + 6}L20,-6L0,20Z" fill="{a}"/>'
        f'<path d="M-8,-6L0,-18L8,-6L0,20Z" fill="{b}"/>'
    )


def hexagon(a: str, b: str, n: int) -> str:
    return _polygon(6, 20, a) + _polygon(n, 10, b)


def pinwheel(a: str, b: str, n: int) -> str:
    blade = '<path d="M0,0C2,-10 8,-16 18,-17C14,-9 8,-2 0,0Z" fill="{}"/>'
    tones = [blade.format((a, b)[i % 2]) for i in range(n)]
    turned = (f'<g transform="rotate({360 * i / n:g})">{tone}</g>' for i, tone in enumerate(tones))
    return "".join(turned)


def drop(a: str, b: str, n: int) -> str:
    return (
        f'<path d="M0,-20C8,-8 14,-2 14,6A14,14 0 0,1 -14,6C-14,-2 -8,-8 0,-20Z" fill="{a}"/>'
        f'<path d="M-8,6A8,8 0 0,0 0,14" fill="none" stroke="{b}" stroke-width="{n}"/>'
    )


def knot(a: str, b: str, n: int) -> str:
    box = '<rect x="-11" y="-11" width="22" height="22" rx="{}" fill="none" stroke="{}" {}/>'
    style = 'stroke-width="5"'
    return box.format(n, a, style) + f'<g transform="rotate(45)">{box.format(n, b, style)}</g>'


def half_moon(a: str, b: str, n: int) -> str:
    return (
        f'<path d="M6,-19A19,19 0 1,0 6,19A{21 + n},{21 + n} 0 0,1 6,-19Z" fill="{a}"/>'
        f'<circle cx="9" r="{n + 2}" fill="{b}"/>'
    )


MARKS: Final[tuple[Mark, ...]] = (
    petals, rings, cube, chevrons, tiles, bars, orbit, leaves, peaks, waves,
    shield, star, dots, sunrise, facets, hexagon, pinwheel, drop, knot, half_moon,
)  # fmt: skip
VARIANTS: Final = (
    (5, 3), (4, 6), (0, 4), (3, 2), (0, 8), (4, 3), (1, 2), (2, 8), (3, 5), (4, 3),
    (2, 5), (8, 12), (3, 4), (3, 2), (4, 7), (3, 4), (6, 4), (3, 5), (2, 9), (3, 1),
)  # fmt: skip
