"""Sign-in: one-time links, and throttling of password guesses."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from clustering.models import User
from clustering.services import accounts
from tests.factories import make_user


def sign_in(name: str, password: str = "guess", address: str = "127.0.0.1") -> int:
    """Return the status of a sign-in: 302 succeeded, 200 wrong, 429 refused."""
    form = {"username": name, "password": password}
    return Client().post("/login/", form, REMOTE_ADDR=address).status_code


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

    assert token.partition(".")[2] not in str(User.objects.values().get())


@pytest.mark.parametrize("part", ["serial", "signature"])
def test_a_changed_token_is_invalid(alice: User, client: Client, part: str) -> None:
    serial, _, signed = accounts.create_login_link(alice).partition(".")
    changed = {"serial": f"2.{signed}", "signature": f"{serial}.{signed[::-1]}"}
    User.objects.update(login_link_serial=2 if part == "serial" else 1)

    assert client.post(f"/login/{changed[part]}/").status_code == 404


def test_a_link_of_a_deactivated_user_does_not_work(alice: User, client: Client) -> None:
    token = accounts.create_login_link(alice)
    User.objects.update(is_active=False)

    assert client.post(f"/login/{token}/").status_code == 404


def test_a_changed_password_ends_the_links(alice: User, client: Client) -> None:
    token = accounts.create_login_link(alice)
    alice.set_password("another horse")
    alice.save()

    assert client.post(f"/login/{token}/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_of_parallel_uses_of_a_link_one_signs_in() -> None:
    address = f"/login/{accounts.create_login_link(make_user())}/"

    assert in_parallel(lambda: Client().post(address).status_code, 8) == {302: 1, 404: 7}


@pytest.mark.django_db(transaction=True)
def test_parallel_guesses_are_counted_before_they_are_checked() -> None:
    make_user()

    assert in_parallel(lambda: sign_in("alice"), 40) == {200: 5, 429: 35}


def in_parallel(action: Callable[[], int], times: int) -> Counter[int]:
    def call(_number: int) -> int:
        try:
            return action()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        return Counter(pool.map(call, range(times)))


def test_five_wrong_passwords_lock_the_name_for_fifteen_minutes(
    alice: User, client: Client
) -> None:
    wrong = {"username": "alice", "password": "guess"}
    right = {"username": "ALICE", "password": "correct horse"}
    answers = [client.post("/login/", wrong).status_code for _ in range(6)]

    assert answers == [200, 200, 200, 200, 200, 429]
    assert client.post("/login/", right).status_code == 429
    with time_machine.travel(timezone.now() + timedelta(minutes=15, seconds=1)):
        assert client.post("/login/", right | {"username": "alice"}).status_code == 302


@pytest.mark.parametrize("name", ["alice ", " alice", "ALICE", "\uff41lice", "alice\u3000"])
def test_spellings_of_a_name_count_as_one(alice: User, name: str) -> None:
    for _ in range(5):
        sign_in("alice")

    assert sign_in(name, "correct horse") == 429


def test_twenty_failures_lock_an_address(alice: User) -> None:
    answers = [sign_in(f"name-{number}") for number in range(21)]

    assert answers == [200] * 20 + [429]
    assert sign_in("alice", "correct horse") == 429
    assert sign_in("alice", "correct horse", "192.0.2.7") == 302


def test_fifty_failures_lock_a_name_everywhere(alice: User, bob: User) -> None:
    answers = [sign_in("alice", "guess", f"192.0.2.{number}") for number in range(51)]

    assert answers == [200] * 50 + [429]
    assert sign_in("bob", "correct horse", "192.0.2.1") == 302


def test_a_success_forgets_the_failures_of_that_name_alone(alice: User, bob: User) -> None:
    for name in ("alice", "bob"):
        assert [sign_in(name) for _ in range(4)] == [200] * 4
    assert sign_in("bob", "correct horse") == 302

    assert [sign_in("bob"), sign_in("bob")] == [200, 200]
    assert [sign_in("alice"), sign_in("alice")] == [200, 429]


@override_settings(TRUSTED_PROXY_COUNT=1)
def test_an_invalid_forwarded_address_is_no_error(alice: User) -> None:
    headers = {"X-Forwarded-For": "'; DROP TABLE"}
    form = {"username": "alice", "password": "guess"}

    assert Client().post("/login/", form, headers=headers).status_code == 200


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
