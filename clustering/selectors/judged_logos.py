"""What people decided about found logos, as examples for the chances of the finders."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.db.models import Prefetch

from clustering.models import Capture, Domain, LogoChoice
from clustering.pipeline.finders import LogoCandidate
from clustering.pipeline.finders.chances import Answer, answered
from clustering.pipeline.finders.rules import Rule, RuleHit

CHUNK: Final = 500
BY_LABEL: Final = {rule.label: rule for rule in Rule}


@dataclass(frozen=True)
class JudgedAnswer:
    """The logo that was found for a domain, and whether a person kept it."""

    domain: str
    answer: Answer
    is_right: bool


def judged_answers() -> Iterator[JudgedAnswer]:
    """Yield the found logos of the domains that people decided about, of all data sets."""
    offered = Capture.objects.filter(is_offered=True).order_by("rank")
    in_force = LogoChoice.objects.in_force().select_related("capture").order_by("pk")
    decided = Domain.objects.filter(decided_at__isnull=False).prefetch_related(
        Prefetch("captures", offered, to_attr="offered"),
        Prefetch("choices", in_force, to_attr="in_force"),
    )
    for domain in decided.iterator(chunk_size=CHUNK):
        captures: list[Capture] = getattr(domain, "offered", [])
        choices: list[LogoChoice] = getattr(domain, "in_force", [])
        if captures and choices:
            chosen = choices[-1].capture
            is_right = chosen is not None and chosen.logo_id == captures[0].logo_id
            best, *others = [_candidate(one) for one in captures]
            yield JudgedAnswer(domain.name, answered(best, others), is_right)


def _candidate(capture: Capture) -> LogoCandidate:
    """Return the candidate of a capture; rules that no longer exist are left out."""
    hits = tuple(
        RuleHit(BY_LABEL[label], float(points))
        for label, points in capture.evidence
        if label in BY_LABEL
    )
    return LogoCandidate(capture.finder, capture.source_url, hits)
