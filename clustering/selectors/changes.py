"""What has changed since a run: domains whose logo is another one now, or gone, or new."""

from django.db.models import Exists, OuterRef, QuerySet

from clustering.models import Assignment, Capture, Domain, Run


def outdated(run: Run) -> QuerySet[Assignment]:
    """Return the assignments of logos that their domains no longer show."""
    shown = Capture.objects.filter(
        domain=OuterRef("domain"), logo=OuterRef("logo"), is_primary=True
    )
    return run.assignments.filter(~Exists(shown))


def unplaced(run: Run) -> QuerySet[Domain]:
    """Return the domains that have a logo by now and no place in the run."""
    placed = run.assignments.filter(domain=OuterRef("pk"))
    return run.dataset.domains.filter(status=Domain.Status.FOUND).exclude(Exists(placed))


def count(run: Run) -> int:
    """Return how many domains the run shows otherwise than they are. Two queries."""
    return outdated(run).count() + unplaced(run).count()
