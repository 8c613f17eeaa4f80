"""The table of embedders and clusterers on labelled logos."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings
from PIL import Image, ImageDraw

from clustering.pipeline.clusterers import calibration
from clustering.pipeline.clusterers.calibration import Choice

pytestmark = pytest.mark.slow


@pytest.fixture
def logos(tmp_path: Path) -> Path:
    """Two brands of three sites each, and a brand with one."""
    folder = tmp_path / "logos"
    folder.mkdir()
    for brand, shape in enumerate(("ellipse", "rectangle")):
        for row in range(3):
            image = Image.new("RGB", (120, 120), "white")
            box = (10, 10, 100 + row, 100 + row)
            getattr(ImageDraw.Draw(image), shape)(box, fill=("#1040c0", "#c02020")[brand])
            image.save(folder / f"brand{brand}-{row}.de.png")
    lonely = Image.new("RGB", (200, 60), "white")
    ImageDraw.Draw(lonely).line((5, 50, 60, 5, 120, 50, 190, 8), fill="#101010", width=6)
    lonely.save(folder / "lonely.de.png")
    return folder


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    file = tmp_path / "labels.csv"
    rows = [f"brand{brand}-{row}.de,brand{brand}" for brand in range(2) for row in range(3)]
    file.write_text("\n".join(["domain,brand", *rows, "lonely.de,lonely"]))
    return file


def test_each_pair_gets_a_row_and_missing_weights_are_reported(
    logos: Path, labels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    out = StringIO()
    embedders = ("--embedders", "descriptor", "torchvision:vgg16")

    with override_settings(WEIGHTS_DIR=tmp_path):
        call_command(
            "compare",
            str(logos),
            str(labels),
            *embedders,
            "--clusterers",
            "agglomerative",
            "dbscan",
            stdout=out,
        )

    rows = [[cell.strip() for cell in line.split("|")] for line in out.getvalue().splitlines()[2:]]
    assert [row[1:3] for row in rows] == [
        ["descriptor", "agglomerative"],
        ["descriptor", "dbscan"],
        ["torchvision:vgg16", "-"],
    ]
    assert rows[0][3].startswith("1.000 (")
    assert rows[0][4:7] == ["1.000", "1.000", "0.0%"]
    assert rows[2][3] == "weights not at hand"


def test_copies_are_joined_as_in_a_run(
    logos: Path, labels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing_else = Choice("agglomerative", {"distance_threshold": 1e-6})
    monkeypatch.setitem(calibration.CALIBRATED, "descriptor", {"agglomerative": nothing_else})

    def recall(copy_distance: float) -> str:
        monkeypatch.setitem(calibration.COPY_DISTANCES, "descriptor", copy_distance)
        out = StringIO()
        options = ("--embedders", "descriptor", "--clusterers", "agglomerative")
        call_command("compare", str(logos), str(labels), *options, stdout=out)
        return out.getvalue().splitlines()[2].split("|")[5].strip()

    assert recall(1e-6) == "0.714"  # trimmed, the rectangles are one picture; no two discs are
    assert recall(2.0) == "1.000"


def test_labels_of_other_images_are_refused(logos: Path, tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_text("domain,brand\nzeta.de,zeta\n")

    with pytest.raises(CommandError, match="labels none of the images"):
        call_command("compare", str(logos), str(file))


def test_a_missing_file_is_refused(logos: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("compare", str(logos), str(tmp_path / "none.csv"))
