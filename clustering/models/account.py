"""People: the user model and the one-time links that let the first of them in."""

from datetime import timedelta

from django.contrib.auth.models import AbstractUser
from django.db import models

LOGIN_LINK_LIFETIME = timedelta(hours=1)  # long enough to open a terminal, short enough to leak


class User(AbstractUser):
    """A person who signs in; custom from day one, because changing it later is a migration."""


class LoginLink(models.Model):
    """A one-time sign-in link; only the hash of its token is stored."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="login_links")
    token_sha256 = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"login link of {self.user}"


class LoginFailure(models.Model):
    """One wrong password; ``key`` is a hash of the name and the address it came from."""

    key = models.CharField(max_length=64)
    failed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=("key", "failed_at"), name="login_failure_key")]

    def __str__(self) -> str:
        return f"failed login at {self.failed_at:%Y-%m-%d %H:%M:%S}"
