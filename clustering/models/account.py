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
