"""Optional decoders, and the names of the formats that this installation reads."""

from importlib import import_module
from importlib.util import find_spec
from typing import Final

from clustering.pipeline.errors import ImageError

PLUGINS: Final = {
    "image/heic": ("pillow_heif", "pillow-heif"),
    "image/jxl": ("pillow_jxl", "pillow-jxl-plugin"),
}
"""Module and package of optional decoders."""
_TITLES: Final = (
    "PNG",
    "JPEG",
    "SVG",
    "WebP",
    "AVIF",
    "GIF",
    "BMP",
    "TIFF",
    "ICO",
    "ICNS",
    "JPEG 2000",
)
_PLUGIN_TITLES: Final = {"image/heic": "HEIC", "image/jxl": "JPEG XL"}


def readable_formats() -> list[str]:
    """Return the names of the formats that this installation reads."""
    optional = (
        title for media_type, title in _PLUGIN_TITLES.items() if find_spec(PLUGINS[media_type][0])
    )
    return [*_TITLES, *optional]


def load_plugin(media_type: str) -> None:
    """Register an optional decoder.

    Raises:
        ImageError: ``bad_image`` with the name of the package if it is not installed.
    """
    module, package = PLUGINS[media_type]
    try:
        plugin = import_module(module)
    except ImportError as error:
        kind = media_type.partition("/")[2].upper()
        message = f"{kind} images need the Python package {package}, which is not installed"
        raise ImageError("bad_image", message) from error
    if media_type == "image/heic":
        plugin.options.DECODE_THREADS = 1
        plugin.register_heif_opener()
