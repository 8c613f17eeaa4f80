"""The user model."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person who signs in."""

    login_link_serial = models.PositiveIntegerField(
        default=0, help_text="a one-time link carries it; it changes with each new or used link"
    )
