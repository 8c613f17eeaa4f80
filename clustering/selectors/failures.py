"""Failed domains by code, and logos by finder."""

from dataclasses import dataclass

from clustering.models import Capture, Dataset, Domain, Logo
from clustering.pipeline.errors import CODES
from clustering.selectors.domain_totals import totals

MOST_REASONS = 3  # of those named where every domain failed


@dataclass(frozen=True)
class FailureGroup:
    """Domains that failed with the same code."""

    code: str
    label: str
    n: int


@dataclass(frozen=True)
class SourceGroup:
    """Domains whose logo came from the same finder."""

    finder: str
    n: int


def failures(dataset: Dataset) -> list[FailureGroup]:
    """Return failed domains by code, the most frequent first. One query at most."""
    counts = dataset.domain_counts.all()
    found = totals(counts, "error_code", lambda row: row.status == Domain.Status.FAILED)
    groups = [FailureGroup(code, CODES.get(code, code), n) for code, n in found.items() if n]
    return sorted(groups, key=lambda group: (-group.n, group.code))


@dataclass(frozen=True)
class NothingFound:
    """All domains failed."""

    n_domains: int
    groups: list[FailureGroup]
    """The most frequent errors first."""


def nothing_found(dataset: Dataset) -> NothingFound | None:
    """Return the reasons if every domain that is not ignored failed, else None.

    Two queries at most.
    """
    by_status = {
        status: n for status, n in totals(dataset.domain_counts.all(), "status").items() if n
    }
    if set(by_status) - {Domain.Status.IGNORED} != {Domain.Status.FAILED}:
        return None
    return NothingFound(by_status[Domain.Status.FAILED], failures(dataset)[:MOST_REASONS])


def sources(dataset: Dataset) -> list[SourceGroup]:
    """Return the finders of the logos in use, the most frequent first. One query at most.

    Placeholders are not counted.
    """
    found = totals(dataset.domain_counts.all(), "finder")
    groups = [SourceGroup(finder, n) for finder, n in found.items() if finder and n]
    return sorted(groups, key=lambda group: (-group.n, group.finder))


def recent_logos(dataset: Dataset, limit: int) -> list[Logo]:
    """Return the logos that arrived last, each once. Three queries."""
    changed = dataset.domains.filter(logo_changed_at__isnull=False).order_by("-logo_changed_at")
    newest = list(changed.values_list("pk", flat=True)[: 3 * limit])
    primary = Capture.objects.filter(domain__in=newest, is_primary=True)
    logo_of = dict(primary.values_list("domain_id", "logo_id"))
    distinct = list(dict.fromkeys(logo_of[pk] for pk in newest if pk in logo_of))[:limit]
    logos = Logo.objects.in_bulk(distinct)
    return [logos[pk] for pk in distinct if pk in logos]
