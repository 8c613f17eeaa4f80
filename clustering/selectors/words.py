"""Words in logos: those to be read, and those that were read."""

from collections.abc import Collection, Mapping

from django.db.models import Exists, OuterRef, Q, QuerySet

from clustering.models import Capture, Dataset, Logo, LogoWords, WordReading
from clustering.pipeline.naming import reading
from clustering.selectors.unembedded import after

MAX_ATTEMPTS = 2  # a logo that lost so many workers is left out


def read_logos(logo: OuterRef) -> Exists:
    """Return the condition that a logo was read, or cannot be."""
    ended = Q(read_at__isnull=False) | Q(attempts__gte=MAX_ATTEMPTS)
    return Exists(LogoWords.objects.filter(ended, logo=logo))


def next_unread(asked: WordReading) -> QuerySet[Capture]:
    """Return the primary captures whose logo is to be read, in order of arrival.

    Reads an index range of domains, so that the cost does not grow with the data set.
    """
    shown = Capture.objects.filter(domain__dataset=asked.dataset_id, is_primary=True)
    unread = shown.exclude(read_logos(OuterRef("logo")))
    ordered = unread.order_by("domain__logo_changed_at", "domain_id")
    return after(ordered, asked.read_to, asked.read_to_id)


def is_asked(dataset_id: int) -> bool:
    """Whether members of a data set asked for its words, so that searches look into them."""
    return WordReading.objects.filter(dataset=dataset_id).exists()


def asked_reading(dataset: Dataset) -> WordReading | None:
    """Return the reading of a data set whose members asked for it. One query."""
    return WordReading.objects.filter(dataset=dataset).first()


def due_reading(dataset: Dataset) -> WordReading | None:
    """Return the reading that has logos to read, on a machine that can. At most three queries."""
    asked = asked_reading(dataset)
    if asked is None or asked.status == WordReading.Status.FAILED or not reading.is_installed():
        return None
    return asked if next_unread(asked).exists() else None


def read_in(logos: Collection[Logo]) -> dict[int, LogoWords]:
    """Return the words read in these logos, by key; logos without words are left out."""
    found = LogoWords.objects.filter(logo__in=[logo.pk for logo in logos])
    return {words.logo_id: words for words in found.exclude(text="")}


def shared(found: Mapping[int, LogoWords], first: Logo, second: Logo) -> list[str]:
    """Return the words that were read in both logos; a picture shares none with itself."""
    one, other = found.get(first.pk), found.get(second.pk)
    if one is None or other is None or one is other:
        return []
    return reading.shared_words(one.text, other.text)


def saying(text: str, field: str = "logo__words__text") -> Q:
    """Return the condition that a logo has words which begin with each word of ``text``."""
    wanted = Q()
    for word in reading.words_of(text):
        wanted &= Q(**{f"{field}__contains": f" {word}"})
    return wanted
