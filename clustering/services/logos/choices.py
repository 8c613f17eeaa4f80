"""Manual choices of logos: choose, upload, refuse, undo."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from clustering.models import Capture, Dataset, Domain, Logo, LogoChoice, User
from clustering.pipeline.domains.names import MAX_ADDRESS_CHARS, as_shown
from clustering.pipeline.errors import InputError
from clustering.pipeline.imaging.fingerprints import FileFingerprint, fingerprint
from clustering.services.curation.undo import UndoBlocked
from clustering.services.logos import captures

UPLOAD, ADDRESS = "upload", "address"  # finders of images from people
GONE = "this candidate was replaced; choose one of the current ones"
Verb = LogoChoice.Verb


@dataclass(frozen=True)
class Given:
    """An image supplied by a person; its files are stored."""

    verb: LogoChoice.Verb
    finder: str
    source_url: str
    logo: Logo
    file: FileFingerprint | None = None


def uploaded(logo: Logo, data: bytes = b"") -> Given:
    """Return an uploaded image; ``data`` is its file, if available."""
    file = fingerprint(data) if data else None
    return Given(Verb.UPLOADED, UPLOAD, f"upload:{logo.sha256}", logo, file)


def linked(logo: Logo, url: str, file: FileFingerprint | None = None) -> Given:
    """Return the image that was fetched from an address."""
    return Given(Verb.LINKED, ADDRESS, as_shown(url, MAX_ADDRESS_CHARS), logo, file)


@transaction.atomic
def choose(capture: Capture, user: User, *, client_id: UUID) -> LogoChoice:
    """Make the capture its domain's logo; later fetches do not change it.

    Raises:
        InputError: if a newer fetch has replaced it.
    """
    known = _begin(capture.domain, client_id)
    if known:
        return known
    if not capture.domain.captures.filter(pk=capture.pk).exists():
        raise InputError(GONE)
    return _decide(capture.domain, user, Verb.CHOSEN, capture, client_id)


@transaction.atomic
def refuse(domain: Domain, user: User, *, client_id: UUID) -> LogoChoice:
    """Record that the domain has no logo; it is ignored until one is chosen."""
    known = _begin(domain, client_id)
    return known or _decide(domain, user, Verb.REFUSED, None, client_id)


@transaction.atomic
def give(domain: Domain, user: User | None, given: Given, *, client_id: UUID) -> LogoChoice:
    """Make a given image the domain's logo."""
    known = _begin(domain, client_id)
    if known:
        return known
    last = domain.captures.aggregate(last=Max("rank"))["last"]
    capture, _ = Capture.objects.get_or_create(
        domain=domain,
        source_url=given.source_url,
        logo=given.logo,
        defaults={
            "finder": given.finder,
            "rank": 0 if last is None else last + 1,
            "score": 0.0,
            "fetched_at": timezone.now(),
            "is_offered": False,
            **captures.file_values(given.file),
        },
    )
    return _decide(domain, user, given.verb, capture, client_id)


@transaction.atomic
def undo(domain: Domain, user: User) -> LogoChoice | None:
    """Undo the newest choice for the domain, by any user; None if there is none."""
    _lock(domain)
    newest = domain.choices.in_force().last()
    return _undone(newest, user) if newest else None


@transaction.atomic
def undo_own(dataset: Dataset, user: User) -> LogoChoice | None:
    """Undo the user's newest choice in the data set; None if there is none.

    Raises:
        UndoBlocked: if another user has since decided about the same domain.
    """
    own = LogoChoice.objects.in_force().filter(domain__dataset=dataset, actor=user)
    newest = own.select_related("domain").last()
    if newest is None:
        return None
    _lock(newest.domain)
    later = newest.domain.choices.in_force().filter(pk__gt=newest.pk).last()
    if later is not None:
        raise UndoBlocked(
            f"{later.actor or 'another user'} has since decided about {newest.domain.name};"
            " undo that on the page of the domain first"
        )
    return _undone(newest, user)


def history(domain: Domain) -> QuerySet[LogoChoice]:
    """Return every choice about the domain, newest first. One query."""
    return domain.choices.select_related("actor", "undone_by", "capture__logo").order_by("-pk")


def _begin(domain: Domain, client_id: UUID) -> LogoChoice | None:
    """Lock the domain against concurrent choices; return the choice if it was already made."""
    _lock(domain)
    return LogoChoice.objects.filter(client_id=client_id).first()


def _lock(domain: Domain) -> None:
    Domain.objects.select_for_update().get(pk=domain.pk)


def _decide(
    domain: Domain, user: User | None, verb: Verb, capture: Capture | None, client_id: UUID
) -> LogoChoice:
    choice = LogoChoice.objects.create(
        domain=domain, actor=user, verb=verb, capture=capture, client_id=client_id
    )
    captures.update_primary(domain)
    return choice


def _undone(choice: LogoChoice, user: User) -> LogoChoice:
    choice.undone_at, choice.undone_by = timezone.now(), user
    choice.save(update_fields=["undone_at", "undone_by"])
    captures.update_primary(choice.domain)
    return choice
