"""Distances that are found on a data set's own logos, without labels."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clustering.pipeline.self_calibration import find_distances, nearest_strangers, sampled_rows

COPY = 0.01


class Copying:
    """Moves each vector, which it finds by the colour of the image, a little."""

    key, dim = "copying", 64

    def __init__(self, vectors: NDArray[np.float32]) -> None:
        self.vectors = vectors

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        rows = [int(image.convert("RGB").resize((1, 1)).getpixel((0, 0))[0]) for image in images]  # type: ignore[index]
        turned = np.roll(self.vectors[rows], 1, axis=1)
        turned -= np.einsum("ij,ij->i", turned, self.vectors[rows])[:, None] * self.vectors[rows]
        turned /= np.linalg.norm(turned, axis=1, keepdims=True)
        made = (1 - COPY) * self.vectors[rows] + np.sqrt(1 - (1 - COPY) ** 2) * turned
        return np.asarray(made, dtype=np.float32)


def brands(n_rows: int = 240) -> tuple[NDArray[np.float32], list[tuple[str, ...]]]:
    """Return pairs of equal owners that look alike; the others are about as far as by chance."""
    generator = np.random.default_rng(8)
    vectors = generator.normal(size=(n_rows, 64)).astype(np.float32)
    vectors[1::2] = vectors[::2] + 0.2 * vectors[1::2]
    words = ["".join(generator.choice(list("abcdefghijklmnop"), 9)) for _ in range(n_rows // 2)]
    names: list[tuple[str, ...]] = [
        (f"{words[row // 2]}.{'de' if row % 2 else 'fr'}",) for row in range(n_rows)
    ]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors, names


def test_the_cut_parts_strangers_and_keeps_owners_together() -> None:
    vectors, names = brands()
    images = [(row, Image.new("RGBA", (8, 8), (row, row, row, 255))) for row in sampled_rows(240)]

    found = find_distances(vectors, names, images, Copying(vectors))

    assert found is not None
    own = 1 - np.einsum("ij,ij->i", vectors[::2], vectors[1::2])
    strangers = nearest_strangers(vectors, names)
    assert own.max() < found.distances.threshold
    assert (strangers <= found.distances.threshold).mean() < 0.1
    assert round(found.distances.copies, 2) == COPY


def test_too_few_strangers_find_nothing() -> None:
    vectors, names = brands(40)

    assert find_distances(vectors, names, [], Copying(vectors)) is None
