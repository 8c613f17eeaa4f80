"""Domains whose logo was replaced, removed or added since a run."""

from django.db.models import Exists, OuterRef, QuerySet

from clustering.models import Assignment, Capture, Domain, Run
from clustering.selectors.unplaced import changed_since


def outdated(run: Run) -> QuerySet[Assignment]:
    """Return the assignments whose logo is no longer their domain's primary one."""
    shown = Capture.objects.filter(
        domain=OuterRef("domain"), logo=OuterRef("logo"), is_primary=True
    )
    return run.assignments.filter(~Exists(shown), domain__in=changed_since(run))


def unplaced(run: Run) -> QuerySet[Domain]:
    """Return the domains with a logo and without an assignment in the run."""
    placed = run.assignments.filter(domain=OuterRef("pk"))
    return changed_since(run).filter(~Exists(placed), status=Domain.Status.FOUND)


def count(run: Run) -> int:
    """Return the number of changed domains. Two queries."""
    return outdated(run).count() + unplaced(run).count()
