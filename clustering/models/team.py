"""Teams: people who share all data sets of the team."""

from typing import ClassVar

from django.db import models

from clustering.models.account import User
from clustering.models.dataset import Membership, Team


class TeamMember(models.Model):
    """Role of a user in a team, and so in all its data sets."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="team_roles")
    role = models.CharField(max_length=10, choices=Membership.Role)

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("team", "user"), name="team_member_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.team}"
