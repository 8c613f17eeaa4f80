"""API tokens on the account page."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from clustering.models import ApiToken, AuditEvent, User
from clustering.pipeline.errors import InputError
from clustering.services import tokens

Scope = ApiToken.Scope


def create(client: Client, scope: str = "read") -> str:
    """Create a token on the page; return its secret."""
    page = client.post("/account/tokens/", {"name": "nightly", "scope": scope})
    found = re.search(r'value="(lgs_[\w-]+)"', page.content.decode())
    assert found
    return found.group(1)


def test_a_token_is_shown_once_and_not_stored(alice: User, alice_client: Client) -> None:
    secret = create(alice_client)

    page = alice_client.get("/account/").content.decode()

    assert "nightly" in page
    assert f"ends in {secret[-4:]}" in page
    assert secret not in page
    assert secret not in str(list(ApiToken.objects.values()))
    found = tokens.find(secret)
    assert found is not None
    assert found.user == alice


def test_a_revoked_token_is_unknown(alice_client: Client) -> None:
    secret = create(alice_client)

    alice_client.post(f"/account/tokens/{ApiToken.objects.get().pk}/revoke/")

    assert tokens.find(secret) is None
    actions = list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["token_created", "token_revoked"]


def test_another_user_cannot_revoke_a_token(alice_client: Client, bob_client: Client) -> None:
    secret = create(alice_client)

    response = bob_client.post(f"/account/tokens/{ApiToken.objects.get().pk}/revoke/")

    assert response.status_code == 404
    assert tokens.find(secret) is not None


def test_tokens_of_deactivated_users_and_guests_do_not_work(alice: User) -> None:
    _, secret = tokens.create(alice, name="a", scope=Scope.READ)

    User.objects.update(is_active=False)
    assert tokens.find(secret) is None
    User.objects.update(is_active=True, is_guest=True)
    assert tokens.find(secret) is None
    alice.refresh_from_db()
    with pytest.raises(InputError, match="share link"):
        tokens.create(alice, name="b", scope=Scope.READ)


@pytest.mark.parametrize(
    "secret", ["", "lgs_", "lgs_\ud800", "lgs_\0", "Bearer", "lgs_" + "a" * 9000]
)
def test_wrong_secrets_are_unknown(alice: User, secret: str) -> None:
    tokens.create(alice, name="a", scope=Scope.READ)

    assert tokens.find(secret) is None


def test_the_last_use_is_noted_at_most_once_a_minute(alice: User) -> None:
    token, secret = tokens.create(alice, name="a", scope=Scope.READ)
    start = timezone.now()

    noted = []
    for seconds in (0, 30, 61):
        with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
            tokens.find(secret)
        token.refresh_from_db()
        noted.append(token.last_used_at)

    assert noted == [start, start, start + timedelta(seconds=61)]


def test_scopes_include_each_other() -> None:
    allowed = {
        scope: [one.value for one in Scope if ApiToken(scope=scope).allows(one)]
        for scope in Scope.values
    }

    assert allowed == {
        "read": ["read"],
        "curate": ["read", "curate"],
        "admin": ["read", "curate", "admin"],
    }


@pytest.mark.django_db(transaction=True)
def test_parallel_requests_keep_the_limit() -> None:
    user = User.objects.create_user("alice")
    for _ in range(tokens.MOST_TOKENS - 1):
        tokens.create(user, name="a", scope=Scope.READ)

    def create_one(_: int) -> bool:
        try:
            tokens.create(user, name="b", scope=Scope.READ)
        except InputError:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        created = list(pool.map(create_one, range(4)))

    assert sorted(created) == [False, False, False, True]


@pytest.mark.parametrize("form", [{"name": "", "scope": "read"}, {"name": "a", "scope": "root"}])
def test_a_token_needs_a_name_and_a_scope(alice_client: Client, form: dict[str, str]) -> None:
    response = alice_client.post("/account/tokens/", form)

    assert response.status_code == 302
    assert not ApiToken.objects.exists()
