"""Coverage of a data set: for how many domains there is a logo, and where the others were lost."""

from dataclasses import dataclass, replace
from typing import Final

from clustering.models import Dataset, Domain
from clustering.pipeline.finders.services import SERVICES
from clustering.selectors.domain_totals import totals

NO_ANSWER: Final = ("connect", "timeout", "tls", "busy", "too_many_redirects", "bad_response")
REFUSED: Final = ("blocked", "robots", "consent", "http_403", "http_4xx", "request_limit")
BROKEN: Final = (
    "http_404",
    "http_5xx",
    "too_large",
    "bad_page",
    "crashed",
    "disk_full",
    "storage",
)
UNUSABLE: Final = ("no_logo", "bad_image", "empty_image")
TEMPLATE_SERVICE: Final = "template"


@dataclass(frozen=True)
class CoveragePart:
    """Number of domains with the same outcome."""

    name: str
    label: str
    n: int
    share: float
    """Of all domains, in [0, 1]."""
    advice: str
    """What a person may do about them; empty where there is nothing to do."""
    outcome: str = ""
    """Of :func:`outcomes.domains`, if one names them."""
    codes: tuple[str, ...] = ()
    """Their error codes that occur, the most frequent first."""


@dataclass(frozen=True)
class Coverage:
    """The parts of a data set that occur, in a fixed order."""

    n_domains: int
    parts: tuple[CoveragePart, ...]
    n_by_services: int
    """Logos and icons that logo services added."""

    @property
    def share_covered(self) -> float:
        """Share of domains with a logo or an icon."""
        return sum(one.share for one in self.parts if one.outcome in {"logo", "icon"})


@dataclass(frozen=True)
class _Loss:
    name: str
    label: str
    codes: tuple[str, ...]
    advice: str


OUTCOMES: Final = {
    "logo": ("Logo", ""),
    "icon": ("Icon only", "Choose a better image on the pages of the domains, or leave them."),
    "placeholder": ("Placeholder", "Choose an image by hand, or leave them out."),
}
LOSSES: Final = (
    _Loss("dead_name", "No DNS", ("dns", "refused_address"), "Check the spelling in the list."),
    _Loss("no_answer", "No answer", NO_ANSWER, "Retry later: the site may be down."),
    _Loss("blocked", "Blocked", REFUSED, "Turn on a logo service, or upload the logo."),
    _Loss("broken", "Broken page", BROKEN, "Retry later, or turn on a logo service."),
    _Loss("moved", "Moved", ("moved",), "Follow moved sites in the settings, then retry."),
    _Loss("parked", "Parked", ("parked",), ""),
    _Loss(
        "needs_browser", "Needs a browser", ("needs_browser", "no_browser"),
        "Turn on a logo service, or upload the logo.",
    ),
    _Loss("no_logo", "No logo", UNUSABLE, "Turn on a logo service, or upload the logo."),
)  # fmt: skip
REST: Final = {"ignored": "Left out", "pending": "To come"}


def coverage(dataset: Dataset) -> Coverage:
    """Return the coverage of ``dataset`` from its kept counts. One query at most."""
    rows = list(dataset.domain_counts.all())
    by_outcome = totals(rows, "outcome")
    failed = totals(rows, "error_code", lambda row: row.outcome == Domain.Status.FAILED)
    by_code = {code: n for code, n in failed.items() if n}
    by_finder = totals(rows, "finder")
    n_domains = by_outcome.total()
    parts = [*_ended(by_outcome), *_lost(by_code), *_rest(by_outcome)]
    services = {*SERVICES, TEMPLATE_SERVICE}
    return Coverage(
        n_domains,
        tuple(_with_share(one, n_domains) for one in parts if one.n),
        sum(n for finder, n in by_finder.items() if finder in services),
    )


def _ended(counts: dict[str, int]) -> list[CoveragePart]:
    return [
        CoveragePart(name, label, counts.get(name, 0), 0.0, advice, outcome=name)
        for name, (label, advice) in OUTCOMES.items()
    ]


def _lost(counts: dict[str, int]) -> list[CoveragePart]:
    known = {code for loss in LOSSES for code in loss.codes}
    others = tuple(code for code in counts if code not in known)
    losses = (*LOSSES, _Loss("other", "Other", others, "See the reasons."))
    return [
        CoveragePart(
            loss.name,
            loss.label,
            sum(counts.get(code, 0) for code in loss.codes),
            0.0,
            loss.advice,
            codes=tuple(
                sorted((code for code in loss.codes if code in counts), key=lambda x: -counts[x])
            ),
        )
        for loss in losses
    ]


def _rest(counts: dict[str, int]) -> list[CoveragePart]:
    return [
        CoveragePart(name, label, counts.get(name, 0), 0.0, "", outcome=name)
        for name, label in REST.items()
    ]


def _with_share(part: CoveragePart, n_domains: int) -> CoveragePart:
    return replace(part, share=part.n / n_domains)
