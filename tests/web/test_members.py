"""Members, invitations and share links."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clustering.models import AuditEvent, Dataset, Invitation, Membership, ShareLink, User
from tests.factories import make_dataset, make_user

Role = Membership.Role


@pytest.fixture
def dataset(alice: User) -> Dataset:
    return make_dataset(alice)


def link_of(page: bytes) -> str:
    """Return the path of the link that a page shows once."""
    found = re.search(r'value="https?://[^/"]+(/[^"]+)"', page.decode())
    assert found
    return found.group(1)


def invited(client: Client, dataset: Dataset, role: str = "editor") -> str:
    page = client.post(reverse("members_invite", args=[dataset.slug]), {"role": role})
    return link_of(page.content)


def shared(client: Client, dataset: Dataset) -> str:
    page = client.post(reverse("members_share", args=[dataset.slug]), {"days": "7"})
    return link_of(page.content)


def test_an_invitation_works_once(
    dataset: Dataset, alice_client: Client, bob_client: Client, bob: User
) -> None:
    link = invited(alice_client, dataset)

    assert bob_client.get(link).status_code == 200
    assert bob_client.post(link).status_code == 302

    assert dataset.memberships.get(user=bob).role == Role.EDITOR
    carol = Client()
    carol.force_login(make_user("carol"))
    assert (carol.get(link).status_code, carol.post(link).status_code) == (404, 404)


def test_an_invited_stranger_makes_an_account(dataset: Dataset, alice_client: Client) -> None:
    link = invited(alice_client, dataset, "viewer")
    form = {"username": "dora", "password1": "a long passphrase", "password2": "a long passphrase"}
    client = Client()

    assert client.post(link, form | {"password1": "short"}).status_code == 422
    assert client.post(link, form).status_code == 302

    assert client.get(reverse("members", args=[dataset.slug])).status_code == 200
    assert Client().post(link, form | {"username": "eve"}).status_code == 404
    assert not User.objects.filter(username="eve").exists()


def test_an_invitation_ends_after_a_week_or_when_it_is_revoked(
    dataset: Dataset, alice_client: Client, bob_client: Client
) -> None:
    link = invited(alice_client, dataset)
    with time_machine.travel(timezone.now() + timedelta(days=7, seconds=1)):
        assert Client().get(link).status_code == 404
    pk = Invitation.objects.get().pk

    alice_client.post(reverse("invitation_revoke", args=[dataset.slug, pk]))

    assert bob_client.post(link).status_code == 404


def test_secrets_are_not_stored(dataset: Dataset, alice_client: Client) -> None:
    secrets = [
        link.split("/")[2]
        for link in (invited(alice_client, dataset), shared(alice_client, dataset))
    ]

    stored = str(
        [*Invitation.objects.values(), *ShareLink.objects.values(), *User.objects.values()]
    )
    assert not any(secret in stored for secret in secrets)


def test_a_guest_reads_one_data_set_and_nothing_else(
    dataset: Dataset, alice: User, alice_client: Client
) -> None:
    other = make_dataset(alice, name="Other")
    guest = Client()

    assert guest.post(shared(alice_client, dataset)).status_code == 302

    assert guest.get(reverse("runs", args=[dataset.slug])).status_code == 200
    assert guest.get("/").status_code == 302
    for path in (
        reverse("runs", args=[other.slug]),
        reverse("members", args=[dataset.slug]),
        reverse("account"),
    ):
        assert guest.get(path).status_code == 404
    assert guest.post("/upload/", {"text": "a.de"}).status_code == 404
    assert guest.post(reverse("members_leave", args=[dataset.slug])).status_code == 404
    assert Dataset.objects.count() == 2


@pytest.mark.parametrize("end", ["expiry", "revocation"])
def test_the_end_of_a_share_link_ends_reading(
    dataset: Dataset, alice_client: Client, end: str
) -> None:
    link, guest = shared(alice_client, dataset), Client()
    guest.post(link)
    page = reverse("runs", args=[dataset.slug])
    at = timezone.now() + timedelta(days=7, seconds=1 if end == "expiry" else -60)
    if end == "revocation":
        pk = ShareLink.objects.get().pk
        alice_client.post(reverse("link_revoke", args=[dataset.slug, pk]))

    with time_machine.travel(at):
        assert guest.get(page).status_code in {302, 404}
        assert Client().get(link).status_code == 404


def test_the_last_owner_stays(dataset: Dataset, alice_client: Client, bob: User) -> None:
    Membership.objects.create(dataset=dataset, user=bob, role=Role.EDITOR)
    own = dataset.memberships.get(role=Role.OWNER)

    alice_client.post(reverse("members_leave", args=[dataset.slug]))
    alice_client.post(reverse("members_role", args=[dataset.slug, own.pk]), {"role": "viewer"})
    assert dataset.memberships.get(pk=own.pk).role == Role.OWNER

    bobs = dataset.memberships.get(user=bob)
    alice_client.post(reverse("members_role", args=[dataset.slug, bobs.pk]), {"role": "owner"})
    alice_client.post(reverse("members_leave", args=[dataset.slug]))
    dataset.refresh_from_db()
    assert dataset.owner == bob
    assert list(dataset.memberships.values_list("user", flat=True)) == [bob.pk]


def test_only_owners_manage_members(dataset: Dataset, bob: User, bob_client: Client) -> None:
    Membership.objects.create(dataset=dataset, user=bob, role=Role.EDITOR)
    own = dataset.memberships.get(role=Role.OWNER)

    assert bob_client.get(reverse("members", args=[dataset.slug])).status_code == 200
    for name, args in (
        ("members_invite", []),
        ("members_share", []),
        ("members_role", [own.pk]),
        ("members_remove", [own.pk]),
    ):
        path = reverse(name, args=[dataset.slug, *args])
        assert bob_client.post(path, {"role": "viewer", "days": "7"}).status_code == 403
    assert dataset.memberships.count() == 2


def test_changes_of_members_are_in_the_audit_log(
    dataset: Dataset, alice_client: Client, bob_client: Client
) -> None:
    bob_client.post(invited(alice_client, dataset))
    pk = dataset.memberships.get(role=Role.EDITOR).pk
    alice_client.post(reverse("members_remove", args=[dataset.slug, pk]))

    events = AuditEvent.objects.filter(dataset=dataset).order_by("pk")
    assert list(events.values_list("action", "actor_name")) == [
        ("invited", "alice"),
        ("joined", "bob"),
        ("removed", "alice"),
    ]


def test_signing_out_everywhere_ends_the_other_sessions(alice: User, alice_client: Client) -> None:
    other = Client()
    other.force_login(alice)

    alice_client.post(reverse("account_sign_out"))

    assert other.get("/account/").status_code == 302
    assert alice_client.get("/account/").status_code == 200


def test_a_guest_without_a_data_set_finds_nothing(dataset: Dataset, alice_client: Client) -> None:
    guest = Client()
    guest.post(shared(alice_client, dataset))

    dataset.delete()

    assert guest.get("/").status_code == 404


def test_the_account_page_takes_the_same_queries_for_any_number_of_sessions(
    alice: User, alice_client: Client
) -> None:
    def n_queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert alice_client.get(reverse("account")).status_code == 200
        return len(queries)

    n_queries()
    few = n_queries()
    for _ in range(5):
        Client().force_login(alice)

    assert n_queries() == few


def test_a_new_password_ends_the_other_sessions(alice: User, alice_client: Client) -> None:
    Client().force_login(alice)
    alice.set_unusable_password()
    alice.save()
    alice_client.force_login(alice)
    new = {"new_password1": "a long passphrase", "new_password2": "a long passphrase"}

    assert alice_client.post("/account/", new).status_code == 302

    assert alice.sessions.count() == 1
    assert alice_client.get("/account/").status_code == 200
