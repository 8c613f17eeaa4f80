"""Failed domains by code, and logos by finder."""

from dataclasses import dataclass

from django.db.models import Sum

from clustering.models import Capture, Dataset, Domain, Logo
from clustering.pipeline.errors import CODES

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
    """Return failed domains by code, the most frequent first. One query."""
    failed = dataset.domain_counts.filter(status=Domain.Status.FAILED, n__gt=0)
    rows = failed.values_list("error_code").annotate(total=Sum("n"))
    groups = [FailureGroup(code, CODES.get(code, code), n) for code, n in rows]
    return sorted(groups, key=lambda group: (-group.n, group.code))


@dataclass(frozen=True)
class NothingFound:
    """All domains failed."""

    n_domains: int
    groups: list[FailureGroup]
    """The most frequent errors first."""


def nothing_found(dataset: Dataset) -> NothingFound | None:
    """Return the reasons if every domain that is not ignored failed, else None. Two queries."""
    counts = dataset.domain_counts.filter(n__gt=0).exclude(status=Domain.Status.IGNORED)
    by_status = dict(counts.values_list("status").annotate(total=Sum("n")))
    if set(by_status) != {Domain.Status.FAILED}:
        return None
    return NothingFound(by_status[Domain.Status.FAILED], failures(dataset)[:MOST_REASONS])


def sources(dataset: Dataset) -> list[SourceGroup]:
    """Return the finders of the logos in use, the most frequent first. One query.

    Placeholders are not counted.
    """
    found = dataset.domain_counts.exclude(finder="").filter(n__gt=0)
    rows = found.values_list("finder").annotate(total=Sum("n"))
    return sorted((SourceGroup(*row) for row in rows), key=lambda group: (-group.n, group.finder))


def recent_logos(dataset: Dataset, limit: int) -> list[Logo]:
    """Return the logos that arrived last, each once. Two queries."""
    changed = dataset.domains.filter(logo_changed_at__isnull=False).order_by("-logo_changed_at")
    newest = list(changed.values_list("pk", flat=True)[: 3 * limit])
    captures = Capture.objects.filter(domain__in=newest, is_primary=True).select_related("logo")
    by_domain = {capture.domain_id: capture.logo for capture in captures}
    distinct = {by_domain[pk].pk: by_domain[pk] for pk in newest if pk in by_domain}
    return list(distinct.values())[:limit]
