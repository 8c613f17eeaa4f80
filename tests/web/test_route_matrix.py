"""Every route with every role and token scope."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.cookies import SimpleCookie
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from clustering import conf
from clustering.models import (
    ApiToken,
    Brand,
    Classification,
    Invitation,
    Membership,
    ReviewItem,
    Run,
    ShareLink,
    Tuning,
    User,
    Webhook,
)
from clustering.services import storage, tokens
from clustering.services.curation import edits
from clustering.services.datasets import sharing
from clustering.services.review import build
from tests.factories import make_dataset, make_run, make_user
from tests.pictures import as_png, drawn
from tests.web import routes

pytestmark = pytest.mark.django_db

PAGES, API = routes.pages(), routes.api()
ROLES = ("anonymous", "stranger", "staff", "guest", "viewer", "editor", "owner")
RANK = {"stranger": 0, "staff": 0, "guest": 1, "viewer": 1, "editor": 2, "owner": 3}
NEEDED = {"viewer": 1, "editor": 2, "owner": 3, "nobody": 4}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
REFUSED = {401, 403, 404, 405}
PUBLIC = {"login", "login-link", "invitation", "share", "health", "healthz", "ready", "metrics"}
FOR_GUESTS = {"login", "login-link", "logout", "invitation", "share"}
# The secret of the link is unknown, or the token is of nobody.
FIXED = {"everybody": "ok", "link": "404", "token": "404"}  # no METRICS_TOKEN is set
HIDDEN_FROM_GUESTS = {"account", "members", "teams"}


class World:
    """A data set with a person in each role, and something behind each address."""

    def __init__(self) -> None:
        self.people = {role: make_user(role) for role in ROLES[1:] if role != "guest"}
        User.objects.filter(username="staff").update(is_staff=True, is_superuser=True)
        owner = self.people["owner"]
        self.dataset = make_dataset(owner)
        for role in ("viewer", "editor"):
            self._join(self.people[role], role)
        sharing.share(self.dataset, owner, 7, "")
        self.people["guest"] = User.objects.get(is_guest=True)
        self.run = make_run(
            self.dataset, {"A": ["a.de", "b.de"], "B": ["c.de", "d.de"], "-": ["e.de"]}
        )
        self.brand = Brand.objects.create(run=self.run, name="A", n_members=2, n_groups=1)
        self.logo = self.dataset.domains.get(name="a.de").captures.get().logo
        self._write_logo()

    def _join(self, user: User, role: str) -> None:
        Membership.objects.create(dataset=self.dataset, user=user, role=role)

    def _write_logo(self) -> None:
        file = conf.places().files / storage.logo_name(self.logo.sha256)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(as_png(drawn("disc")))

    def arguments(self, route: str) -> dict[str, Any]:
        """Return what the pattern of ``route`` takes."""
        values: dict[str, Any] = {
            "slug": self.dataset.slug,
            "run": self.run.slug,
            "run_slug": self.run.slug,
            "uid": self.run.clusters.order_by("number")[0].uid,
            "brand_uid": self.brand.uid,
            "sha256": self.logo.sha256,
            "side": "96",
            "name": "a.de",
            "domain": "a.de",
            "logo": self.logo.pk,
            "file": "domains.csv",
            "kind": "run",
            "delivery": 1,
            "member": 1,
            "secret": "unknown",
            "token": "unknown",
        }
        return values | ({"pk": PK[route](self)} if route in PK else {})

    def path(self, route: str, namespace: str = "") -> str:
        """Return the address of ``route``."""
        values = self.arguments(route)
        wanted = routes.parameters(route, namespace)
        return reverse(f"{namespace}{route}", kwargs={name: values[name] for name in wanted})


def _classification(world: World) -> int:
    return Classification.objects.create(
        dataset=world.dataset,
        run=world.run,
        asked_by=world.dataset.owner,
        kind="site",
        given="new.de",
        logo=world.logo,
        status="succeeded",
        answer={"cluster": None, "confidence": 0.0, "reason": "", "candidates": []},
        finished_at=timezone.now(),
    ).pk


def _correction(world: World) -> int:
    cluster, owner = world.run.clusters.order_by("number")[0], world.dataset.owner
    return edits.rename(cluster, owner, name="Other", client_id=uuid4()).pk


def _question(world: World) -> int:
    """Make an item of the review queue that asks about clusters."""
    clusters = tuple(world.run.clusters.values_list("pk", flat=True))
    build.append(world.run, [build.Question(ReviewItem.Kind.FRAGMENTS, 0.5, cluster_ids=clusters)])
    return world.run.review_items.get().pk


def _tuning(world: World) -> int:
    return Tuning.objects.create(run=world.run).pk


def _invitation(world: World) -> int:
    return Invitation.objects.create(
        dataset=world.dataset,
        role="viewer",
        secret_sha256=uuid4().hex,
        created_by=world.dataset.owner,
        expires_at=timezone.now() + timedelta(days=1),
    ).pk


def _failed_run(world: World) -> int:
    return Run.objects.create(dataset=world.dataset, slug="failed", status="failed").pk


def _webhook(world: World) -> int:
    """Make a webhook of the data set; its delivery is the one of the pattern."""
    hook = Webhook.objects.create(
        user=world.dataset.owner, dataset=world.dataset, url="https://a.de/", secret="s"
    )
    hook.deliveries.create(pk=1, event="run_finished", subject="run 1", body="{}")
    return hook.pk


def _viewers_membership(world: World) -> int:
    return world.dataset.memberships.get(user=world.people["viewer"]).pk


PK: dict[str, Callable[[World], int]] = {
    "operations_retry": _failed_run,
    "user_block": lambda world: world.people["viewer"].pk,
    "user_link": lambda world: world.people["viewer"].pk,
    "members_role": _viewers_membership,
    "members_remove": _viewers_membership,
    "invitation_revoke": _invitation,
    "link_revoke": lambda world: ShareLink.objects.get(dataset=world.dataset).pk,
    "classify_add": _classification,
    "classification": _classification,
    "undo_one": _correction,
    "skip": _question,
    "keep_apart": _question,
    "tune_cancel": _tuning,
    "tune_preview": _tuning,
    "tune_run": _tuning,
    "token_revoke": lambda _: 1,
    "team": lambda _: 1,
    "team_add": lambda _: 1,
    "team_role": lambda _: 1,
    "team_remove": lambda _: 1,
    "webhook": lambda _: 1,
    "webhook_remove": lambda _: 1,
    "webhook_send_again": lambda _: 1,
    "dataset_webhook": _webhook,
    "dataset_webhook_remove": _webhook,
    "dataset_webhook_send_again": _webhook,
}


@pytest.fixture
def world(settings: Settings, tmp_path: Path) -> World:
    settings.MEDIA_ROOT = tmp_path  # other tests need the same logo without a file
    return World()


@contextmanager
def taken_back() -> Iterator[None]:
    """Take back what the block writes."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.slow
def test_every_page_answers_each_role(world: World) -> None:
    sessions = {role: _session(world, role) for role in ROLES}
    client = Client(raise_request_exception=False)
    found, expected = {}, {}
    for route, accesses in PAGES.items():
        # Methods that nobody may use are tried as the owner; the sign-in page redirects them.
        others = set() if route == "login" else {*METHODS} - accesses.keys()
        tried = [(role, method) for role in ROLES for method in accesses]
        with taken_back():
            path = world.path(route)
            for role, method in [*tried, *(("owner", method) for method in others)]:
                client.cookies = SimpleCookie(sessions[role])
                found[route, role, method] = _outcome(client, path, method)
                access = accesses.get(method)
                expected[route, role, method] = _expected(route, role, method, access)

    assert found == expected


def _session(world: World, role: str) -> dict[str, str]:
    """Return the cookies of somebody who is signed in."""
    client = Client()
    if role != "anonymous":
        client.force_login(world.people[role], backend="django.contrib.auth.backends.ModelBackend")
    return {name: cookie.value for name, cookie in client.cookies.items()}


def _outcome(client: Client, path: str, method: str) -> str:
    """Send a request, and take back what it wrote."""
    with taken_back():
        response = client.generic(method, path)
        if response.streaming:
            response.getvalue()  # read to its end
    if response.headers.get("Location", "").startswith("/login/?next="):
        return "sign in"
    if response.status_code in REFUSED or response.status_code >= 500:
        return str(response.status_code)
    return "ok"


def _expected(route: str, role: str, method: str, access: str | None) -> str:
    if access == "staff" and role != "anonymous":
        return "ok" if role == "staff" else "404"
    if access in FIXED:
        return FIXED[access]
    if role == "anonymous" and route not in PUBLIC:
        return "sign in"
    is_hidden = method != "GET" or route in HIDDEN_FROM_GUESTS
    if role == "guest" and route not in FOR_GUESTS and is_hidden:
        return "404"
    return "405" if access is None else _by_rank(access, RANK.get(role, 0))


def _by_rank(access: str, rank: int) -> str:
    if access == "user" or rank >= NEEDED[access]:
        return "ok"
    return "403" if rank and access != "nobody" else "404"


TOKENS = [(role, scope) for role in ROLES[1:] for scope in ("read", "curate", "admin")]


@pytest.mark.slow
def test_every_address_of_the_api_answers_each_token(world: World) -> None:
    secrets = {token: _secret(world, *token) for token in TOKENS if token[0] != "guest"}
    guests = {token: "lgs_of-a-guest" for token in TOKENS if token[0] == "guest"}

    everybody = {**secrets, **guests, ("nobody", ""): ""}
    client = Client(raise_request_exception=False)
    found, expected = {}, {}
    for route, accesses in API.items():
        tried = [(token, method) for token in everybody for method in accesses]
        others = {*METHODS} - accesses.keys()
        with taken_back():
            path = world.path(route, "api:")
            for token, method in [*tried, *((("owner", "admin"), method) for method in others)]:
                body = _content(world, route, method)
                answer = _api_status(client, path, method, everybody[token], body)
                found[route, token, method] = answer
                expected[route, token, method] = _api_expected(accesses.get(method), *token)

    assert found == expected


FILES = {"datasets": b"a.de", "classify_image": as_png(drawn("disc"))}


def _body(world: World, route: str) -> dict[str, Any]:
    """Return a request that passes validation, so that the access rules decide."""
    domains: dict[str, Any] = {"domains": ["a.de"]}
    first, second = (str(one.uid) for one in world.run.clusters.order_by("number"))
    bodies: dict[str, dict[str, Any]] = {
        "upload_list": domains,
        "add": domains,
        "assign": domains | {"cluster": None},
        "ignore": domains,
        "restore": domains,
        "new_cluster": domains | {"name": "New"},
        "same": {"domains": ["a.de", "b.de"]},
        "different": {"domains": ["a.de"], "others": ["b.de"]},
        "remove_rules": {"pairs": [["a.de", "b.de"]]},
        "merge": {"clusters": [first, second]},
        "split_back": {"cluster": first},
        "rename": {"cluster": first, "name": "New"},
        "lock": {"cluster": first},
        "unlock": {"cluster": first},
        "note": {"cluster": first, "text": "old mark"},
        "classify": {"given": "new.de"},
    }
    return bodies.get(route, {})


def _secret(world: World, role: str, scope: str) -> str:
    user = world.people[role]
    return tokens.create(user, name="t", scope=ApiToken.Scope(scope))[1]


def _content(world: World, route: str, method: str) -> dict[str, Any]:
    """Return what a request sends: a file, or JSON."""
    if route in FILES and method == "POST":
        data = encode_multipart(BOUNDARY, {"file": BytesIO(FILES[route])})
        return {"data": data, "content_type": MULTIPART_CONTENT}
    return {"data": json.dumps(_body(world, route)), "content_type": "application/json"}


def _api_status(
    client: Client, path: str, method: str, secret: str, content: dict[str, Any]
) -> str:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    with taken_back():
        response = client.generic(method, path, **content, headers=headers)
        if response.streaming:
            response.getvalue()  # read to its end
    is_refused = response.status_code in REFUSED or response.status_code >= 500
    return str(response.status_code) if is_refused else "ok"


def _api_expected(needed: tuple[str, str] | None, role: str, scope: str) -> str:
    if needed is None:
        return "405"
    if role in {"nobody", "guest"}:
        return "401"
    wanted_scope, wanted_role = needed
    if not ApiToken(scope=scope).allows(ApiToken.Scope(wanted_scope)):
        return "403"
    return _by_rank(wanted_role, RANK[role])
