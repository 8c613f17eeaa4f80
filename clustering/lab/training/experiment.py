"""A whole training run: its phases, metrics on the way, resuming from checkpoints."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from clustering.lab.training import batches, encoder, error_sheet, heldout
from clustering.lab.training.allocation import keep_freed_memory
from clustering.lab.training.augmentation import Augmenter
from clustering.lab.training.batches import BatchRenderer
from clustering.lab.training.config import Phase, TrainingConfig
from clustering.lab.training.encoder import Tensors
from clustering.lab.training.heldout import FrozenEncoder, HeldOut
from clustering.lab.training.loop import Trainer, TrainingState
from clustering.lab.training.sources import TrainingData
from clustering.pipeline.embedders.logonet import network
from clustering.pipeline.errors import InputError

LOGO_SPACE = "logo"
N_ERRORS = 20
LOSS_EVERY = 20  # steps between two lines of the log


@dataclass(frozen=True)
class RunOptions:
    """Options of one training run that are not part of the configuration."""

    hold_out_percent: int = 0
    """Share of the labelled logos' brands that is held out; 0 trains on all."""
    split: int = 0
    """Seed of the hold-out split."""
    n_threads: int = 1
    device: str | None = None
    """None: a GPU if there is one."""
    errors: Path | None = None
    """PNG file for the worst errors on held-out icons."""

    @property
    def split_name(self) -> str:
        """The split, for file names."""
        return f"{self.split}" if self.hold_out_percent else "all"


def train(
    config: TrainingConfig,
    data: TrainingData,
    folder: Path,
    out: Path,
    options: RunOptions,
    report: Callable[[str], None],
) -> dict[str, Any]:
    """Run the training, write the weights to ``out`` and return the final metrics."""
    keep_freed_memory()
    torch.set_num_threads(options.n_threads)
    has_gpu = options.device is None and torch.cuda.is_available()
    device = torch.device("cuda" if has_gpu else options.device or "cpu")
    held = heldout.split(data, config.held_out_percent, options.hold_out_percent, options.split)
    training_run = TrainingRun(config, data, held, folder, options.split_name, device, report)
    tensors = training_run.run()
    write(encoder.fold(tensors), out)
    trained = heldout.frozen_encoder(tensors, network.SIDE_PX, torch.float32)
    if options.errors:
        _draw_errors(trained, data, held, options.errors)
    return heldout.evaluate(trained, data, held)


def _draw_errors(trained: FrozenEncoder, data: TrainingData, held: HeldOut, file: Path) -> None:
    store = data.icons
    rows = heldout.evaluated_icons(store, held)
    pictures = [store.entries[row].picture for row in rows]
    errors = error_sheet.worst(trained.vectors(store, rows), pictures, N_ERRORS)
    error_sheet.sheet(store, rows, errors).save(file, "PNG", optimize=True)


@dataclass(frozen=True)
class TrainingRun:
    """One run of a configuration; checkpoints and log are written to ``folder``."""

    config: TrainingConfig
    data: TrainingData
    held: HeldOut
    folder: Path
    split: str
    """Name of the split; checkpoints of phases without logos are shared by all splits."""
    device: torch.device
    report: Callable[[str], None]

    def run(self) -> Tensors:
        """Train all phases and return the last one's tensors."""
        tensors = encoder.start(self.data.start, self.config.seed)
        for phase in self.config.phases:
            tensors = self._phase(phase, tensors)
        return tensors

    def _phase(self, phase: Phase, start: Tensors) -> Tensors:
        rows = heldout.training_rows(self.data, self.held)
        if LOGO_SPACE not in phase.shares:
            rows = rows[:1]
        stores = self.data.stores[: len(rows)]
        corpus = batches.corpus(stores, rows, phase.shares)
        if len(corpus) < phase.schedule.n_looks:
            raise InputError(f"{phase.name} needs {phase.schedule.n_looks} looks of {len(corpus)}")
        trainer = Trainer(start, corpus, phase.schedule, device=self.device)
        file = self._file(phase)
        if file.is_file():
            trainer.resume(file)
        self.report(f"{phase.name}: {len(corpus)} looks, from step {trainer.step}")
        if self.data.words is None:
            raise InputError("the training configuration needs fonts for generated words")
        augmenter = Augmenter(self.data.words, self.config.augmentation, phase.side_px)
        renderer = BatchRenderer(tuple(store.folder for store in stores), augmenter)
        return trainer.run(renderer, lambda step: self._report_step(step, phase, trainer), file)

    def _report_step(self, progress: TrainingState, phase: Phase, trainer: Trainer) -> None:
        at_end = progress.step == phase.schedule.n_steps
        line: dict[str, Any] = {"phase": phase.name, "split": self.split} | vars(progress)
        if progress.step % phase.schedule.judge_every == 0 or at_end:
            trained = heldout.frozen_encoder(trainer.mean.tensors, phase.side_px, trainer.dtype)
            line |= heldout.evaluate(trained, self.data, self.held)
        elif progress.step % LOSS_EVERY:
            return
        self.report(json.dumps(line))
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")

    def _file(self, phase: Phase) -> Path:
        own = f"-{self.split}" if LOGO_SPACE in phase.shares else ""
        return self.folder / f"{phase.name}{own}.safetensors"


def write(weights: Tensors, file: Path) -> None:
    """Write folded weights as float16, atomically."""
    staged = file.with_suffix(".new")
    half = {name: tensor.to("cpu", torch.float16).contiguous() for name, tensor in weights.items()}
    save_file(half, staged)
    staged.replace(file)
