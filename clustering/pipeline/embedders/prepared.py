"""An embedder behind optional preparation steps."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clustering.pipeline.embedders import Embedder
from clustering.pipeline.imaging import steps


class Prepared:
    """Wraps an embedder; the steps are part of the key."""

    def __init__(self, embedder: Embedder, names: tuple[str, ...]) -> None:
        self._embedder = embedder
        self._names = names
        self.key = prepared_key(embedder.key, names)
        self.dim = embedder.dim

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Return one unit row per RGBA image, shape (len(images), dim)."""
        return self._embedder.embed([steps.apply(image, self._names) for image in images])


def prepared(embedder: Embedder, names: Iterable[str]) -> Embedder:
    """Return ``embedder`` behind the named steps, or itself without any.

    Raises:
        InputError: if a name is unknown, or two contradict each other.
    """
    chosen = steps.canonical(names)
    return Prepared(embedder, chosen) if chosen else embedder


def prepared_key(key: str, names: Iterable[str]) -> str:
    """Return the key of ``prepared(...)`` without creating it."""
    return key + steps.key_suffix(names)
