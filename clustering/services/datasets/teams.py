"""Teams: their members, and the data sets that they own."""

from django.db import transaction
from django.db.models import QuerySet

from clustering.models import Dataset, Team, TeamMember, User
from clustering.pipeline.errors import InputError
from clustering.services import audit
from clustering.services.datasets import team_access
from clustering.services.datasets.members import LastOwner, Role


@transaction.atomic
def create(user: User, name: str) -> Team:
    """Make a team that ``user`` owns."""
    team = Team.objects.create(name=name)
    team.members.create(user=user, role=Role.OWNER)
    audit.record(audit.Action.TEAM_CREATED, actor=user, detail=name)
    return team


def of_user(user: User) -> QuerySet[TeamMember]:
    """Return the roles of a user in teams, with the teams."""
    return user.team_roles.select_related("team").order_by("team__name", "pk")


def known_people(team: Team, user: User) -> QuerySet[User]:
    """Return who can be added: people with whom ``user`` shares a data set already.

    Names of others are not told. New people join a data set by invitation first.
    """
    shared = Dataset.objects.for_user(user).values("pk")
    people = User.objects.filter(memberships__dataset__in=shared, is_guest=False, is_active=True)
    return people.exclude(team_roles__team=team).distinct().order_by("username")


@transaction.atomic
def add(team: Team, actor: User, user: User, role: Role) -> None:
    """Add a member, who gets the role in all data sets of the team."""
    _lock(team)
    TeamMember.objects.get_or_create(team=team, user=user, defaults={"role": role})
    _changed(team, actor, f"added {user} as {role.label}")


@transaction.atomic
def change_role(member: TeamMember, actor: User, role: Role) -> None:
    """Give a member another role.

    Raises:
        LastOwner: if no owner would be left.
    """
    _lock(member.team)
    member.refresh_from_db(fields=["role"])
    if role != Role.OWNER:
        _keep_an_owner(member)
    TeamMember.objects.filter(pk=member.pk).update(role=role)
    _changed(member.team, actor, f"{member.user}: {member.get_role_display()} to {role.label}")


@transaction.atomic
def remove(member: TeamMember, actor: User) -> None:
    """Remove a member; members may leave.

    Raises:
        LastOwner: if no owner would be left.
    """
    _lock(member.team)
    member.refresh_from_db(fields=["role"])
    _keep_an_owner(member)
    TeamMember.objects.filter(pk=member.pk).delete()
    _changed(member.team, actor, f"removed {member.user}")


@transaction.atomic
def give(dataset: Dataset, actor: User, team: Team | None) -> None:
    """Give a data set to a team, or take it out of its team.

    Raises:
        InputError: if ``actor`` is no owner of the team.
    """
    if team is not None and not team.members.filter(user=actor, role=Role.OWNER).exists():
        raise InputError("only owners of a team give it data sets")
    before = dataset.team
    team_access.keep_for(dataset, actor)
    Dataset.objects.filter(pk=dataset.pk).update(team=team)
    for one in (before, team):
        if one is not None:
            team_access.sync(one)
    dataset.refresh_from_db()
    team_access.pass_on(dataset)
    detail = team.name if team else "none"
    audit.record(audit.Action.GIVEN_TO_TEAM, actor=actor, dataset=dataset, detail=detail)


def _changed(team: Team, actor: User, detail: str) -> None:
    team_access.sync(team)
    audit.record(audit.Action.TEAM_CHANGED, actor=actor, detail=f"{team.name}: {detail}")


def _lock(team: Team) -> None:
    """Let one change run at a time, or two owners could remove each other."""
    Team.objects.select_for_update().get(pk=team.pk)


def _keep_an_owner(member: TeamMember) -> None:
    others = member.team.members.filter(role=Role.OWNER).exclude(pk=member.pk)
    if member.role == Role.OWNER and not others.exists():
        raise LastOwner("a team needs at least one owner; make another member an owner first")
