"""``bench_svgs``: what is refused and what looks different is counted and named."""

from io import StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from clustering.lab.bench.svgs import CELL, GREY, difference
from tests.pipeline.imaging.svg_files import svg

SQUARE = "viewBox='0 0 100 100'"


@pytest.mark.browser
def test_refused_and_drawn_files_are_counted(
    chromium: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CHROMIUM", chromium)
    with ZipFile(tmp_path / "logos.zip", "w") as archive:
        archive.writestr("good.svg", svg("<circle cx='50' cy='50' r='40' fill='#d33'/>", SQUARE))
        archive.writestr("bad.svg", b"<svg")
        archive.writestr("notes.txt", b"none")
    out = StringIO()

    call_command("bench_svgs", tmp_path / "logos.zip", stdout=out)

    refused, total = out.getvalue().splitlines()
    assert refused.startswith("refused    bad.svg: ")
    assert total.startswith("2 files: 50.00% refused, 0.00% differ by more than 5%; median")


def test_a_missing_shape_is_a_difference() -> None:
    empty = Image.new("RGBA", (100, 60))
    expected = Image.new("RGB", CELL, GREY)
    half = Image.new("RGB", (CELL[0] // 2, CELL[1]), "white")

    assert difference(empty, expected) == 0
    expected.paste(half)
    assert difference(empty, expected) == pytest.approx(127 / 255 / 2)


def test_archives_without_svgs_are_refused(chromium: str, tmp_path: Path) -> None:
    (tmp_path / "no.txt").write_bytes(b"")

    with pytest.raises(CommandError, match="has no SVG files"):
        call_command("bench_svgs", tmp_path)
