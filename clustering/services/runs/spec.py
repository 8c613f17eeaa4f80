"""The parameters of a run as one frozen value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from clustering.models import Run
from clustering.pipeline.clusterers import calibration
from clustering.pipeline.projectors import DEFAULT as DEFAULT_PROJECTOR

RANDOM_STATE = 42


@dataclass(frozen=True)
class RunSpec:
    """Parameters of a run; plug-ins by registry name."""

    embedder: str
    clusterer: str
    clusterer_params: Mapping[str, object] = field(default_factory=dict)
    projector: str = DEFAULT_PROJECTOR
    projector_params: Mapping[str, object] = field(default_factory=dict)
    random_state: int = RANDOM_STATE
    preparation: Sequence[str] = ()
    """Optional steps of ``pipeline.imaging.steps``, applied before embedding."""
    is_auto: bool = False
    """Tuning replaces the clusterer, which is only its starting point."""
    is_calibrated: bool = False
    """The distances are found on the data set, and replace those of the clusterer."""
    name: str = ""

    @classmethod
    def default_for(cls, embedder: str) -> Self:
        """Return the calibrated defaults of an embedder."""
        default = calibration.default_for(embedder)
        is_calibrated = not calibration.is_measured(embedder)
        return cls(embedder, default.clusterer, default.params, is_calibrated=is_calibrated)

    @classmethod
    def of(cls, run: Run) -> Self:
        """Return the parameters of an existing run."""
        return cls(
            embedder=run.embedder,
            clusterer=run.clusterer,
            clusterer_params=run.clusterer_params,
            projector=run.projector,
            projector_params=run.projector_params,
            random_state=run.random_state,
            preparation=run.preparation,
            is_auto=run.is_auto,
            is_calibrated=run.is_calibrated,
            name=run.name,
        )
