"""Review queue: logos of low confidence, and sites with only an icon."""

from dataclasses import dataclass
from typing import Final

from django.db.models import Q, QuerySet

from clustering.models import Dataset, Domain, DomainCount
from clustering.selectors.domain_totals import totals

ORDER: Final = ("confidence", "pk")  # lowest confidence first
REVIEWED: Final = Q(decided_at__isnull=False)


@dataclass(frozen=True)
class QueueState:
    """Progress of the queue."""

    n_all: int
    n_left: int

    @property
    def n_done(self) -> int:
        """Reviewed domains."""
        return self.n_all - self.n_left


@dataclass(frozen=True)
class QueuePosition:
    """One domain in the queue with its neighbours; None at the ends."""

    domain: Domain
    before: Domain | None
    after: Domain | None


def doubtful(dataset: Dataset) -> QuerySet[Domain]:
    """Return the domains of low confidence, reviewed or not, lowest first."""
    has_answer = Q(status=Domain.Status.FOUND) | REVIEWED
    return dataset.domains.filter(has_answer, is_doubtful=True).order_by(*ORDER)


def state(dataset: Dataset) -> QueueState:
    """Return the size of the queue and the number of open reviews. One query at most."""
    n_of = totals(dataset.domain_counts.all(), "review")
    n_left = n_of[DomainCount.Review.OPEN]
    return QueueState(n_all=n_left + n_of[DomainCount.Review.DONE], n_left=n_left)


def first_open(dataset: Dataset) -> Domain | None:
    """Return the first domain to review. One query."""
    return doubtful(dataset).exclude(REVIEWED).first()


def next_open(dataset: Dataset, after: Domain) -> Domain | None:
    """Return the next domain to review, cyclically. Three queries at most."""
    waiting = doubtful(dataset).exclude(REVIEWED)
    return _after(waiting, after) or waiting.first()


def place(dataset: Dataset, domain: Domain) -> QueuePosition:
    """Return a domain's position in the queue, including reviewed domains. Two to four queries."""
    queue = doubtful(dataset)
    return QueuePosition(domain, _before(queue, domain), _after(queue, domain))


def _after(queue: QuerySet[Domain], domain: Domain) -> Domain | None:
    """Return the next one: of equal confidence, which thousands may have, else of a higher one.

    One condition on both would read all of equal confidence.
    """
    at = _confidence(domain)
    equal = queue.filter(confidence=at, pk__gt=domain.pk)
    return equal.first() or queue.filter(confidence__gt=at).first()


def _before(queue: QuerySet[Domain], domain: Domain) -> Domain | None:
    at = _confidence(domain)
    equal = queue.filter(confidence=at, pk__lt=domain.pk)
    return equal.last() or queue.filter(confidence__lt=at).last()


def _confidence(domain: Domain) -> float:
    return 0.0 if domain.confidence is None else domain.confidence
