"""Share links: anybody who has one reads a data set until it expires."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from clustering.models import Dataset, Membership, ShareLink, User
from clustering.services import audit
from clustering.services.datasets.members import hash_of, new_secret

GUEST_NAME = "guest-{}"  # a hash follows, so that no person is called that


@transaction.atomic
def share(dataset: Dataset, actor: User, days: int, note: str = "") -> str:
    """Create a share link and return its secret, which is not stored."""
    secret, digest = new_secret()
    guest = User(username=GUEST_NAME.format(digest[:16]), is_guest=True)
    guest.set_unusable_password()
    guest.save()
    link = ShareLink.objects.create(
        dataset=dataset,
        guest=guest,
        secret_sha256=digest,
        note=note,
        created_by=actor,
        expires_at=timezone.now() + timedelta(days=days),
    )
    Membership.objects.create(
        dataset=dataset, user=guest, role=Membership.Role.VIEWER, expires_at=link.expires_at
    )
    audit.record(
        audit.Action.SHARED, actor=actor, dataset=dataset, detail=f"{days} days {note}".strip()
    )
    return secret


def find_link(secret: str) -> ShareLink | None:
    """Return the link of ``secret``; None if unknown, revoked or expired."""
    known = ShareLink.objects.open().filter(secret_sha256=hash_of(secret))
    found = known.filter(dataset__deleted_at__isnull=True)
    return found.select_related("dataset", "guest").first()


@transaction.atomic
def revoke(link: ShareLink, actor: User) -> None:
    """End a link at once, with the sessions of those who opened it."""
    link.guest.delete()
    audit.record(audit.Action.SHARE_REVOKED, actor=actor, dataset=link.dataset, detail=link.note)


def forget_expired() -> None:
    """Delete the guests of expired links and of deleted data sets, and so the links."""
    is_over = Q(share_link__isnull=True) | Q(share_link__expires_at__lt=timezone.now())
    User.objects.filter(is_over, is_guest=True).delete()
