"""Name sources, depending on installed models."""

from pathlib import Path

import pytest
from django.test import override_settings
from PIL import Image, ImageDraw

from clustering.pipeline.naming import NamingInput, vocabulary
from clustering.pipeline.naming.cascade import name_clusters
from clustering.services.runs import name_sources
from tests.pipeline.embedders import tiny


@pytest.fixture(autouse=True)
def _bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("clustering.pipeline.naming.reading.REQUIRED", ("no_such_engine",))


def ball() -> Image.Image:
    image = Image.new("RGBA", (100, 100), (255, 255, 255, 0))
    ImageDraw.Draw(image).ellipse((10, 10, 90, 90), fill="#1040d0")
    return image


def test_a_bare_machine_names_by_the_looks(tmp_path: Path) -> None:
    with override_settings(WEIGHTS_DIR=tmp_path):
        sight = name_sources.sight("descriptor", lambda row: ball(), reads_words=True)

    assert sight.sources == ()
    given = name_clusters(
        {0: NamingInput(("alpha.de", "kite.fr"), lambda: sight.image_of(0))}, sight.sources
    )
    assert given[0].text == "Blue, round"


@pytest.mark.slow
def test_a_text_model_names_clusters_by_phrases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.torch import save_file

    monkeypatch.setattr(vocabulary, "shipped_phrases", lambda: ("a lion", "a bird"))
    save_file(tiny.make(tmp_path), tmp_path / "naming.safetensors")
    with override_settings(WEIGHTS_DIR=tmp_path):
        sight = name_sources.sight(
            f"open_clip:{tiny.ARCHITECTURE}:naming.safetensors",
            lambda row: ball(),
            reads_words=False,
        )
        (describe,) = sight.sources
        (name,) = describe([ball()])

    assert name is not None
    assert name.text in {"Lion", "Bird"}
    assert 0.5 <= name.score < 1
