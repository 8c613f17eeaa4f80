"""Decode untrusted bytes to a ``NormalisedImage`` in a pool of sandboxed child processes."""

import hashlib
import threading
from collections import OrderedDict
from dataclasses import asdict
from typing import Any, ClassVar, Final, Self

from PIL import Image

from clustering.pipeline.errors import ChildDied
from clustering.pipeline.imaging import WHOLE, NormalisedImage, PictureRegion
from clustering.pipeline.imaging.decoding import SVG, decode_raster, sniff
from clustering.pipeline.imaging.normalising import normalise, safe_zone
from clustering.pipeline.sandbox import Json, Pool, ProcessLimits

TARGET: Final = "clustering.pipeline.imaging.decoder:serve"
MAX_KEPT_BYTES: Final = 16 << 20  # hundreds of logos
RECYCLE_AFTER: Final = 1000  # calls; starting a child costs as much as 60 images
# CPU time is the limit that matters. A tight wall-clock limit would refuse good logos on a busy
# machine, and the deadline of a site bounds a fetch anyway.
LIMITS: Final = ProcessLimits(memory_bytes=1 << 30, cpu_seconds=5, wall_seconds=30.0)


def serve(request: Json, body: bytes) -> tuple[Json, bytes]:
    """In the child: decode and normalise; the payload is the PNG."""
    image = normalise_bytes(body, PictureRegion(**request))
    answer = asdict(image)
    del answer["png"]
    return answer, image.png


def normalise_bytes(data: bytes, cut: PictureRegion = WHOLE) -> NormalisedImage:
    """Decode and normalise in this process; use a ``Decoder`` for untrusted bytes.

    Raises:
        ImageError: ``bad_image`` or ``empty_image``.
    """
    source = sniff(data)
    if source.media_type != SVG:
        return normalise(_crop(decode_raster(source), cut), source.media_type, data)
    from clustering.pipeline.imaging.svg import render

    return normalise(_crop(render(source.data), cut), SVG)


def _crop(image: Image.Image, cut: PictureRegion) -> Image.Image:
    return safe_zone(image) if cut.is_maskable else image


class Decoder:
    """Pool of decoding child processes; one per process, thread-safe.

    The sites of a company serve one file under many names, so the last images are kept.
    """

    target: ClassVar[str] = TARGET

    def __init__(self, size: int = 1, *, limits: ProcessLimits = LIMITS) -> None:
        self.pool = Pool(self.target, size, limits, recycle_after=RECYCLE_AFTER)
        self._kept = _Kept()

    def decode(
        self, data: bytes, cut: PictureRegion = WHOLE, *, seconds: float | None = None
    ) -> NormalisedImage:
        """Decode and normalise an image; ``seconds`` lowers the time limit of the pool.

        Raises:
            ImageError: ``bad_image`` or ``empty_image``.
            ChildDied: the bytes crashed the decoder or exceeded its limits.
        """
        key = hashlib.sha256(data).digest(), cut
        image = self._kept.get(key)
        if image is None:
            image = _unpack(*self.pool.call(asdict(cut), data, seconds=seconds))
            self._kept.add(key, image)
        return image

    def close(self) -> None:
        self.pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


_Key = tuple[bytes, PictureRegion]


class _Kept:
    """The images that were used last, up to ``MAX_KEPT_BYTES``; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._images: OrderedDict[_Key, NormalisedImage] = OrderedDict()
        self._n_bytes = 0

    def get(self, key: _Key) -> NormalisedImage | None:
        with self._lock:
            if key in self._images:
                self._images.move_to_end(key)
            return self._images.get(key)

    def add(self, key: _Key, image: NormalisedImage) -> None:
        with self._lock:
            if key in self._images:
                return
            self._images[key] = image
            self._n_bytes += len(image.png)
            while self._n_bytes > MAX_KEPT_BYTES:
                _, dropped = self._images.popitem(last=False)
                self._n_bytes -= len(dropped.png)


def _unpack(answer: dict[str, Any], payload: bytes) -> NormalisedImage:
    """Rebuild the image; the child handled untrusted bytes, so its answer is validated."""
    try:
        image = NormalisedImage(png=payload, **answer)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ChildDied("crashed", "the decoder's answer is malformed") from error
    if hashlib.sha256(image.png).hexdigest() != image.sha256:
        raise ChildDied("crashed", "the decoder's image does not match its hash")
    return image
