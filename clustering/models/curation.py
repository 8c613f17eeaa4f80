"""The append-only log of corrections, for undo and history, and standing rules about pairs."""

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from clustering.models.account import User
from clustering.models.dataset import Dataset
from clustering.models.domain import Domain
from clustering.models.run import Run


class Correction(models.Model):
    """One correction with the state before and after; never changed, never deleted.

    ``undone`` reverses its ``target``; undoing an ``undone`` is a redo. ``client_id`` is
    made in the browser, so that a request sent twice decides once.
    """

    class Verb(models.TextChoices):
        ASSIGNED = "assigned", "Moved"
        ACCEPTED = "accepted", "Accepted suggestions for"
        MERGED = "merged", "Merged"
        UNMERGED = "unmerged", "Split back"
        SPLIT = "split", "Made a cluster of"
        RENAMED = "renamed", "Renamed"
        IGNORED = "ignored", "Ignored"
        RESTORED = "restored", "Restored"
        SAME = "same", "Marked as one brand"
        DIFFERENT = "different", "Marked as different"
        UNRULED = "unruled", "Removed rules of"
        LOCKED = "locked", "Locked"
        UNLOCKED = "unlocked", "Unlocked"
        NOTED = "noted", "Noted"
        UNDONE = "undone", "Undid"

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="corrections")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="corrections")
    actor = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="corrections"
    )
    verb = models.CharField(max_length=10, choices=Verb)
    payload = models.JSONField(help_text="{before: ..., after: ...}, enough to apply either")
    target = models.ForeignKey(
        "self", on_delete=models.RESTRICT, null=True, blank=True, related_name="reversals"
    )
    client_id = models.UUIDField(default=uuid4, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("pk",)
        indexes: ClassVar = [
            models.Index(fields=("run", "verb"), name="correction_run"),
            # All that undo and redo read, as rows with their payloads are long.
            models.Index(
                fields=("run", "-id", "actor", "verb", "target", "created_at"),
                name="correction_log",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} by {self.actor}"


class PairRule(models.Model):
    """What a person said about two domains: of one brand, or of different ones.

    Every later run takes the rules over and obeys them; they hold for the run of the row.
    """

    class Kind(models.TextChoices):
        SAME = "same", "same brand"
        DIFFERENT = "different", "different brands"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="pair_rules")
    kind = models.CharField(max_length=9, choices=Kind)
    first = models.ForeignKey(Domain, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Domain, on_delete=models.CASCADE, related_name="+")
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("run", "first", "second"), name="pair_rule_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="pair_rule_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first} and {self.second}: {self.get_kind_display()}"


class Note(models.Model):
    """A person's note on a cluster or on the logo of a domain; later runs take it over."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="notes")
    cluster_uid = models.UUIDField(null=True, blank=True)
    domain = models.ForeignKey(
        Domain, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    text = models.CharField(max_length=500)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("run", "cluster_uid"), name="cluster_note_once"),
            models.UniqueConstraint(fields=("run", "domain"), name="domain_note_once"),
            models.CheckConstraint(
                condition=Q(cluster_uid__isnull=True) ^ Q(domain__isnull=True),
                name="note_about_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return self.text
