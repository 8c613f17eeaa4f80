"""Queue, rename and cancel runs."""

from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from typing import Final, TypeVar
from uuid import uuid4

from django.utils import timezone

from clustering import conf
from clustering.models import Dataset, Run
from clustering.pipeline.clusterers import CLUSTERERS
from clustering.pipeline.domains.names import as_shown
from clustering.pipeline.embedders import catalogue
from clustering.pipeline.embedders.prepared import prepared_key
from clustering.pipeline.errors import InputError
from clustering.pipeline.imaging import steps
from clustering.pipeline.projectors import PROJECTORS
from clustering.pipeline.registry import Registry
from clustering.services.runs.spec import RunSpec
from clustering.services.work import due

Plugin = TypeVar("Plugin")
LARGEST: Final = 1e9  # of a parameter


def request_first_run(dataset: Dataset) -> Run:
    """Queue the first run of a data set, with its embedder's calibrated defaults."""
    return request_run(dataset, RunSpec.default_for(dataset.embedder))


def request_run(dataset: Dataset, spec: RunSpec) -> Run:
    """Queue a run; it starts when every domain has ended and every logo has a vector.

    Raises:
        InputError: if a name or a parameter is not one that the plug-in knows.
    """
    preparation = steps.canonical(spec.preparation)
    seed = spec.random_state
    clusterer = _seeded(CLUSTERERS, spec.clusterer, spec.clusterer_params, seed)
    projector = _seeded(PROJECTORS, spec.projector, spec.projector_params, seed)
    key = catalogue.embedder_key(spec.embedder, conf.places().weights)
    n_before = dataset.runs.count()
    due.mark(dataset.pk)
    return Run.objects.create(
        dataset=dataset,
        slug=f"run-{n_before + 1}-{uuid4().hex[:4]}",
        embedder=spec.embedder,
        embedder_key=prepared_key(key, preparation),
        preparation=list(preparation),
        is_auto=spec.is_auto,
        is_calibrated=spec.is_calibrated,
        name=spec.name,
        clusterer=spec.clusterer,
        clusterer_params=asdict(clusterer),  # type: ignore[call-overload] # a dataclass
        projector=spec.projector,
        projector_params=asdict(projector),  # type: ignore[call-overload] # a dataclass
        random_state=seed,
    )


def _seeded(
    registry: Registry[Plugin], name: str, params: Mapping[str, object], random_state: int
) -> Plugin:
    """Create a plug-in with the seed of the run, if it takes one."""
    defaults = {option.name: option.default for option in fields(registry.load(name))}
    for parameter, value in params.items():
        if parameter not in defaults:
            raise InputError(f"{name} has no parameter called {as_shown(parameter)}")
        if not _is_like(value, defaults[parameter]):
            raise InputError(f"{parameter} of {name} cannot be {as_shown(repr(value))}")
    seed = {"random_state": random_state} if "random_state" in defaults else {}
    return registry.create(name, **{**params, **seed})


def _is_like(value: object, default: object) -> bool:
    """Whether a parameter is like its default: text, a flag, or a number."""
    if default is None or default is MISSING or value == default:
        return True
    if isinstance(default, str | bool):
        return isinstance(value, type(default))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    is_whole = isinstance(value, int) or not isinstance(default, int)
    return is_whole and -LARGEST < value < LARGEST


def request_again(dataset: Dataset) -> Run | None:
    """Queue a repetition of the last run, because its domains have changed.

    Returns None while a run is unfinished, since that one will use the change, and before the
    first run.
    """
    last = dataset.runs.order_by("-pk").first()
    if last is None or dataset.runs.unfinished().exists():
        return None
    return request_run(dataset, RunSpec.of(last))


def rename(run: Run, name: str) -> None:
    """Set the name of a run; an empty name restores the default title."""
    Run.objects.filter(pk=run.pk).update(name=name)


def cancel(run: Run) -> bool:
    """Cancel a run; False if it has finished."""
    return bool(
        Run.objects.filter(pk=run.pk)
        .unfinished()
        .update(status=Run.Status.CANCELLED, lease_token=None, finished_at=timezone.now())
    )
