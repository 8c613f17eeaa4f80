"""Who may sign in: the first administrator, one-time links, and the brake on guessing."""

import hashlib
import secrets
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from clustering.models import LoginFailure, LoginLink, User
from clustering.models.account import LOGIN_LINK_LIFETIME

FIRST_ADMINISTRATOR = "admin"
MAX_LOGIN_FAILURES = 5
LOGIN_FAILURE_WINDOW = timedelta(minutes=15)


def has_anybody_signed_in() -> bool:
    """Tell whether somebody has a password or has ever signed in."""
    if User.objects.filter(last_login__isnull=False).exists():
        return True
    return any(user.has_usable_password() for user in User.objects.only("password").iterator())


def first_administrator() -> User:
    """Return the oldest active administrator; make one without a password if there is none."""
    found = User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
    return found or User.objects.create_superuser(FIRST_ADMINISTRATOR)


def create_login_link(user: User) -> str:
    """Return the token of a new link for ``user``; earlier unused links end here."""
    user.login_links.filter(used_at=None).delete()
    token = secrets.token_urlsafe(32)
    expires_at = timezone.now() + LOGIN_LINK_LIFETIME
    LoginLink.objects.create(user=user, token_sha256=_sha256(token), expires_at=expires_at)
    return token


def is_login_link_good(token: str) -> bool:
    """Tell whether ``token`` would sign somebody in now; changes nothing."""
    return _good_links(token).exists()


def use_login_link(token: str) -> User | None:
    """Spend ``token`` and return whom it signs in; None if it is unknown, spent or too old.

    A conditional UPDATE: of two requests with one token, one wins.
    """
    link = _good_links(token).select_related("user").first()
    if link is None or not _good_links(token).update(used_at=timezone.now()):
        return None
    return link.user


def is_login_locked(username: str, address: str) -> bool:
    """Tell whether this name has failed too often from this address of late."""
    return _recent_failures(username, address).count() >= MAX_LOGIN_FAILURES


def note_login_failure(username: str, address: str) -> None:
    """Count a failed password, and forget the failures that are too old to matter."""
    LoginFailure.objects.filter(failed_at__lt=timezone.now() - LOGIN_FAILURE_WINDOW).delete()
    LoginFailure.objects.create(key=_failure_key(username, address))


def forgive_login_failures(username: str, address: str) -> None:
    """Forget the failures of somebody who then got the password right."""
    LoginFailure.objects.filter(key=_failure_key(username, address)).delete()


def _good_links(token: str) -> QuerySet[LoginLink]:
    return LoginLink.objects.filter(
        token_sha256=_sha256(token),
        used_at=None,
        expires_at__gt=timezone.now(),
        user__is_active=True,
    )


def _recent_failures(username: str, address: str) -> QuerySet[LoginFailure]:
    since = timezone.now() - LOGIN_FAILURE_WINDOW
    return LoginFailure.objects.filter(key=_failure_key(username, address), failed_at__gte=since)


def _failure_key(username: str, address: str) -> str:
    """A hash, because people type their password into the name's field now and then."""
    return _sha256(f"{username.casefold()}\n{address}")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
