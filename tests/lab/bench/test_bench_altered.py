"""The benchmark of altered logos."""

import json
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from PIL import Image, ImageDraw

from clustering.lab.bench.altered import ALTERATIONS
from clustering.pipeline.imaging.preparation import flatten


def _logo(path: Path, box: tuple[int, int, int, int], colour: str) -> None:
    image = Image.new("RGBA", (120, 80), "white")
    ImageDraw.Draw(image).rectangle(box, fill=colour)
    ImageDraw.Draw(image).ellipse((70, 10, 110, 50), fill="black")
    image.save(path)


def test_every_alteration_but_the_symbol_applies_to_every_logo(tmp_path: Path) -> None:
    _logo(tmp_path / "one.com.png", (10, 10, 50, 70), "red")
    _logo(tmp_path / "two.com.png", (10, 60, 110, 70), "navy")
    out = StringIO()

    call_command("bench_altered", str(tmp_path), embedder="descriptor", as_json=True, stdout=out)

    found = json.loads(out.getvalue())
    applied = {name for name, one in found.items() if one["n"] == 2}
    assert applied >= ALTERATIONS.keys() - {"symbol alone"}
    assert found["64 px"]["recall_at_1"] == 1.0


def test_every_alteration_of_a_white_logo_shows_something() -> None:
    image = Image.new("RGBA", (120, 80))
    ImageDraw.Draw(image).ellipse((10, 10, 60, 60), fill="white")

    altered = {name: alter(image) for name, alter in ALTERATIONS.items()}

    for name, one in altered.items():
        if one is not None:
            assert len(set(flatten(one).get_flattened_data())) > 1, name
