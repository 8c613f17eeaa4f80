"""A whole training run of a few steps: two phases, metrics, weights, resuming."""

import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from django.core.management import CommandError, call_command
from PIL import Image

from clustering.lab.training import batches, config, encoder, experiment, loop
from clustering.lab.training.augmentation import Augmenter, Probabilities
from clustering.lab.training.batches import BatchRenderer
from clustering.lab.training.loop import Trainer
from clustering.lab.training.store import Store
from clustering.lab.training.text_rendering import WordBank
from clustering.pipeline.embedders.logonet import LogoNet
from clustering.pipeline.imaging.svg import FONT
from tests.lab.training import drawings

pytestmark = pytest.mark.slow

N_DIMENSIONS = 621  # of the network, the layout, the colours and the hue


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which ``train_encoder`` has been run once."""
    folder = tmp_path_factory.mktemp("training")
    drawings.packages(folder / "packages")
    run(folder)
    return folder


def run(folder: Path) -> str:
    output = io.StringIO()
    archive, labels = drawings.logos(folder)
    call_command(
        "train_encoder",
        config=drawings.config(folder),
        work=folder,
        out=folder / "weights.safetensors",
        logos=archive,
        labels=labels,
        hold_out=50,
        split=1,
        stdout=output,
    )
    return output.getvalue()


def test_the_embedder_loads_trained_weights(trained: Path) -> None:
    file = trained / "weights.safetensors"

    rows = LogoNet(file).embed([Image.new("RGBA", (20, 9), "red")])

    assert file.stat().st_size < 8_000_000
    assert rows.shape == (1, N_DIMENSIONS)
    assert np.isfinite(rows).all()


def test_each_phase_is_evaluated_on_held_out_brands(trained: Path) -> None:
    lines = [json.loads(line) for line in (trained / "log.jsonl").read_text().splitlines()]

    evaluated = [line for line in lines if "b3_f1" in line]

    assert [(line["phase"], line["step"], line["split"]) for line in evaluated] == [
        ("icons", 6, "1"),
        ("logos", 6, "1"),
    ]
    assert all(0 <= line["b3_f1"] <= 1 for line in evaluated)
    assert all(0 <= line["recall_at_1"]["brand"] <= 1 for line in evaluated)


def test_a_finished_run_is_not_repeated(trained: Path) -> None:
    before = (trained / "weights.safetensors").read_bytes()

    output = run(trained)

    assert "icons: " in output
    assert "from step 6" in output
    assert (trained / "weights.safetensors").read_bytes() == before


def test_brands_of_the_logos_are_excluded_from_the_icons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(experiment, "train", lambda *_: {})  # the icons are stored before
    drawings.packages(tmp_path / "packages")
    (tmp_path / "words.txt").write_text("branda\nbrandb\n", "utf-8")
    archive, labels = drawings.logos(tmp_path)
    labels.write_text(labels.read_text().replace("house0", "brandc"), "utf-8")

    call_command(
        "train_encoder",
        config=drawings.config(tmp_path),
        work=tmp_path,
        out=tmp_path / "weights.safetensors",
        logos=archive,
        labels=labels,
        forbid=[tmp_path / "words.txt"],
        shorten=0.1,
        stdout=io.StringIO(),
    )

    brands = {entry.picture.brand for entry in Store(tmp_path / "icons").entries}
    assert brands == {f":{drawings.brand(number)}" for number in range(3, drawings.N_BRANDS)}


def test_a_resumed_training_ends_with_the_same_weights(trained: Path, tmp_path: Path) -> None:
    stores = [Store(trained / "icons")]
    corpus = batches.corpus(stores, [range(len(stores[0]))], {"": 1.0})
    words = WordBank([FONT.read_bytes()], n_words=3, seed=1)
    renderer = BatchRenderer((trained / "icons",), Augmenter(words, Probabilities(), 32))
    schedule = config.read(drawings.config(tmp_path)).phases[0].schedule
    start = encoder.start(None, seed=1)

    def keep_half(progress: loop.TrainingState) -> None:
        if progress.step == 4:
            shutil.copy(tmp_path / "whole.safetensors", tmp_path / "half.safetensors")

    def trainer() -> Trainer:
        return Trainer(start, corpus, schedule, device=torch.device("cpu"))

    whole = trainer().run(renderer, keep_half, tmp_path / "whole.safetensors")
    second = trainer()
    second.resume(tmp_path / "half.safetensors")
    first_step = second.step
    resumed = second.run(renderer, lambda _: None, tmp_path / "half.safetensors")

    assert first_step == 3
    for name, tensor in whole.items():
        torch.testing.assert_close(resumed[name], tensor, rtol=0, atol=0)


def test_an_unreadable_configuration_is_named_in_the_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"no\.toml is not a training configuration"):
        call_command(
            "train_encoder", config=tmp_path / "no.toml", work=tmp_path, out=tmp_path / "w"
        )
