"""API tokens of users; only hashes of their secrets are stored."""

from typing import ClassVar

from django.db import models

from clustering.models.account import User


class ApiToken(models.Model):
    """A secret with which a program acts as its user, within a scope."""

    class Scope(models.TextChoices):
        """Each includes the ones before; the user's role in a data set limits them further."""

        READ = "read", "Read"
        CURATE = "curate", "Read and curate"
        ADMIN = "admin", "Everything"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    scope = models.CharField(max_length=6, choices=Scope)
    secret_sha256 = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=8, help_text="the secret's last characters")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"token {self.name} of {self.user}"

    def allows(self, scope: "ApiToken.Scope") -> bool:
        """Whether its scope includes ``scope``."""
        order = list(self.Scope)
        return order.index(self.Scope(self.scope)) >= order.index(scope)
