"""The MCP server, driven by the package's own client."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
import requests
from asgiref.sync import async_to_sync
from django.db import connection
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from clustering.api.mcp_server import READING, WRITING, make_server
from clustering.models import ApiToken, Correction, Membership, Run, User
from clustering.selectors import export_rows
from clustering.services import tokens
from tests.api.conftest import ApiClient
from tests.factories import make_dataset, make_user
from tests.settings import IS_SQLITE
from tests.stack import ROOT, free_port

pytestmark = pytest.mark.slow

Call = Callable[..., Any]


def caller(secret: str) -> Call:
    """Return a function that calls a tool."""

    def call(tool: str, **arguments: Any) -> Any:
        async def session() -> Any:
            async with Client(make_server(secret)) as client:
                return await client.call_tool(tool, arguments)

        return async_to_sync(session)()

    return call


@pytest.fixture
def call(client: ApiClient) -> Call:
    return caller(client.secret)


def value(result: Any) -> Any:
    assert not result.is_error, result.content
    return result.structured_content


def exported(run: Run) -> bytes:
    run.refresh_from_db()
    return b"".join(export_rows.full_json(run))


def test_twenty_tasks_are_done_and_each_undo_restores_the_export(call: Call, run: Run) -> None:
    slug, states = run.dataset.slug, [exported(run)]
    uids = {one.name: str(one.uid) for one in run.clusters.all()}
    tasks: list[tuple[str, dict[str, Any]]] = []
    for domain in ("a.de", "b.de", "d.de", "o.de"):
        tasks += [
            ("assign", {"domains": [domain], "cluster": uids["B"]}),
            ("assign", {"domains": [domain], "cluster": uids["A"]}),
            ("assign", {"domains": [domain], "cluster": None}),
        ]
    tasks += [("new_cluster", {"domains": [one], "name": one}) for one in ("a.de", "c.de", "e.de")]
    tasks += [("rename", {"cluster": uids["A"], "name": name}) for name in ("X", "Y")]
    tasks += [("merge", {"clusters": list(uids.values())}), ("split_back", {"cluster": uids["A"]})]
    tasks += [("merge", {"clusters": list(uids.values()), "into": uids["B"]})]

    for tool, arguments in tasks:
        value(call(tool, data_set=slug, **arguments))
        states.append(exported(run))

    assert len(tasks) == 20
    assert Correction.objects.count() == 20
    for state in states[-2::-1]:
        value(call("undo", data_set=slug))
        assert exported(run) == state


def test_a_dry_run_changes_nothing(call: Call, run: Run) -> None:
    uid = str(run.clusters.get(name="B").uid)
    arguments = {"data_set": run.dataset.slug, "domains": ["a.de"], "cluster": uid}

    told = value(call("assign", dry_run=True, **arguments))

    assert told["is_dry_run"]
    assert Correction.objects.count() == 0
    assert told["text"] == value(call("assign", **arguments))["text"]


def test_reading(call: Call, run: Run) -> None:
    slug = run.dataset.slug
    assert [one["slug"] for one in value(call("list_data_sets"))["results"]] == [slug]
    found = value(call("list_clusters", data_set=slug))["results"]
    assert [one["name"] for one in found] == ["A", "B"]
    outliers = value(call("list_outliers", data_set=slug))["results"]
    assert [one["domain"] for one in outliers] == ["o.de"]
    assert value(call("explain_domain", data_set=slug, domain="a.de"))["logo_found"] == {
        "finder": "img",
        "url": "https://a.de/logo.png",
    }
    assert [one["domain"] for one in value(call("search", data_set=slug, q="o.d"))["results"]] == [
        "o.de"
    ]
    shown = call("show_cluster", data_set=slug, cluster=found[0]["uid"])
    assert [one.type for one in shown.content] == ["text", "image"]


def arguments_of(run: Run) -> dict[str, dict[str, Any]]:
    """Return valid arguments of every tool, so that the access rules decide."""
    first, second = (str(one.uid) for one in run.clusters.order_by("number"))
    slug = {"data_set": run.dataset.slug}
    return {
        "list_data_sets": {},
        "list_clusters": slug,
        "show_cluster": slug | {"cluster": first},
        "list_outliers": slug,
        "explain_domain": slug | {"domain": "a.de"},
        "why_together": slug | {"domain": "a.de", "other": "d.de"},
        "search": slug | {"q": "a"},
        "assign": slug | {"domains": ["a.de"], "cluster": second},
        "new_cluster": slug | {"domains": ["a.de"], "name": "New"},
        "same": slug | {"domains": ["a.de", "b.de"]},
        "different": slug | {"domains": ["a.de", "b.de"]},
        "merge": slug | {"clusters": [first, second]},
        "split_back": slug | {"cluster": first},
        "rename": slug | {"cluster": first, "name": "New"},
        "undo": slug,
        "redo": slug,
    }


@pytest.mark.parametrize(
    ("role", "scope"),
    [
        ("stranger", "admin"),
        ("staff", "admin"),
        ("viewer", "admin"),
        ("editor", "read"),
        ("editor", "curate"),
        ("owner", "curate"),
    ],
)
def test_every_tool_keeps_to_role_and_scope(run: Run, role: str, scope: str) -> None:
    user = make_user("eve")
    User.objects.filter(pk=user.pk).update(is_staff=role == "staff")
    is_member, decides = role in Membership.Role, role in {"editor", "owner"}
    if is_member:
        Membership.objects.create(dataset=run.dataset, user=user, role=role)
    call = caller(tokens.create(user, name="t", scope=ApiToken.Scope(scope))[1])
    arguments = arguments_of(run)
    reading = {one.__name__ for one in READING}
    assert set(arguments) == reading | {one.__name__ for one in WRITING}

    for tool, values in arguments.items():
        result = call(tool, **values)
        text = result.content[0].text if result.content else ""
        may = tool == "list_data_sets" or (is_member and tool in reading)
        may = may or (decides and scope == "curate")
        is_refused = result.is_error and any(
            reason in text for reason in ("scope", "may not see", "Your role")
        )
        assert is_refused is not may, (tool, text)
    assert Correction.objects.exists() is (scope == "curate")


def test_a_revoked_token_ends_the_tools(client: ApiClient, run: Run) -> None:
    call = caller(client.secret)
    tokens.revoke(client.token)

    result = call("list_data_sets")

    assert result.is_error
    assert "revoked" in result.content[0].text


@pytest.mark.skipif(not IS_SQLITE, reason="the command gets the file of the database")
@pytest.mark.django_db(transaction=True)
def test_the_command_serves_over_stdio() -> None:
    secret = tokens.create(make_user("alice"), name="t", scope=ApiToken.Scope.READ)[1]
    database = str(connection.settings_dict["NAME"])
    command = StdioServerParameters(
        command=sys.executable,
        args=[str(ROOT / "manage.py"), "mcp"],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "logosite.settings",
            "DATABASE_URL": f"sqlite:///{database}",
            "LOGOSITE_TOKEN": secret,
        },
    )

    async def session() -> Any:
        async with Client(command) as client:
            return await client.call_tool("list_data_sets", {})

    assert value(async_to_sync(session)())["results"] == []


@pytest.mark.skipif(not IS_SQLITE, reason="the command gets the file of the database")
@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_the_command_serves_over_http_with_the_token_of_each_request() -> None:
    make_dataset(make_user("alice"))
    alice, eve = (
        tokens.create(user, name="t", scope=ApiToken.Scope.READ)[1]
        for user in (User.objects.get(), make_user("eve"))
    )
    port = free_port()
    url = f"http://127.0.0.1:{port}/mcp"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "logosite.settings"}
    environment["DATABASE_URL"] = f"sqlite:///{connection.settings_dict['NAME']}"
    command = [sys.executable, str(ROOT / "manage.py"), "mcp", f"--port={port}"]

    async def names(secret: str) -> list[str]:
        headers = {"Authorization": f"Bearer {secret}"}
        async with httpx2.AsyncClient(headers=headers) as http:
            transport = streamable_http_client(url, http_client=http)
            async with Client(transport) as client:
                result = await client.call_tool("list_data_sets", {})
        return [one["name"] for one in value(result)["results"]]

    with subprocess.Popen(command, env=environment) as process:
        try:
            deadline = time.monotonic() + 60
            while (status := answered(url)) is None:
                assert time.monotonic() < deadline
                time.sleep(0.1)

            assert status == 401
            assert answered(url, "lgs_unknown") == 401
            assert async_to_sync(names)(alice) == ["Brands"]
            assert async_to_sync(names)(eve) == []
            assert answered(url, alice, host="evil.example") == 421
        finally:
            process.terminate()


def answered(url: str, secret: str = "", host: str = "localhost") -> int | None:
    """Return the status of a request; None while nothing listens."""
    headers = {"Authorization": f"Bearer {secret}", "Host": host}
    try:
        return requests.post(url, json={}, headers=headers, timeout=60).status_code
    except requests.ConnectionError:
        return None
