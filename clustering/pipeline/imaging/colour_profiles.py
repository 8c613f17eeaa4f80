"""Colours of a file -> sRGB: ICC profiles and the gamma of PNGs, as browsers apply them."""

from contextlib import suppress
from functools import cache
from io import BytesIO
from typing import Any, Final

from PIL import Image, ImageCms

MAX_PROFILE_BYTES: Final = 4 << 20
USUAL_GAMMA: Final = 1 / 2.2
GAMMA_TOLERANCE: Final = 0.05
SRGB_RED_X: Final = 0.436  # of XYZ with white D50
RED_TOLERANCE: Final = 0.03
_MODES: Final = {"RGB ": ("RGB", "RGBA"), "GRAY": ("L",), "CMYK": ("CMYK",)}


def to_srgb(image: Image.Image) -> Image.Image:
    """Return the image in sRGB; a damaged profile, or one for other channels, is ignored."""
    profile = image.info.get("icc_profile")
    if isinstance(profile, bytes) and 128 < len(profile) <= MAX_PROFILE_BYTES:
        with suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError, KeyError):
            return _with_profile(image, profile)
    elif image.format == "PNG" and "srgb" not in image.info:
        return _with_gamma(image)
    return image


def _with_profile(image: Image.Image, data: bytes) -> Image.Image:
    profile = ImageCms.ImageCmsProfile(BytesIO(data))
    space = str(profile.profile.xcolor_space)
    if _is_srgb(profile):
        return image
    indexed = space == "RGB " and image.mode in {"P", "PA"}
    source = image.convert("RGBA") if indexed else image
    if source.mode == "LA" and space == "GRAY":
        grey = _transformed(source.getchannel("L"), profile, "RGB")
        grey.putalpha(source.getchannel("A"))
        return grey
    if source.mode not in _MODES.get(space, ()):
        return image
    result = _transformed(source, profile, "RGBA" if source.mode == "RGBA" else "RGB")
    if "exif" in image.info:
        result.info["exif"] = image.info["exif"]
    if source.mode != "RGBA" and "transparency" in image.info:
        result.putalpha(source.convert("RGBA").getchannel("A"))
    return result


def _is_srgb(profile: Any) -> bool:
    description = ImageCms.getProfileDescription(profile).lower()
    red = profile.profile.red_colorant  # XYZ and xyY
    is_red = red is None or abs(red[0][0] - SRGB_RED_X) < RED_TOLERANCE
    return "srgb" in description and "linear" not in description and is_red


def _transformed(image: Image.Image, profile: Any, mode: str) -> Image.Image:
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    result = ImageCms.profileToProfile(image, profile, _srgb(), intent, mode)
    assert result is not None  # noqa: S101  # it is None only when it changes the image itself
    return result


@cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _with_gamma(image: Image.Image) -> Image.Image:
    """Apply the gAMA chunk of a PNG."""
    gamma = image.info.get("gamma")
    if not isinstance(gamma, float) or not 0.01 < gamma < 10:
        return image
    if abs(gamma - USUAL_GAMMA) < GAMMA_TOLERANCE or image.mode[:1] not in "LRP":
        return image
    exponent = USUAL_GAMMA / gamma
    curve = [round(255 * (value / 255) ** exponent) for value in range(256)]
    rgba = image.convert("RGBA")
    result = rgba.point([*curve * 3, *range(256)])
    if "exif" in image.info:
        result.info["exif"] = image.info["exif"]
    return result
