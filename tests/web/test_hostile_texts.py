"""Texts of strangers on every page, and forms that another site sends."""

import re
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from lxml import html
from pytest_django import Settings

from clustering.models import Brand, Capture, Dataset, Run, User
from clustering.services.curation import edits
from tests.web.test_route_matrix import API, PAGES, World, taken_back

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

MARK = "planted-mark"
BACKEND = "django.contrib.auth.backends.ModelBackend"
PAYLOADS = (
    f"<script>alert('{MARK}')</script>",
    f"'\"><img src=x onerror=alert('{MARK}')>",
    f"<svg/onload=alert('{MARK}')>",
    f"</title></textarea></script><iframe src=javascript:alert('{MARK}')>",
    f"\" autofocus onfocus=alert('{MARK}') x=\"",
    f"' onmouseover='alert(\"{MARK}\")",
    f"javascript:alert('{MARK}')",
    f"<a href=\"javascript:alert('{MARK}')\">x</a>",
    f"<base href=//{MARK}.example/>",
    f"<meta http-equiv=refresh content='0;url=//{MARK}.example'>",
    f"<object data=//{MARK}.example></object><embed src=//{MARK}.example>",
    f"<style>@import '//{MARK}.example'</style>",
    f"<details open ontoggle=alert('{MARK}')>",
    f"<form action=//{MARK}.example><button formaction=javascript:alert(1)>",
    f"{{{{ '{MARK}'|safe }}}}{{% debug %}}",
    f"]]><script>alert('{MARK}')</script><!--",
    f"<math><mtext></math><style><img src onerror=alert('{MARK}')>",
    f"&lt;script&gt;alert('{MARK}')&lt;/script&gt;",
    f"\u2028<script>alert('{MARK}')</script>",
    f"<noscript><p title=\"</noscript><img src=x onerror=alert('{MARK}')>",
    f"<body onload=alert('{MARK}')>",
    f"<video><source onerror=alert('{MARK}')></video><audio src=//{MARK}.example>",
    f"<svg><animate attributeName=href values=javascript:alert('{MARK}') /></svg>",
    f"<svg><script>alert&#40;'{MARK}'&#41;</script></svg>",
    f"<input type=image src=//{MARK}.example onerror=alert('{MARK}')>",
    f"<link rel=stylesheet href=//{MARK}.example>",
    f"<IMG SRC=&#106;avascript:alert('{MARK}')>",
    f"<template shadowrootmode=open><script>alert('{MARK}')</script></template>",
    f"data:text/html,<script>alert('{MARK}')</script>",
    f"<a href='java\tscript:alert(1)' style='position:fixed;inset:0'>{MARK}</a>",
)
FORBIDDEN_TAGS = {"base", "embed", "frame", "iframe", "object"}
ADDRESSES = {"action", "data", "formaction", "href", "poster", "src", "xlink:href"}


ALLOWED_TYPES = {"application/json", None}


def plant(run: Run, payload: str) -> None:
    """Set the texts that strangers choose: names, notes, cells, addresses, messages."""
    dataset, domains = run.dataset, run.dataset.domains
    Dataset.objects.filter(pk=dataset.pk).update(
        name=payload[:120], source_name=payload, error_detail=payload, other_columns=[payload]
    )
    run.clusters.update(name=payload[:120])
    Brand.objects.filter(run=run).update(name=payload[:120])
    domains.update(as_given=payload[:300], error_detail=payload, other_cells=[payload])
    Capture.objects.filter(domain__in=domains.all()).update(
        source_url=payload, evidence=[[payload, 1.0]]
    )
    Run.objects.filter(pk=run.pk).update(name=payload[:80], error_detail=payload)
    for cluster in run.clusters.all():
        run.notes.create(cluster_uid=cluster.uid, text=payload)
    dataset.rejected_rows.create(row_number=1, raw=payload, reason=payload[:200])
    cluster = run.clusters.order_by("number")[0]
    name = f"{payload[:100]} renamed"  # in the history and the words of Undo
    edits.rename(cluster, dataset.owner, name=name, client_id=uuid4())


def executable(content: bytes) -> list[str]:
    """Return what a browser would run, or load from elsewhere, because of the texts."""
    found = []
    for element in html.document_fromstring(content).iter():
        if not isinstance(element.tag, str):
            continue  # a comment
        values = {str(name): str(value) for name, value in element.attrib.items()}
        is_inline = element.tag == "script" and "src" not in values
        if element.tag in FORBIDDEN_TAGS or (
            is_inline and values.get("type") not in ALLOWED_TYPES
        ):
            found.append(f"<{element.tag}>")
        found += [name for name in values if name.startswith("on")]
        found += [
            f"{name}={values[name]}" for name in ADDRESSES & values.keys() if leads(values[name])
        ]
    return found


def leads(address: str) -> bool:
    """Whether an address runs a script or is on a planted host."""
    parts = urlsplit(re.sub(r"[\t\n\r]", "", address.strip()))  # which browsers leave out
    return parts.scheme in {"javascript", "vbscript"} or MARK in parts.netloc


def test_texts_stay_texts_on_every_page(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    world = World()
    client = Client()
    client.force_login(world.people["owner"], backend=BACKEND)
    paths = {route: world.path(route) for route, access in PAGES.items() if "GET" in access}
    report = reverse("export_file", args=[world.dataset.slug, "report.html"])
    found, policies, marked = {}, {}, set()

    for payload in map("".join, zip(PAYLOADS[::3], PAYLOADS[1::3], PAYLOADS[2::3], strict=True)):
        with taken_back():
            plant(world.run, payload)
            world.dataset.domains.filter(name="e.de").update(status="failed", error_code="timeout")
            User.objects.update(first_name=payload[:150], last_name=payload[:150])
            for route, path in (paths | {"report": report}).items():
                answer = client.get(path)
                content = answer.getvalue()
                if "text/html" not in answer.headers.get("Content-Type", "") or not content:
                    continue
                found[route, payload] = executable(content)
                policies[route] = answer.headers["Content-Security-Policy"]
                if MARK in html_text(content):
                    marked.add(route)

    assert {place: some for place, some in found.items() if some} == {}
    assert len(marked) > 20
    own = {policy for route, policy in policies.items() if route != "report"}
    assert len(own) == 1
    assert "default-src 'none'" in (policy := own.pop())
    assert "unsafe" not in policy


def html_text(content: bytes) -> str:
    return " ".join(map(str, html.document_fromstring(content).itertext()))


def test_every_page_that_writes_needs_a_token_of_the_form(
    settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    world = World()
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.people["owner"], backend=BACKEND)

    statuses = {}
    for route, access in PAGES.items():
        if "POST" in access:
            with taken_back():
                statuses[route] = client.post(world.path(route)).status_code

    assert len(statuses) > 50
    assert set(statuses.values()) == {403}


def test_the_api_takes_no_cookie(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    world = World()
    client = Client()
    client.force_login(world.people["owner"], backend=BACKEND)

    statuses = set()
    for route, methods in API.items():
        with taken_back():
            path = world.path(route, "api:")
            statuses |= {client.generic(method, path).status_code for method in methods}

    assert statuses == {401}
