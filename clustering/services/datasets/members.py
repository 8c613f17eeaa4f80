"""Members of a data set: invitations, roles, leaving."""

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from clustering.models import Dataset, Invitation, Membership, User
from clustering.pipeline.errors import InputError
from clustering.services import audit
from clustering.services.datasets import team_access

VALID_FOR: Final = timedelta(days=7)  # an invitation
SECRET_BYTES: Final = 32
Role = Membership.Role


class LastOwner(InputError):
    """The change would leave a data set without an owner."""

    code = "last_owner"


def new_secret() -> tuple[str, str]:
    """Return a random secret and its hash, which alone is stored."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    return secret, hash_of(secret)


def hash_of(secret: str) -> str:
    """Return the stored form of a secret; no salt, since secrets are long and random."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def invite(dataset: Dataset, actor: User, role: Role, note: str = "") -> str:
    """Create an invitation and return its secret, which is not stored."""
    secret, digest = new_secret()
    Invitation.objects.create(
        dataset=dataset,
        role=role,
        secret_sha256=digest,
        note=note,
        created_by=actor,
        expires_at=timezone.now() + VALID_FOR,
    )
    detail = f"{role.label} {note}".strip()
    audit.record(audit.Action.INVITED, actor=actor, dataset=dataset, detail=detail)
    return secret


def find_invitation(secret: str) -> Invitation | None:
    """Return the open invitation of ``secret``; None if unknown, used or expired."""
    known = Invitation.objects.open().filter(secret_sha256=hash_of(secret))
    return known.filter(dataset__deleted_at__isnull=True).select_related("dataset").first()


@transaction.atomic
def accept(secret: str, user: User) -> Dataset | None:
    """Use up an invitation and make ``user`` a member; None if it is not open.

    A conditional UPDATE: it works for one of two concurrent requests. A member who opens
    an invitation keeps the role they have, and the invitation is not used up.
    """
    invitation = find_invitation(secret)
    if invitation is None or user.is_guest:
        return None
    dataset = invitation.dataset
    if dataset.memberships.filter(user=user).exists():
        return dataset
    if not Invitation.objects.open().filter(pk=invitation.pk).update(used_at=timezone.now()):
        return None
    Membership.objects.create(dataset=dataset, user=user, role=invitation.role)
    audit.record(
        audit.Action.JOINED,
        actor=user,
        dataset=dataset,
        detail=f"{invitation.get_role_display()}, invited by {invitation.created_by}",
    )
    return dataset


@transaction.atomic
def revoke_invitation(invitation: Invitation, actor: User) -> None:
    """Delete an invitation that was not used."""
    if Invitation.objects.filter(pk=invitation.pk, used_at__isnull=True).delete()[0]:
        audit.record(
            audit.Action.INVITATION_REVOKED,
            actor=actor,
            dataset=invitation.dataset,
            detail=invitation.note,
        )


@transaction.atomic
def change_role(membership: Membership, actor: User, role: Role) -> None:
    """Give a member another role.

    Raises:
        LastOwner: if no owner would be left.
    """
    _lock(membership.dataset)
    membership.refresh_from_db(fields=["role"])
    if role != Role.OWNER:
        _keep_an_owner(membership)
    detail = f"{membership.user}: {membership.get_role_display()} to {role.label}"
    membership.role = role
    membership.save(update_fields=["role"])
    audit.record(audit.Action.ROLE_CHANGED, actor=actor, dataset=membership.dataset, detail=detail)


@transaction.atomic
def remove(membership: Membership, actor: User) -> None:
    """End a membership; members may end their own.

    Raises:
        LastOwner: if no owner would be left.
    """
    _lock(membership.dataset)
    membership.refresh_from_db(fields=["role"])
    _keep_an_owner(membership)
    membership.delete()
    if membership.dataset.team is not None:  # which may give access again
        team_access.sync(membership.dataset.team)
    is_own = membership.user_id == actor.pk
    audit.record(
        audit.Action.LEFT if is_own else audit.Action.REMOVED,
        actor=actor,
        dataset=membership.dataset,
        detail="" if is_own else str(membership.user),
    )


def _lock(dataset: Dataset) -> None:
    """Let one change of members run at a time, or two owners could remove each other."""
    Dataset.objects.select_for_update().get(pk=dataset.pk)


def _keep_an_owner(membership: Membership) -> None:
    """Refuse to lose the last owner; pass ``Dataset.owner`` on to another one."""
    dataset = membership.dataset
    others = dataset.memberships.filter(role=Role.OWNER).exclude(pk=membership.pk)
    heir = others.order_by("pk").first()
    if membership.role == Role.OWNER and heir is None:
        raise LastOwner("a data set needs at least one owner; make another member an owner first")
    if heir is not None and dataset.owner_id == membership.user_id:
        Dataset.objects.filter(pk=dataset.pk).update(owner=heir.user)
