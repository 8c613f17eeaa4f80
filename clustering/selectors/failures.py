"""Failed domains by code, and logos by finder."""

from dataclasses import dataclass

from django.db.models import Count

from clustering.models import Capture, Dataset, Logo
from clustering.pipeline.errors import CODES


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
    rows = dataset.domains.failed().values_list("error_code").annotate(n=Count("pk"))
    groups = [FailureGroup(code, CODES.get(code, code), n) for code, n in rows]
    return sorted(groups, key=lambda group: (-group.n, group.code))


def sources(dataset: Dataset) -> list[SourceGroup]:
    """Return where the logos in use came from, the most frequent first. One query.

    Placeholders are no logos, wherever they came from.
    """
    primary = Capture.objects.filter(
        domain__dataset=dataset, is_primary=True, logo__is_placeholder=False
    )
    rows = primary.values_list("finder").annotate(n=Count("pk"))
    return sorted((SourceGroup(*row) for row in rows), key=lambda group: (-group.n, group.finder))


def recent_logos(dataset: Dataset, limit: int) -> list[Logo]:
    """Return the logos that arrived last, each once. One query."""
    captures = (
        Capture.objects.filter(domain__dataset=dataset, is_primary=True)
        .select_related("logo")
        .order_by("-fetched_at", "-pk")[: 3 * limit]
    )
    distinct = {capture.logo_id: capture.logo for capture in captures}
    return list(distinct.values())[:limit]
