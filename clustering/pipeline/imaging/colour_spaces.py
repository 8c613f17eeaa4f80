"""Colour spaces of CSS: conversions from and to sRGB.

CSS Color 4, section 17 (https://www.w3.org/TR/css-color-4/#color-conversion-code).
"""

import colorsys
import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


class Rgba(NamedTuple):
    """Gamma-encoded sRGB, not clipped; 1 is full."""

    red: float
    green: float
    blue: float
    alpha: float = 1.0


BLACK: Final = Rgba(0.0, 0.0, 0.0)
# Matrices of CSS Color 4, section 17: linear light to XYZ with white D65, but ProPhoto: D50.
_TO_XYZ: Final = {
    "srgb": np.array(
        [
            [0.41239079926595934, 0.357584339383878, 0.1804807884018343],
            [0.21263900587151027, 0.715168678767756, 0.07219231536073371],
            [0.01933081871559182, 0.11919477979462598, 0.9505321522496607],
        ]
    ),
    "display-p3": np.array(
        [
            [0.4865709486482162, 0.26566769316909306, 0.1982172852343625],
            [0.2289745640697488, 0.6917385218365064, 0.079286914093745],
            [0.0, 0.04511338185890264, 1.043944368900976],
        ]
    ),
    "a98-rgb": np.array(
        [
            [0.5766690429101305, 0.1855582379065463, 0.1882286462349947],
            [0.29734497525053605, 0.6273635662554661, 0.07529145849399788],
            [0.02703136138641234, 0.07068885253582723, 0.9913375368376388],
        ]
    ),
    "prophoto-rgb": np.array(
        [
            [0.7977604896723027, 0.13518583717574031, 0.0313493495815248],
            [0.2880711282292934, 0.7118432178101014, 0.00008565396060525902],
            [0.0, 0.0, 0.8251046025104602],
        ]
    ),
    "rec2020": np.array(
        [
            [0.6369580483012914, 0.14461690358620832, 0.1688809751641721],
            [0.2627002120112671, 0.6779980715188708, 0.05930171646986196],
            [0.0, 0.028072693049087428, 1.060985057710791],
        ]
    ),
}
_D50_TO_D65: Final = np.array(
    [
        [0.9554734527042182, -0.023098536874261423, 0.0632593086610217],
        [-0.028369706963208136, 1.0099954580058226, 0.021041398966943008],
        [0.012314001688319899, -0.020507696433477912, 1.3303659366080753],
    ]
)
_XYZ_TO_LMS: Final = np.array(
    [
        [0.819022437996703, 0.3619062600528904, -0.1288737815209879],
        [0.0329836539323885, 0.9292868615863434, 0.0361446663506424],
        [0.0481771893596242, 0.2642395317527308, 0.6335478284694309],
    ]
)
_LMS_TO_OKLAB: Final = np.array(
    [
        [0.210454268309314, 0.7936177747023054, -0.0040720430116193],
        [1.9779985324311684, -2.4285922420485799, 0.450593709617411],
        [0.0259040424655478, 0.7827717124575296, -0.8086757549230774],
    ]
)
_XYZ_TO_SRGB: Final = np.linalg.inv(_TO_XYZ["srgb"])
_D65_TO_D50: Final = np.linalg.inv(_D50_TO_D65)
_LMS_TO_XYZ: Final = np.linalg.inv(_XYZ_TO_LMS)
_OKLAB_TO_LMS: Final = np.linalg.inv(_LMS_TO_OKLAB)
_D50: Final = np.array([0.3457 / 0.3585, 1.0, (1 - 0.3457 - 0.3585) / 0.3585])
_EPSILON: Final = 216 / 24389
_KAPPA: Final = 24389 / 27

CHANNELS: Final = {
    "rgb": ("r", "g", "b"),
    "srgb": ("r", "g", "b"),
    "srgb-linear": ("r", "g", "b"),
    "hsl": ("h", "s", "l"),
    "hwb": ("h", "w", "b"),
    "lab": ("l", "a", "b"),
    "oklab": ("l", "a", "b"),
    "lch": ("l", "c", "h"),
    "oklch": ("l", "c", "h"),
    "xyz": ("x", "y", "z"),
    "xyz-d65": ("x", "y", "z"),
}
PERCENT: Final = {  # of each channel: the value of 100 %
    "rgb": (255.0, 255.0, 255.0),
    "srgb": (1.0, 1.0, 1.0),
    "srgb-linear": (1.0, 1.0, 1.0),
    "hsl": (360.0, 100.0, 100.0),
    "hwb": (360.0, 100.0, 100.0),
    "lab": (100.0, 125.0, 125.0),
    "oklab": (1.0, 0.4, 0.4),
    "lch": (100.0, 150.0, 360.0),
    "oklch": (1.0, 0.4, 360.0),
    "xyz": (1.0, 1.0, 1.0),
    "xyz-d65": (1.0, 1.0, 1.0),
}


def from_space(space: str, values: list[float]) -> tuple[float, float, float]:
    """Convert channels in CSS ranges to gamma-encoded sRGB."""
    if space in {"srgb", "rgb"}:
        red, green, blue = (value / PERCENT[space][0] for value in values)
        return red, green, blue
    if space == "hsl":
        return colorsys.hls_to_rgb(values[0] / 360, values[2] / 100, values[1] / 100)
    if space == "hwb":
        return _from_hwb(*values)
    linear = _XYZ_TO_SRGB @ _xyz(space, values)
    red, green, blue = _encoded(linear).tolist()
    return red, green, blue


def _from_hwb(hue: float, white: float, black: float) -> tuple[float, float, float]:
    white, black = white / 100, black / 100
    if white + black >= 1:
        grey = white / (white + black)
        return grey, grey, grey
    red, green, blue = (
        channel * (1 - white - black) + white for channel in colorsys.hls_to_rgb(hue / 360, 0.5, 1)
    )
    return red, green, blue


def _xyz(space: str, values: list[float]) -> Vector:
    """Convert to XYZ with white D65."""
    if space in {"lch", "oklch"}:
        light, chroma, hue = values
        angle = math.radians(hue)
        values = [light, chroma * math.cos(angle), chroma * math.sin(angle)]
        space = space.replace("ch", "ab")
    vector = np.array(values, dtype=np.float64)
    if space == "oklab":
        return np.asarray(_LMS_TO_XYZ @ (_OKLAB_TO_LMS @ vector) ** 3)
    if space == "lab":
        return np.asarray(_D50_TO_D65 @ _from_lab(vector))
    if space == "xyz-d50":
        return np.asarray(_D50_TO_D65 @ vector)
    if space in {"xyz", "xyz-d65"}:
        return vector
    if space == "srgb-linear":
        return np.asarray(_TO_XYZ["srgb"] @ vector)
    xyz = np.asarray(_TO_XYZ[space] @ _decoded(space, vector))
    return np.asarray(_D50_TO_D65 @ xyz) if space == "prophoto-rgb" else xyz


def _from_lab(lab: Vector) -> Vector:
    middle = (lab[0] + 16) / 116
    cubes = np.array([middle + lab[1] / 500, middle, middle - lab[2] / 200])
    return np.asarray(np.where(cubes**3 > _EPSILON, cubes**3, (116 * cubes - 16) / _KAPPA) * _D50)


def _to_lab(xyz: Vector) -> Vector:
    scaled = (_D65_TO_D50 @ xyz) / _D50
    roots = np.where(scaled > _EPSILON, np.cbrt(scaled), (_KAPPA * scaled + 16) / 116)
    return np.array(
        [116 * roots[1] - 16, 500 * (roots[0] - roots[1]), 200 * (roots[1] - roots[2])]
    )


def _decoded(space: str, values: Vector) -> Vector:
    """Gamma-encoded -> linear light."""
    size, sign = np.abs(values), np.sign(values)
    if space == "a98-rgb":
        return np.asarray(sign * size ** (563 / 256))
    if space == "prophoto-rgb":
        return np.asarray(sign * np.where(size <= 16 / 512, size / 16, size**1.8))
    if space == "rec2020":
        alpha, beta = 1.09929682680944, 0.018053968510807
        curve = ((size + alpha - 1) / alpha) ** (1 / 0.45)
        return np.asarray(sign * np.where(size < beta * 4.5, size / 4.5, curve))
    return np.asarray(
        sign * np.where(size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055) ** 2.4)
    )


def _encoded(values: Vector) -> Vector:
    """Linear light -> gamma-encoded sRGB."""
    size, sign = np.abs(values), np.sign(values)
    return np.asarray(
        sign * np.where(size > 0.0031308, 1.055 * size ** (1 / 2.4) - 0.055, 12.92 * size)
    )


def to_space(space: str, colour: Rgba) -> list[float]:
    """Convert sRGB to channels in CSS ranges."""
    if space in {"srgb", "rgb"}:
        return [value * PERCENT[space][0] for value in colour[:3]]
    if space in {"hsl", "hwb"}:
        return _to_hue(space, colour)
    xyz = _TO_XYZ["srgb"] @ _decoded("srgb", np.array(colour[:3]))
    if space in {"xyz", "xyz-d65"}:
        return [float(value) for value in xyz]
    if space == "srgb-linear":
        return [float(value) for value in _XYZ_TO_SRGB @ xyz]
    is_ok = space.startswith("ok")
    lab = _LMS_TO_OKLAB @ np.cbrt(_XYZ_TO_LMS @ xyz) if is_ok else _to_lab(xyz)
    light, a, b = (float(value) for value in lab)
    if space.endswith("ab"):
        return [light, a, b]
    return [light, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360]


def _to_hue(space: str, colour: Rgba) -> list[float]:
    channels = [min(max(value, 0.0), 1.0) for value in colour[:3]]
    hue, light, saturation = colorsys.rgb_to_hls(*channels)
    if space == "hsl":
        return [360 * hue, 100 * saturation, 100 * light]
    return [360 * hue, 100 * min(channels), 100 * (1 - max(channels))]
