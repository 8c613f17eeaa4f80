"""The stage that reads the words in logos, for data sets whose members ask for it."""

import time
from typing import Any, Final

from django.db import transaction
from django.db.models import OuterRef
from django.utils import timezone

from clustering.models import Dataset, Logo, LogoWords, WordReading
from clustering.pipeline.naming import reading
from clustering.pipeline.naming.reading import Engine
from clustering.selectors.words import asked_reading, next_unread, read_logos
from clustering.services.storage import opened
from clustering.services.work import draining, due, leases

BATCH: Final = 64  # captures looked up at once
MAX_SECONDS: Final = 10.0  # of a message; then other work gets its turn


def is_installed() -> bool:
    """Whether this machine can read words."""
    return reading.is_installed()


def ask(dataset: Dataset, *, is_on: bool) -> None:
    """Have the words in the logos of a data set read from now on, or no longer.

    What was read is kept. A reading that failed starts again.
    """
    asked = WordReading.objects.filter(dataset=dataset)
    if not is_on:
        asked.delete()
        return
    with transaction.atomic():
        asked.filter(status=WordReading.Status.FAILED).delete()
        WordReading.objects.get_or_create(dataset=dataset)
        due.mark(dataset.pk)


def claim(dataset: Dataset) -> WordReading | None:
    """Lease the word reading of a data set; None if it is off or another worker holds it."""
    asked = asked_reading(dataset)
    return leases.claim(asked) if asked else None


def read_next(asked: WordReading, engine: Engine) -> None:
    """Read logos under the lease ``asked`` for some seconds, and release it.

    A logo is counted before it is read: one that kills its worker is left out after two.
    """
    leases.run_claimed(asked, lambda: _read_batch(asked, engine))


def _read_batch(asked: WordReading, engine: Engine) -> None:
    started = time.monotonic()
    if asked.n_read >= asked.n_total:
        _begin(asked)
    batch = list(next_unread(asked).select_related("logo", "domain")[:BATCH])
    seen: set[int] = set()
    for capture in batch:
        if draining.has_begun() or time.monotonic() > started + MAX_SECONDS:
            break
        if capture.logo_id not in seen:
            _read_logo(capture.logo, engine)
            seen.add(capture.logo_id)
        asked.read_to, asked.read_to_id = capture.domain.logo_changed_at, capture.domain_id
    is_over = not next_unread(asked).exists()
    n_read = asked.n_total if is_over else asked.n_read + len(seen)
    _set(asked, n_read=n_read, read_to=asked.read_to, read_to_id=asked.read_to_id)
    leases.release(asked)


def _begin(asked: WordReading) -> None:
    """Count the logos once, for the progress of all batches. Two queries, one write."""
    logos = Logo.objects.of_dataset(asked.dataset)
    n_left = logos.exclude(read_logos(OuterRef("pk"))).count()
    n_total = logos.count()
    _set(asked, n_total=n_total, n_read=n_total - n_left)


def _set(asked: WordReading, **values: Any) -> None:
    """Write fields of a reading while its lease is held."""
    WordReading.objects.filter(pk=asked.pk, lease_token=asked.lease_token).update(**values)
    for name, value in values.items():
        setattr(asked, name, value)


def _read_logo(logo: Logo, engine: Engine) -> None:
    image = opened(logo.sha256)
    row, _ = LogoWords.objects.get_or_create(logo=logo)
    row.attempts += 1
    row.save(update_fields=["attempts"])
    lines = reading.read(image, engine) if image else []
    name = reading.name_in(lines)
    row.lines = [[line.text, round(line.score, 3)] for line in lines]
    row.text = "".join(f" {word}" for line in lines for word in reading.words_of(line.text))
    row.name, row.name_score = (name.text, name.score) if name else ("", 0.0)
    row.read_at = timezone.now()
    row.save()
