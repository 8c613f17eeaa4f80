"""The page of users, for staff."""

from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from clustering.models import ApiToken, AuditEvent, User
from clustering.services import tokens
from tests.factories import make_dataset, make_user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def operator(db: None) -> Client:
    """A member of staff, signed in."""
    user = make_user("operator")
    User.objects.filter(pk=user.pk).update(is_staff=True)
    return signed_in(user)


def test_a_new_user_signs_in_by_the_shown_link(operator: Client) -> None:
    page = operator.post(reverse("users"), {"username": "carol"})

    link = urlsplit(page.context["link"]).path
    assert page.context["link"] in page.content.decode()
    client = Client()
    client.post(link)
    assert client.get(reverse("account")).context["user"].username == "carol"
    assert not User.objects.get(username="carol").has_usable_password()
    again = operator.post(reverse("users"), {"username": "carol"}, follow=True)
    assert "already exists" in again.content.decode()


def test_a_blocked_user_is_signed_out_everywhere_until_unblocked(
    operator: Client, alice: User, alice_client: Client
) -> None:
    make_dataset(alice)
    secret = tokens.create(alice, name="t", scope=ApiToken.Scope.READ)[1]
    block = reverse("user_block", args=[alice.pk])

    operator.post(block, {"active": "0"})

    assert alice_client.get(reverse("account")).status_code == 302
    assert tokens.find(secret) is None
    assert "blocked" in operator.get(reverse("users")).content.decode()
    link = operator.post(reverse("user_link", args=[alice.pk]), follow=True)
    assert "No link: the user is blocked." in link.content.decode()
    operator.post(block, {"active": "1"})
    assert tokens.find(secret) is not None
    noted = AuditEvent.objects.filter(actor__username="operator").values_list("action", "detail")
    assert list(noted) == [("user_blocked", "alice"), ("user_unblocked", "alice")]


def test_staff_neither_block_nor_become_administrators_or_themselves(operator: Client) -> None:
    root = User.objects.create_superuser("root")
    own = User.objects.get(username="operator")
    for user in (root, own):
        operator.post(reverse("user_block", args=[user.pk]), {"active": "0"})
        answer = operator.post(reverse("user_link", args=[user.pk]))
        assert answer.status_code == 302

    assert not User.objects.filter(is_active=False).exists()
    administrator = signed_in(root)
    administrator.post(reverse("user_block", args=[own.pk]), {"active": "0"})
    assert not User.objects.get(pk=own.pk).is_active


def test_guests_of_share_links_are_no_users(operator: Client) -> None:
    guest = make_user("guest-1")
    User.objects.filter(pk=guest.pk).update(is_guest=True)

    assert "guest-1" not in operator.get(reverse("users")).content.decode()
    assert operator.post(reverse("user_link", args=[guest.pk])).status_code == 404
