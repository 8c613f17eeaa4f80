"""Brands from the command line: clustered and evaluated."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.pictures import as_png, drawn

pytestmark = pytest.mark.slow

LOOKS = {"mazda": ("ring", "cross"), "toyota": ("bars", "stairs")}
COLOURS = {"mazda": "#c02030", "toyota": "#1040a0"}


@pytest.fixture
def logos(tmp_path: Path) -> Path:
    """Two brands with two looks each: four sites with the first, one with the second."""
    folder = tmp_path / "logos"
    folder.mkdir()
    lines = ["domain,brand,look,kind"]
    for brand, looks in LOOKS.items():
        for n, top in enumerate(("de", "fr", "it", "es", "at")):
            image = as_png(drawn(looks[n == 4], COLOURS[brand], side=120))
            (folder / f"{brand}.{top}.png").write_bytes(image)
            lines.append(f"{brand}.{top},{brand},{n == 4},gold")
    (tmp_path / "labels.csv").write_text("\n".join(lines))
    return folder


def test_clusters_by_brand_join_the_looks_of_each_brand(logos: Path, tmp_path: Path) -> None:
    f1 = {}
    for by in ("picture", "brand"):
        out, text = tmp_path / f"{by}.json", StringIO()
        options = {"embedder": "descriptor", "out": out, "by": by}
        call_command("cluster", str(logos), **options, stdout=StringIO())
        call_command("evaluate", str(out), tmp_path / "labels.csv", as_json=True, stdout=text)
        f1[by] = json.loads(text.getvalue())["b3_f1_brand"]

    assert f1["picture"] < f1["brand"] == 1.0


def test_too_few_labelled_brands_are_refused(logos: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="too few brands"):
        call_command(
            "evaluate_pairs",
            str(logos),
            str(tmp_path / "labels.csv"),
            embedders=["descriptor"],
            stdout=StringIO(),
        )
