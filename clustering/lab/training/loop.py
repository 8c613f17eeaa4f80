"""The training loop: optimizer steps, weight averaging, checkpoints."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor

from clustering.lab.training.batches import Batch, BatchRenderer, Corpus, rendered_batches, sample
from clustering.lab.training.encoder import AveragedWeights, Encoder, Tensors
from clustering.lab.training.loss import contrastive

MIN_RATE: Final = 0.02  # of the learning rate, at the end of its cosine


@dataclass(frozen=True)
class Schedule:
    """Steps, learning rates, batch size and precision of one phase."""

    seed: int
    n_steps: int
    n_looks: int
    """Looks per batch; each contributes two views."""
    learning_rate: float
    projection_rate: float
    weight_decay: float
    temperature: float
    n_warmup: int
    mean_decay: float
    precision: str
    """``bf16`` or ``fp32`` arithmetic; parameters are float32."""
    save_every: int
    judge_every: int


@dataclass(frozen=True)
class TrainingState:
    """Progress after one step."""

    step: int
    loss: float
    images_per_second: float


class Trainer:
    """Trains one phase; ``run`` may be called once."""

    def __init__(
        self, start: Tensors, corpus: Corpus, schedule: Schedule, *, device: torch.device
    ) -> None:
        self.schedule = schedule
        self.corpus = corpus
        self.encoder = Encoder(start, device)
        self.mean = AveragedWeights(self.encoder, schedule.mean_decay)
        self.step = 0
        self.dtype = torch.bfloat16 if schedule.precision == "bf16" else torch.float32
        self._device = device
        self._optimizer = _optimizer(self.encoder, schedule)

    def run(
        self, renderer: BatchRenderer, report: Callable[[TrainingState], None], file: Path
    ) -> Tensors:
        """Train to the end of the schedule and return the averaged weights."""
        started, first = time.monotonic(), self.step
        for one, canvases in rendered_batches(renderer, self._batches()):
            loss = self._learn(one, canvases)
            self.step += 1
            n_images = (self.step - first) * len(canvases)
            report(TrainingState(self.step, loss, n_images / (time.monotonic() - started)))
            if self.step % self.schedule.save_every == 0:
                self.save(file)
        self.save(file)
        return self.mean.tensors

    def _batches(self) -> Iterator[Batch]:
        for step in range(self.step, self.schedule.n_steps):
            yield sample(self.corpus, self.schedule.n_looks, (self.schedule.seed, step))

    def _learn(self, one: Batch, canvases: NDArray[np.uint8]) -> float:
        for group in self._optimizer.param_groups:
            group["lr"] = group["peak"] * _rate(self.step, self.schedule)
        batch = torch.from_numpy(canvases).permute(0, 3, 1, 2)
        rows = self.encoder.rows(batch, self.dtype)
        loss = contrastive(rows, self.corpus.marks.at(one.looks), self.schedule.temperature)
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch
        self._optimizer.step()
        self.mean.update(self.encoder, self.step)
        return float(loss.detach())

    def save(self, file: Path) -> None:
        """Write a checkpoint atomically."""
        state: dict[str, Tensor] = {"step": torch.tensor(self.step)}
        state |= {f"encoder/{name}": value for name, value in self.encoder.tensors().items()}
        state |= {f"mean/{name}": value for name, value in self.mean.tensors.items()}
        for number, slots in self._optimizer.state_dict()["state"].items():
            state |= {f"optimizer/{number}/{name}": value for name, value in slots.items()}
        staged = file.with_suffix(".new")
        save_file({name: value.contiguous() for name, value in state.items()}, staged)
        staged.replace(file)

    def resume(self, file: Path) -> None:
        """Continue from a checkpoint."""
        state = load_file(file, device=str(self._device))
        self.step = int(state["step"])
        with torch.no_grad():
            for name, tensor in self.encoder.learned.items():
                tensor.copy_(state[f"encoder/{name}"])
        self.mean.tensors = _with_prefix(state, "mean")
        slots: dict[int, dict[str, Any]] = {}
        for name, value in _with_prefix(state, "optimizer").items():
            number, _, slot = name.partition("/")
            slots.setdefault(int(number), {})[slot] = value
        groups = self._optimizer.state_dict()["param_groups"]
        self._optimizer.load_state_dict({"state": slots, "param_groups": groups})


def _optimizer(encoder: Encoder, schedule: Schedule) -> torch.optim.AdamW:
    """AdamW; weight decay applies to weights, not to scales and shifts."""
    groups: list[dict[str, Any]] = [
        {"params": [], "peak": schedule.learning_rate, "weight_decay": schedule.weight_decay},
        {"params": [], "peak": schedule.learning_rate, "weight_decay": 0.0},
        {"params": [], "peak": schedule.projection_rate, "weight_decay": schedule.weight_decay},
    ]
    for name, tensor in encoder.learned.items():
        kind = 2 if name == "projection.weight" else int(not name.endswith(".weight"))
        groups[kind]["params"].append(tensor)
    return torch.optim.AdamW(groups, lr=schedule.learning_rate)


def _rate(step: int, schedule: Schedule) -> float:
    if step < schedule.n_warmup:
        return (step + 1) / schedule.n_warmup
    done = (step - schedule.n_warmup) / max(1, schedule.n_steps - schedule.n_warmup)
    return MIN_RATE + (1 - MIN_RATE) * 0.5 * (1 + math.cos(math.pi * done))


def _with_prefix(state: Tensors, prefix: str) -> Tensors:
    return {
        name.removeprefix(f"{prefix}/"): value
        for name, value in state.items()
        if name.startswith(f"{prefix}/")
    }
