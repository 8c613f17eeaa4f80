"""Teams: their members have their role in every data set of the team."""

import pytest
from django.test import Client
from django.urls import reverse

from clustering.models import Dataset, Membership, Team, User
from clustering.services.datasets import teams
from clustering.services.datasets.members import LastOwner, Role
from tests.factories import make_dataset, make_user


@pytest.fixture
def team(alice: User) -> Team:
    return teams.create(alice, "Design")


def roles(user: User) -> dict[str, str]:
    """Return the data sets that a user sees, with their roles."""
    return {one.name: str(getattr(one, "role", "")) for one in Dataset.objects.for_user(user)}


def test_a_member_has_the_role_in_all_data_sets_of_the_team(
    team: Team, alice: User, bob: User
) -> None:
    first, second = make_dataset(alice, "First"), make_dataset(alice, "Second")
    teams.give(first, alice, team)
    teams.add(team, alice, bob, Role.EDITOR)
    assert roles(bob) == {"First": "editor"}
    teams.give(second, alice, team)
    assert roles(bob) == {"First": "editor", "Second": "editor"}

    teams.change_role(team.members.get(user=bob), alice, Role.VIEWER)
    assert roles(bob) == {"First": "viewer", "Second": "viewer"}
    teams.give(first, alice, None)
    assert roles(bob) == {"Second": "viewer"}
    teams.remove(team.members.get(user=bob), alice)

    assert roles(bob) == {}
    assert roles(alice) == {"First": "owner", "Second": "owner"}


def test_a_role_of_ones_own_stays(team: Team, alice: User, bob: User) -> None:
    dataset = make_dataset(alice)
    Membership.objects.create(dataset=dataset, user=bob, role=Role.OWNER)
    teams.give(dataset, alice, team)
    teams.add(team, alice, bob, Role.VIEWER)

    teams.remove(team.members.get(user=bob), alice)

    assert roles(bob) == {"Brands": "owner"}


def test_the_team_keeps_an_owner_and_its_data_sets_too(team: Team, alice: User, bob: User) -> None:
    dataset = make_dataset(alice)
    teams.give(dataset, alice, team)
    with pytest.raises(LastOwner):
        teams.remove(team.members.get(user=alice), alice)
    teams.add(team, alice, bob, Role.OWNER)
    Membership.objects.filter(user=alice).update(team=team)  # as given by the team alone

    teams.remove(team.members.get(user=alice), bob)

    dataset.refresh_from_db()
    assert (roles(alice), roles(bob)) == ({}, {"Brands": "owner"})
    assert dataset.owner == bob


def test_the_pages(alice: User, bob: User, alice_client: Client, bob_client: Client) -> None:
    dataset = make_dataset(alice)
    Membership.objects.create(dataset=dataset, user=bob, role=Role.VIEWER)
    stranger = make_user("stranger")
    alice_client.post(reverse("teams"), {"name": "Design"})
    team = Team.objects.get()
    address = reverse("team", args=[team.pk])
    assert bob_client.get(address).status_code == 404

    alice_client.post(reverse("members_team", args=[dataset.slug]), {"team": team.pk})
    add = reverse("team_add", args=[team.pk])
    assert alice_client.post(add, {"username": stranger.username}).status_code == 404
    assert alice_client.post(add, {"username": "bob", "role": "editor"}).status_code == 302

    assert "bob" in bob_client.get(address).content.decode()
    assert "Design" in alice_client.get(reverse("members", args=[dataset.slug])).content.decode()
    assert bob_client.post(add, {"username": "alice"}).status_code == 404
    alices = reverse("team_remove", args=[team.pk, team.members.get(user=alice).pk])
    assert bob_client.post(alices).status_code == 404
    bobs = team.members.get(user=bob).pk
    assert bob_client.post(reverse("team_remove", args=[team.pk, bobs])).status_code == 302
    assert bob_client.get(address).status_code == 404


def test_nobody_gives_a_data_set_to_the_team_of_others(
    team: Team, bob: User, bob_client: Client
) -> None:
    dataset = make_dataset(bob)

    answer = bob_client.post(reverse("members_team", args=[dataset.slug]), {"team": team.pk})

    assert answer.status_code == 404
    dataset.refresh_from_db()
    assert dataset.team is None
