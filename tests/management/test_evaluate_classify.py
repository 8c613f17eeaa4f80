"""The evaluate_classify command on generated logos."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from PIL import Image, ImageDraw

pytestmark = pytest.mark.slow


SHAPES = ("ellipse", "rectangle", "line")
COLOURS = ("#1040c0", "#c02020", "#108040")


@pytest.fixture
def logos(tmp_path: Path) -> Path:
    """Nine brands of four sites each, three sites that stand alone, and what shows no logo."""
    folder = tmp_path / "logos"
    folder.mkdir()
    for brand in range(9):
        for row in range(4):
            image = Image.new("RGB", (120, 120), "white")
            pen = getattr(ImageDraw.Draw(image), SHAPES[brand % 3])
            pen((10, 10, 60 + 20 * (brand // 3), 100 + row), fill=COLOURS[brand // 3])
            image.save(folder / f"brand{brand}-{row}.de.png")
    for alone in range(3):
        image = Image.new("RGB", (200, 60), "white")
        pen = ImageDraw.Draw(image).line
        pen((5, 50, 60, 5 + 9 * alone, 120, 50, 190, 8), fill="#101010", width=2 + 3 * alone)
        image.save(folder / f"alone{alone}.de.png")
    return folder


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """No looks, no kinds: both are optional."""
    file = tmp_path / "labels.csv"
    rows = [f"brand{brand}-{row}.de,brand{brand}" for brand in range(9) for row in range(4)]
    rows += [f"alone{alone}.de,alone{alone}" for alone in range(3)]
    file.write_text("\n".join(["domain,brand", *rows]))
    return file


def test_a_third_of_brands_and_images_is_held_out(logos: Path, labels: Path) -> None:
    out = StringIO()

    call_command(
        "evaluate_classify", str(logos), str(labels), "--embedder", "descriptor", "--json",
        stdout=out,
    )  # fmt: skip

    figures = json.loads(out.getvalue())
    # Of 9 brands 3 with their 4 images, and of 3 lonely sites 1; of 6 brands 1 image of 4.
    assert figures["clusters = brands: unseen brands, called outliers"]["n"] == 13
    assert figures["clusters = brands: seen brands, top-1"]["n"] == 6
    assert figures["clusters = brands: seen brands, top-1"]["value"] == 1.0
    assert 0 < figures["calibrated on all"]["score"] < 1


def test_labels_that_cannot_be_read_are_refused(logos: Path, labels: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("evaluate_classify", str(logos), str(labels.with_name("none.csv")))

    labels.write_text("site,brand\nnova.de,nova\n")

    with pytest.raises(CommandError, match="needs the columns domain, brand"):
        call_command("evaluate_classify", str(logos), str(labels))
