"""Invitations and share links of data sets; only hashes of their secrets are stored."""

from django.db import models
from django.db.models import QuerySet
from django.utils import timezone

from clustering.models.account import User
from clustering.models.dataset import Dataset, Membership


class InvitationQuerySet(QuerySet["Invitation"]):
    def open(self) -> "InvitationQuerySet":
        """Not used, not expired."""
        return self.filter(used_at__isnull=True, expires_at__gt=timezone.now())


class Invitation(models.Model):
    """A link that makes one person a member of a data set, once."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=10, choices=Membership.Role)
    secret_sha256 = models.CharField(max_length=64, unique=True)
    note = models.CharField(max_length=120, blank=True, help_text="intended recipient")
    created_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"invitation to {self.dataset}"


class ShareLinkQuerySet(QuerySet["ShareLink"]):
    def open(self) -> "ShareLinkQuerySet":
        """Not expired."""
        return self.filter(expires_at__gt=timezone.now())


class ShareLink(models.Model):
    """A link with which anybody reads one data set until it expires.

    Its guest is a user without a password whose membership expires with the link. Deleting
    the guest ends the link, its membership and its sessions.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="share_links")
    guest = models.OneToOneField(User, on_delete=models.CASCADE, related_name="share_link")
    secret_sha256 = models.CharField(max_length=64, unique=True)
    note = models.CharField(max_length=120, blank=True, help_text="intended recipient")
    created_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    objects = ShareLinkQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"share link of {self.dataset}"
