"""Benchmark of the words in logos, on two pictures."""

import json
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from numpy.typing import NDArray

from clustering.pipeline.naming import reading
from clustering.pipeline.naming.reading import TextLine
from tests.pictures import as_png, drawn


def test_the_words_of_brands_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def engine(pixels: NDArray[np.uint8]) -> list[TextLine]:
        return [TextLine("Nova-", 0.9, 0, 0, 30), TextLine("Bank", 0.9, 40, 0, 30)]

    monkeypatch.setattr(reading, "REQUIRED", ())
    monkeypatch.setattr(reading, "rapidocr_engine", lambda: engine)
    folder = tmp_path / "logos"
    folder.mkdir()
    for name, shape in (("nova.de", "ring"), ("kite.de", "ring"), ("none.de", "ring")):
        (folder / f"{name}.png").write_bytes(as_png(drawn(shape)))
    labels = tmp_path / "labels.csv"
    labels.write_text(
        "domain,brand,kind\nnova.de,novabank,gold\nkite.de,kite,gold\nnone.de,,bad\n"
    )

    call_command("bench_words", folder, "--labels", str(labels), "--json")

    found = json.loads(capsys.readouterr().out)
    assert (found["n"], found["n_with_text"], found["n_with_brand"]) == (2, 2, 1)


def test_without_a_reader_the_remedy_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "REQUIRED", ("no_such_engine",))
    with pytest.raises(CommandError, match="requirements-words"):
        call_command("bench_words", tmp_path, "--labels", "labels.csv")
