"""What staff do with users: create, block, unblock, and a link for those who cannot sign in."""

from django.db import transaction

from clustering.models import User
from clustering.pipeline.errors import InputError
from clustering.services import accounts, audit


class NotAllowed(InputError):
    """Staff may not do this to that user."""

    code = "not_allowed"


@transaction.atomic
def create(actor: User, username: str) -> User:
    """Create a user without a password, who needs a sign-in link."""
    user = User.objects.create_user(username)
    audit.record(audit.Action.USER_CREATED, actor=actor, detail=username)
    return user


@transaction.atomic
def set_active(actor: User, user: User, *, is_active: bool) -> None:
    """Unblock a user; or block them: their sessions, sign-in links and tokens end to work.

    Raises:
        NotAllowed: for oneself, and for staff unless ``actor`` is an administrator.
    """
    _refuse(actor, user)
    User.objects.filter(pk=user.pk).update(is_active=is_active)
    if not is_active:
        user.sessions.all().delete()
    action = audit.Action.USER_UNBLOCKED if is_active else audit.Action.USER_BLOCKED
    audit.record(action, actor=actor, detail=user.get_username())


@transaction.atomic
def make_link(actor: User, user: User) -> str:
    """Return the token of a sign-in link for a user, which works once.

    Raises:
        NotAllowed: for oneself, blocked users, and for staff unless ``actor`` is an administrator.
    """
    _refuse(actor, user)
    if not user.is_active:
        raise NotAllowed("the user is blocked")
    audit.record(audit.Action.LINK_MADE, actor=actor, detail=user.get_username())
    return accounts.create_login_link(user)


def _refuse(actor: User, user: User) -> None:
    if actor.pk == user.pk:
        raise NotAllowed("this is you")
    if (user.is_staff or user.is_superuser) and not actor.is_superuser:
        raise NotAllowed("only administrators do this with staff")
