"""Users and their sessions."""

from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models


class User(AbstractUser):
    """A person who signs in."""

    login_link_serial = models.PositiveIntegerField(
        default=0, help_text="a one-time link carries it; it changes with each new or used link"
    )
    is_guest = models.BooleanField(default=False, help_text="the read-only user of a share link")

    @property
    def shown_name(self) -> str:
        """Full name, or the user name if there is none."""
        return self.get_full_name() or self.get_username()


class UserSession(AbstractBaseSession):
    """A session with its user, so that a person can see and end their own sessions."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="sessions", null=True, blank=True
    )
    user_agent = models.CharField(max_length=200, blank=True)
    signed_in_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"session of {self.user}"
