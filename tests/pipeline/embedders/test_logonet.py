"""The shipped network: similarities, and limits on its cost."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from clustering.lab.sample import logos
from clustering.lab.sample.brands import BRANDS
from clustering.pipeline.clusterers.calibration import calibrated
from clustering.pipeline.embedders import logonet
from clustering.pipeline.embedders.logonet import WEIGHTS, LogoNet
from clustering.pipeline.embedders.weights import load_state_dict
from clustering.pipeline.errors import InputError
from clustering.pipeline.imaging.svg import render

pytestmark = pytest.mark.slow


SOME = range(0, len(BRANDS), 4)
CUT = float(calibrated("logonet", "agglomerative").params["distance_threshold"])


@pytest.fixture(scope="module")
def embedder() -> LogoNet:
    return LogoNet(precision="fp32")


def drawn(brand: int, look: str = "main") -> Image.Image:
    return render(logos.svg(BRANDS[brand], look, country="Norge").encode())


def as_jpeg(image: Image.Image, ground: str = "white") -> Image.Image:
    flat = Image.new("RGB", image.size, ground)
    flat.paste(image, mask=image.getchannel("A"))
    file = io.BytesIO()
    flat.save(file, "JPEG", quality=40)
    return Image.open(file).convert("RGBA")


def captioned(image: Image.Image) -> Image.Image:
    taller = Image.new("RGBA", (image.width, round(image.height * 1.4)))
    taller.paste(image)
    ImageDraw.Draw(taller).text(
        (image.width // 3, image.height + 4), "Springfield", fill="#444", font_size=28
    )
    return taller


def in_other_clothes(brand: int, change: str) -> Image.Image:
    plain = drawn(brand)
    if change == "white":
        return as_jpeg(drawn(brand, "white"), "#20304a")
    if change == "small":
        return plain.resize((plain.width // 6, plain.height // 6))
    return {"mono": drawn(brand, "mono"), "jpeg": as_jpeg(plain), "caption": captioned(plain)}[
        change
    ]


@pytest.mark.parametrize("change", ["mono", "white", "small", "jpeg", "caption"])
def test_renditions_of_a_mark_are_nearest_to_it_and_mostly_within_the_threshold(
    embedder: LogoNet, change: str
) -> None:
    plain = embedder.embed([drawn(brand) for brand in SOME])
    altered = embedder.embed([in_other_clothes(brand, change) for brand in SOME])

    scores = altered @ plain.T

    assert scores.argmax(axis=1).tolist() == list(range(len(SOME)))
    assert (1.0 - np.diag(scores) < CUT).mean() >= 0.75


def test_different_marks_stay_apart(embedder: LogoNet) -> None:
    rows = embedder.embed([drawn(brand) for brand in SOME])

    nearest = (rows @ rows.T - 2 * np.eye(len(rows))).max(axis=1)

    assert (1.0 - nearest > CUT).mean() >= 0.9


def test_bfloat16_is_close_to_float32_and_has_a_key_of_its_own(embedder: LogoNet) -> None:
    images = [drawn(brand) for brand in range(8)]
    quick = LogoNet(precision="bf16")

    cosines = (quick.embed(images) * embedder.embed(images)).sum(axis=1)

    assert cosines.min() > 0.997
    assert quick.key == f"logonet:{logonet.VERSION}:prep3:{logonet.VIEWS}:bf16"
    assert embedder.key == f"logonet:{logonet.VERSION}:prep3:{logonet.VIEWS}:fp32"


def test_the_weights_are_small_enough_for_the_repository() -> None:
    assert WEIGHTS.stat().st_size <= 8_000_000
    assert all(str(one.dtype) == "torch.float16" for one in load_state_dict(WEIGHTS).values())


def test_a_batch_gives_the_rows_of_single_images(embedder: LogoNet) -> None:
    images = [drawn(brand % 4) for brand in range(logonet.BATCH + 3)]

    rows = embedder.embed(images)

    np.testing.assert_allclose(rows[-1], embedder.embed([images[-1]])[0], atol=1e-5)
    np.testing.assert_allclose(rows[0], rows[4], atol=1e-5)


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "logonet.safetensors"
    file.write_bytes(WEIGHTS.read_bytes()[:100_000])

    with pytest.raises(InputError, match=r"logonet\.safetensors contains no plain weights"):
        LogoNet(file)
