"""Signing in: links that work once, and the brake on guessed passwords."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from clustering.models import LoginLink, User
from clustering.services import accounts


def test_a_link_is_not_spent_by_looking_at_it(alice: User, client: Client) -> None:
    address = f"/login/{accounts.create_login_link(alice)}/"

    assert client.get(address).status_code == 200
    assert client.get(address).status_code == 200
    assert "_auth_user_id" not in client.session


def test_a_link_signs_in_once(alice: User, client: Client) -> None:
    address = f"/login/{accounts.create_login_link(alice)}/"

    assert client.post(address).status_code == 302
    assert client.session["_auth_user_id"] == str(alice.pk)
    assert Client().post(address).status_code == 404


def test_a_link_ends_after_an_hour(alice: User, client: Client) -> None:
    address = f"/login/{accounts.create_login_link(alice)}/"

    with time_machine.travel(timezone.now() + timedelta(hours=1, seconds=1)):
        assert client.get(address).status_code == 404
        assert client.post(address).status_code == 404


def test_a_new_link_ends_the_earlier_one(alice: User, client: Client) -> None:
    first = accounts.create_login_link(alice)
    accounts.create_login_link(alice)

    assert client.post(f"/login/{first}/").status_code == 404


def test_the_token_itself_is_not_stored(alice: User) -> None:
    token = accounts.create_login_link(alice)

    assert LoginLink.objects.get().token_sha256 != token


def test_five_wrong_passwords_close_the_name_for_fifteen_minutes(
    alice: User, client: Client
) -> None:
    wrong = {"username": "alice", "password": "guess"}
    right = {"username": "ALICE", "password": "correct horse"}
    answers = [client.post("/login/", wrong).status_code for _ in range(6)]

    assert answers == [200, 200, 200, 200, 200, 429]
    assert client.post("/login/", right).status_code == 429
    with time_machine.travel(timezone.now() + timedelta(minutes=15, seconds=1)):
        assert client.post("/login/", right | {"username": "alice"}).status_code == 302


def test_another_address_is_not_locked_out(alice: User, client: Client) -> None:
    for _ in range(5):
        client.post("/login/", {"username": "alice", "password": "guess"})

    answer = client.post(
        "/login/", {"username": "alice", "password": "correct horse"}, REMOTE_ADDR="192.0.2.7"
    )

    assert answer.status_code == 302


def test_a_forwarded_address_is_not_believed_by_default(alice: User, client: Client) -> None:
    wrong = {"username": "alice", "password": "guess"}
    answers = [
        client.post("/login/", wrong, headers={"X-Forwarded-For": f"192.0.2.{n}"}).status_code
        for n in range(6)
    ]

    assert answers[-1] == 429


@pytest.mark.django_db
def test_the_first_administrator_is_made_once_and_has_no_password() -> None:
    first = accounts.first_administrator()

    assert accounts.first_administrator() == first
    assert (first.username, first.is_superuser) == ("admin", True)
    assert not first.has_usable_password()
    assert not accounts.has_anybody_signed_in()


def test_signing_out_needs_a_post(alice_client: Client) -> None:
    assert alice_client.get("/logout/").status_code == 405
    assert alice_client.post("/logout/").status_code == 302
    assert "_auth_user_id" not in alice_client.session
