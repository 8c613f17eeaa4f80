"""The memberships that teams give: rows like all others, so one rule decides about access."""

from django.db.models import QuerySet

from clustering.models import Dataset, Membership, Team, User

Role = Membership.Role


def sync(team: Team) -> None:
    """Make the memberships of the team's data sets follow its members.

    A membership of a user's own is left as it is. A data set whose owner has left passes to
    another owner. To be used in the transaction of the change.
    """
    datasets = list(team.datasets.filter(deleted_at=None).select_for_update())
    roles = dict(team.members.values_list("user_id", "role"))
    given = Membership.objects.filter(team=team)
    given.exclude(user__in=roles, dataset__in=datasets).delete()
    for role in Role:
        users = [user for user, held in roles.items() if held == role]
        given.filter(user__in=users).exclude(role=role).update(role=role)
    Membership.objects.bulk_create(
        (
            Membership(dataset=dataset, user_id=user, role=role, team=team)
            for dataset in datasets
            for user, role in roles.items()
        ),
        ignore_conflicts=True,
    )
    for dataset in datasets:
        pass_on(dataset)


def pass_on(dataset: Dataset) -> None:
    """Let another owner be the one whose quota counts, if the present one has left."""
    owners = _owners(dataset)
    if not owners.filter(user=dataset.owner_id).exists():
        heir = owners.order_by("pk").first()
        if heir is not None:
            Dataset.objects.filter(pk=dataset.pk).update(owner=heir.user)


def keep_for(dataset: Dataset, user: User) -> None:
    """Give ``user``, who takes a data set out of its team, a membership of their own."""
    Membership.objects.filter(dataset=dataset, user=user).update(team=None, role=Role.OWNER)


def _owners(dataset: Dataset) -> QuerySet[Membership]:
    return dataset.memberships.filter(role=Role.OWNER, user__is_guest=False)
