"""API tokens: creation, check, revocation."""

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from clustering.models import ApiToken, User
from clustering.pipeline.errors import InputError
from clustering.services import audit

PREFIX: Final = "lgs_"  # so that scanners for leaked secrets recognise a token
SECRET_BYTES: Final = 32
HINT_LENGTH: Final = 4
MOST_TOKENS: Final = 20  # of one user
USE_NOTED_EVERY: Final = timedelta(minutes=1)  # instead of a write for each request


@transaction.atomic
def create(user: User, *, name: str, scope: ApiToken.Scope) -> tuple[ApiToken, str]:
    """Return a new token and its secret, which is not stored.

    Raises:
        InputError: if the user has ``MOST_TOKENS``, or is the guest of a share link.
    """
    User.objects.select_for_update().get(pk=user.pk)  # parallel requests keep the limit
    if user.is_guest:
        raise InputError("a share link has no tokens")
    if user.api_tokens.count() >= MOST_TOKENS:
        raise InputError(f"you have {MOST_TOKENS} tokens; revoke one first")
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        scope=scope,
        secret_sha256=_hash_of(secret),
        hint=secret[-HINT_LENGTH:],
    )
    audit.record(audit.Action.TOKEN_CREATED, actor=user, detail=f"{name} ({scope})")
    return token, secret


@transaction.atomic
def revoke(token: ApiToken) -> None:
    """End a token."""
    audit.record(audit.Action.TOKEN_REVOKED, actor=token.user, detail=token.name)
    token.delete()


def find(secret: str) -> ApiToken | None:
    """Return the token with ``secret`` of an active user, and note its use; else None."""
    if not secret.startswith(PREFIX):
        return None
    tokens = ApiToken.objects.select_related("user").filter(user__is_active=True)
    token = tokens.filter(secret_sha256=_hash_of(secret), user__is_guest=False).first()
    if token is not None:
        _note_use(token)
    return token


def _note_use(token: ApiToken) -> None:
    now = timezone.now()
    is_old = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
    if token.last_used_at is None or token.last_used_at < now - USE_NOTED_EVERY:
        ApiToken.objects.filter(is_old, pk=token.pk).update(last_used_at=now)


def _hash_of(secret: str) -> str:
    """Return the stored form of a secret; no salt, since secrets are long and random."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
