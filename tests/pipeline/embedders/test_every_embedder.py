"""Contract of every registered embedder."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from clustering.pipeline.embedders import DEFAULT, EMBEDDERS, Embedder, catalogue
from tests.pipeline.embedders import tiny

pytestmark = pytest.mark.slow


NAMES = {
    "descriptor": "descriptor",
    "logonet": "logonet",
    "open_clip": f"open_clip:{tiny.ARCHITECTURE}:tiny.safetensors",
    "torchvision": "torchvision:mobilenet_v2:random.safetensors",
}


@pytest.fixture(scope="module")
def weights_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from safetensors.torch import save_file

    folder = tmp_path_factory.mktemp("weights")
    save_file(tiny.make(folder), folder / "tiny.safetensors")
    save_file(tiny.make_torchvision("mobilenet_v2"), folder / "random.safetensors")
    return folder


@pytest.fixture(scope="module", params=sorted(EMBEDDERS))
def embedder(request: pytest.FixtureRequest, weights_dir: Path) -> Embedder:
    return catalogue.create(NAMES[request.param], weights_dir=weights_dir)


def pictures() -> list[Image.Image]:
    """Thirty-five different drawings, one of a single pixel and one with nothing on it."""
    images = []
    for step in range(33):
        image = Image.new("RGBA", (60 + step, 50), (255, 255, 255, 0))
        ImageDraw.Draw(image).ellipse((5, 5, 15 + step, 45), fill=(7 * step, 40, 90, 255))
        images.append(image)
    return [*images, Image.new("RGBA", (1, 1), "red"), Image.new("RGBA", (9, 9), (0, 0, 0, 0))]


def test_rows_are_finite_unit_vectors(embedder: Embedder) -> None:
    rows = embedder.embed(pictures())

    assert rows.shape == (35, embedder.dim)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)
    assert np.isfinite(rows).all()


def test_a_row_belongs_to_its_own_image(embedder: Embedder) -> None:
    images = pictures()
    order = np.random.default_rng(4).permutation(len(images))

    rows, shuffled = embedder.embed(images), embedder.embed([images[row] for row in order])

    np.testing.assert_allclose(shuffled, rows[order], atol=1e-2)


def test_the_same_images_give_the_same_bytes(embedder: Embedder) -> None:
    assert embedder.embed(pictures()).tobytes() == embedder.embed(pictures()).tobytes()


def test_no_images_give_no_rows(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.dim)


def test_the_key_is_known_without_loading(
    request: pytest.FixtureRequest, embedder: Embedder, weights_dir: Path
) -> None:
    name = NAMES[request.node.callspec.params["embedder"]]

    assert catalogue.embedder_key(name, weights_dir) == embedder.key
    assert "prep3" in embedder.key.split(":")


def test_the_default_is_registered_and_ready(tmp_path: Path) -> None:
    assert DEFAULT in EMBEDDERS
    assert catalogue.readiness(DEFAULT, tmp_path).is_ready
