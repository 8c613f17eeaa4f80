"""Outcomes of fetching: share and domains of each."""

import re
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet, Sum

from clustering.models import Capture, Dataset, Domain
from clustering.selectors.domain_totals import totals
from clustering.selectors.logo_tiles import with_logo
from clustering.selectors.pages import KeysetPage, Sort, keyset_page

LABELS: Final = {
    "logo": "Logo",
    "icon": "Icon only",
    "placeholder": "Placeholder",
    "ignored": "Left out",
    "failed": "Failed",
    "pending": "To come",
}
PAGE_SIZE: Final = 100
BAR_UNITS: Final = 1000  # width of the whole bar
MMH3: Final = re.compile(r"-?[0-9]{1,10}\Z")
PHASH_CHARS: Final = 16
MD5_CHARS: Final = 32
Status = Domain.Status


@dataclass(frozen=True)
class OutcomeCount:
    """The domains with one outcome."""

    name: str
    label: str
    n: int
    share: float
    """Of all domains, in [0, 1]."""
    start: float
    """Start of its segment of the bar, from 0 to ``BAR_UNITS``."""

    @property
    def width(self) -> float:
        """Of its segment of the bar."""
        return BAR_UNITS * self.share


def outcomes(dataset: Dataset) -> list[OutcomeCount]:
    """Return the outcomes that occur, in a fixed order. One query at most."""
    counts = totals(dataset.domain_counts.all(), "outcome")
    total = sum(counts.values())
    found, n_before = [], 0
    for name, label in LABELS.items():
        n = counts.get(name, 0)
        if n:
            start = BAR_UNITS * n_before / total
            found.append(OutcomeCount(name, label, n, n / total, start))
        n_before += n
    return found


def domains(
    dataset: Dataset, *, outcome: str = "", code: str = "", finder: str = "", file: str = ""
) -> QuerySet[Domain]:
    """Return the domains by outcome, error code, finder and a fingerprint of the logo's file.

    Ordered by name; empty arguments do not filter. ``code`` may be several, with commas.
    """
    found = dataset.domains.all()
    if outcome:
        found = found.filter(outcome=outcome)
    if code:
        found = found.filter(status=Status.FAILED, error_code__in=code.split(","))
    if finder:
        found = found.filter(finder=finder, has_placeholder=False)
    if file:
        found = found.filter(pk__in=_with_file(dataset, file))
    return found.order_by("name")


def _with_file(dataset: Dataset, file: str) -> QuerySet[Capture, int]:
    """Return the keys of domains whose logo has this mmh3, md5, sha256 or perceptual hash."""
    text = file.strip().lower()
    primary = Capture.objects.filter(domain__dataset=dataset, is_primary=True)
    if MMH3.match(text) and -(2**31) <= int(text) < 2**31:
        found = primary.filter(file_mmh3=int(text))
    elif len(text) == PHASH_CHARS:
        found = primary.filter(logo__phash=text)
    elif len(text) == MD5_CHARS:
        found = primary.filter(file_mmh3__isnull=False, file_md5=text)
    else:
        found = primary.filter(file_mmh3__isnull=False, file_sha256=text)
    return found.values_list("domain_id", flat=True)


def domain_page(
    dataset: Dataset,
    *,
    token: str,
    outcome: str = "",
    code: str = "",
    finder: str = "",
    file: str = "",
) -> KeysetPage[Domain]:
    """Return one page of :func:`domains`, each with its logo in ``primary``. Four queries."""
    chosen = domains(dataset, outcome=outcome, code=code, finder=finder, file=file)
    found = with_logo(chosen)
    kept = dataset.domain_counts.all()
    if outcome:
        kept = kept.filter(outcome=outcome)
    if code:
        kept = kept.filter(status=Status.FAILED, error_code__in=code.split(","))
    if finder:
        kept = kept.filter(finder=finder)
    n_found = chosen.count() if file else kept.aggregate(total=Sum("n"))["total"] or 0
    return keyset_page(found, (Sort("name"),), token=token, size=PAGE_SIZE, count=n_found)
