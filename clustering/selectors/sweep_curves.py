"""Results of a parameter search for its page: curves, and example logos per distance."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from clustering.models import Capture, Dataset, Logo, Tuning
from clustering.pipeline.tuning.cuts import STEP, SWEEP

DISTANCES: Final = SWEEP
DISTANCE_STEP: Final = STEP


@dataclass(frozen=True)
class Curve:
    """A sweep of distances under one linkage, with the selected point."""

    linkage: str
    points: Sequence[Mapping[str, Any]]
    place: int
    score: str
    """The score of the choice: ``agreement`` or ``silhouette``."""
    chosen: int | None = None
    """Index of the automatic choice, if it is on this curve."""

    @property
    def point(self) -> Mapping[str, Any]:
        return self.points[self.place]

    @property
    def distance(self) -> float:
        return SWEEP[self.place]

    @property
    def best(self) -> float:
        """The distance of the best score; ties go to the smallest."""
        values = self.values(self.score)
        return SWEEP[values.index(max(values))]

    def values(self, figure: str) -> list[float]:
        return [float(point[figure] or 0.0) for point in self.points]


@dataclass(frozen=True)
class ShownLogo:
    """One logo and a domain that shows it."""

    logo: Logo
    domain: str


@dataclass(frozen=True)
class ShownExample:
    """Some logos of one cluster."""

    size: int
    logos: Sequence[ShownLogo]


@dataclass(frozen=True)
class Pictures:
    """Example clusters at one distance."""

    largest: Sequence[ShownExample]
    joined: Sequence[ShownExample]


def curve(tuning: Tuning, linkage: str = "", distance: float | None = None) -> Curve:
    """Return a sweep of a finished search with a selected point.

    Defaults, also for unknown values: the linkage of the chosen setting, the best distance.
    """
    report = tuning.result["report"]
    sweeps = report["sweeps"]
    chosen = report["chosen"]
    if linkage not in sweeps:
        wanted_linkage = chosen["params"].get("linkage", "")
        linkage = wanted_linkage if wanted_linkage in sweeps else next(iter(sweeps))
    score = "silhouette" if chosen["agreement"] is None else "agreement"
    is_chosen = chosen["params"].get("linkage") == linkage
    auto = nearest_place(chosen["params"]["distance_threshold"]) if is_chosen else None
    found = Curve(linkage, sweeps[linkage], 0, score, auto)
    if distance is None:
        place = nearest_place(found.best) if auto is None else auto
    else:
        place = nearest_place(distance)
    return replace(found, place=place)


def nearest_place(distance: float) -> int:
    """Return the index of the sweep's distance nearest to ``distance``."""
    return min(range(len(SWEEP)), key=lambda place: abs(SWEEP[place] - distance))


def pictures(tuning: Tuning, shown: Curve) -> Pictures:
    """Return the examples of the selected distance; two queries."""
    examples = tuning.result["previews"][shown.linkage][shown.place]
    wanted = {logo for part in examples.values() for one in part for logo in one["logos"]}
    logos = Logo.objects.in_bulk(wanted)
    domains = _domains(tuning.run.dataset, wanted)

    def named(part: Iterable[Mapping[str, Any]]) -> list[ShownExample]:
        return [
            ShownExample(
                one["size"],
                [ShownLogo(logos[pk], domains.get(pk, "")) for pk in one["logos"] if pk in logos],
            )
            for one in part
        ]

    return Pictures(named(examples["largest"]), named(examples["joined"]))


def _domains(dataset: Dataset, logo_ids: Iterable[int]) -> dict[int, str]:
    """Return the first domain by name that shows each logo."""
    captures = Capture.objects.filter(domain__dataset=dataset, logo__in=list(logo_ids))
    ordered = captures.filter(is_primary=True).order_by("-domain__name")
    return dict(ordered.values_list("logo_id", "domain__name"))
