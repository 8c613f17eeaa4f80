"""A whole training: phase after phase, judged on the way, resumed where it stopped."""

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
from clustering.lab.training.config import Phase, TrainingPlan
from clustering.lab.training.encoder import Tensors
from clustering.lab.training.heldout import EncoderUnderTest, HeldOut
from clustering.lab.training.loop import Trainer, TrainingState
from clustering.lab.training.sources import TrainingData
from clustering.pipeline.embedders.logonet import network
from clustering.pipeline.errors import InputError

LOGO_SPACE = "logo"
N_ERRORS = 20
LOSS_EVERY = 20  # steps between two lines of the log


@dataclass(frozen=True)
class TrainingConfig:
    """How a recipe is followed this time."""

    hold_out_percent: int = 0
    """Of the labelled logos' brands; 0 trains on all of them."""
    split: int = 0
    """The seed that says which."""
    n_threads: int = 1
    device: str | None = None
    """None takes a GPU where there is one."""
    errors: Path | None = None
    """Where to draw the worst errors on held-out icons."""

    @property
    def name(self) -> str:
        """What is held out, in a file's name."""
        return f"{self.split}" if self.hold_out_percent else "all"


def train(
    recipe: TrainingPlan,
    materials: TrainingData,
    folder: Path,
    out: Path,
    terms: TrainingConfig,
    report: Callable[[str], None],
) -> dict[str, Any]:
    """Train as ``recipe`` says, write the weights to ``out``, and return the last figures."""
    keep_freed_memory()
    torch.set_num_threads(terms.n_threads)
    has_gpu = terms.device is None and torch.cuda.is_available()
    device = torch.device("cuda" if has_gpu else terms.device or "cpu")
    held = heldout.held_out(
        materials, recipe.held_out_percent, terms.hold_out_percent, terms.split
    )
    course = TrainingRun(recipe, materials, held, folder, terms.name, device, report)
    tensors = course.run()
    write(encoder.fold(tensors), out)
    eye = heldout.encoder_under_test(tensors, network.SIDE_PX, torch.float32)
    if terms.errors:
        _draw_errors(eye, materials, held, terms.errors)
    return heldout.judge(eye, materials, held)


def _draw_errors(
    eye: EncoderUnderTest, materials: TrainingData, held: HeldOut, file: Path
) -> None:
    store = materials.icons
    rows = heldout.judged_icons(store, held)
    pictures = [store.entries[row].picture for row in rows]
    mistakes = error_sheet.worst(eye.vectors(store, rows), pictures, N_ERRORS)
    error_sheet.sheet(store, rows, mistakes).save(file, "PNG", optimize=True)


@dataclass(frozen=True)
class TrainingRun:
    """One training of a recipe; everything it writes is under ``folder``."""

    recipe: TrainingPlan
    materials: TrainingData
    held: HeldOut
    folder: Path
    split: str
    """Names what is held out of the logos; phases without logos are shared by all splits."""
    device: torch.device
    report: Callable[[str], None]

    def run(self) -> Tensors:
        """Train all phases and return the tensors of the last."""
        tensors = encoder.start(self.materials.start, self.recipe.seed)
        for phase in self.recipe.phases:
            tensors = self._phase(phase, tensors)
        return tensors

    def _phase(self, phase: Phase, start: Tensors) -> Tensors:
        rows = heldout.training_rows(self.materials, self.held)
        if LOGO_SPACE not in phase.shares:
            rows = rows[:1]
        stores = self.materials.stores[: len(rows)]
        corpus = batches.corpus(stores, rows, phase.shares)
        if len(corpus) < phase.schedule.n_looks:
            raise InputError(f"{phase.name} needs {phase.schedule.n_looks} looks of {len(corpus)}")
        trainer = Trainer(start, corpus, phase.schedule, device=self.device)
        file = self._file(phase)
        if file.is_file():
            trainer.resume(file)
        self.report(f"{phase.name}: {len(corpus)} looks, from step {trainer.step}")
        if self.materials.words is None:
            raise InputError("a recipe needs fonts for the words beside a mark")
        alterer = Augmenter(self.materials.words, self.recipe.chances, phase.side_px)
        painter = BatchRenderer(tuple(store.folder for store in stores), alterer)
        return trainer.run(painter, lambda step: self._told(step, phase, trainer), file)

    def _told(self, progress: TrainingState, phase: Phase, trainer: Trainer) -> None:
        at_end = progress.step == phase.schedule.n_steps
        line: dict[str, Any] = {"phase": phase.name, "split": self.split} | vars(progress)
        if progress.step % phase.schedule.judge_every == 0 or at_end:
            eye = heldout.encoder_under_test(trainer.mean.tensors, phase.side_px, trainer.dtype)
            line |= heldout.judge(eye, self.materials, self.held)
        elif progress.step % LOSS_EVERY:
            return
        self.report(json.dumps(line))
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")

    def _file(self, phase: Phase) -> Path:
        own = f"-{self.split}" if LOGO_SPACE in phase.shares else ""
        return self.folder / f"{phase.name}{own}.safetensors"


def write(weights: Tensors, file: Path) -> None:
    """Write folded weights as float16, as the product ships them; renamed when whole."""
    staged = file.with_suffix(".new")
    half = {name: tensor.to("cpu", torch.float16).contiguous() for name, tensor in weights.items()}
    save_file(half, staged)
    staged.replace(file)
