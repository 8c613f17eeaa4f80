"""The audit log: who did what, when. Decisions about logos are in Correction."""

from typing import ClassVar

from django.db import models

from clustering.models.account import User
from clustering.models.dataset import Dataset


class AuditEvent(models.Model):
    """One action of a user; append-only, and kept when its data set or user is deleted."""

    class Action(models.TextChoices):
        INVITED = "invited", "Created an invitation"
        INVITATION_REVOKED = "invitation_revoked", "Revoked an invitation"
        JOINED = "joined", "Joined by invitation"
        ROLE_CHANGED = "role_changed", "Changed a role"
        REMOVED = "removed", "Removed a member"
        LEFT = "left", "Left the data set"
        SHARED = "shared", "Created a share link"
        SHARE_REVOKED = "share_revoked", "Revoked a share link"
        SIGNED_IN = "signed_in", "Signed in"
        PASSWORD_CHANGED = "password_changed", "Changed the password"
        SESSIONS_ENDED = "sessions_ended", "Signed out everywhere"
        TOKEN_CREATED = "token_created", "Created an API token"
        TOKEN_REVOKED = "token_revoked", "Revoked an API token"
        WEBHOOK_ADDED = "webhook_added", "Added a webhook"
        WEBHOOK_REMOVED = "webhook_removed", "Removed a webhook"
        TEAM_CREATED = "team_created", "Created a team"
        TEAM_CHANGED = "team_changed", "Changed a team"
        GIVEN_TO_TEAM = "given_to_team", "Changed the team"
        USER_CREATED = "user_created", "Created a user"
        USER_BLOCKED = "user_blocked", "Blocked a user"
        USER_UNBLOCKED = "user_unblocked", "Unblocked a user"
        LINK_MADE = "link_made", "Made a sign-in link"

    action = models.CharField(max_length=20, choices=Action)
    actor = models.ForeignKey(
        User, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    actor_name = models.CharField(max_length=150, blank=True)
    dataset = models.ForeignKey(
        Dataset, on_delete=models.SET_NULL, related_name="audit_events", null=True, blank=True
    )
    dataset_name = models.CharField(max_length=120, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=("dataset", "-id"), name="audit_dataset"),
            models.Index(fields=("created_at",), name="audit_created"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name}: {self.get_action_display()}"
