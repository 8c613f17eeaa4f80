"""Requests every page of a data set in this process, decides, and counts the database work."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from clustering.lab.bench.pages import PageCost
from clustering.models import Dataset, Domain, Run, User
from clustering.services import counts
from clustering.views.export_formats import FORMATS

FRAGMENTS: Final = ("poll", "find a cluster")  # pages requested by htmx
N_MERGED: Final = 100  # clusters of one decision
N_ASSIGNED: Final = 200  # outliers of one decision
STEPS_PER_TICK: Final = 1_000  # instructions of SQLite's virtual machine


@dataclass
class Reading:
    """Database work during a block."""

    n_queries: int = 0
    rows: int = 0


def pages(run: Run) -> dict[str, str]:
    """Return the address of every page, filter, sort order, search and poll, by name."""
    root = f"/d/{run.dataset.slug}/"
    clusters = run.clusters.order_by("number")
    largest, smallest = clusters.first(), clusters.last()
    domain = run.dataset.domains.filter(status="found").order_by("-pk").first()
    outlier = run.assignments.outliers().select_related("domain").first()
    if largest is None or smallest is None or domain is None or outlier is None:
        raise ValueError("the planted run has no cluster or no outlier")
    word = domain.name[:6]
    return {
        "home": "/",
        "overview": root,
        "poll": f"{root}progress/",
        "gallery": f"{root}gallery/",
        "gallery, by name": f"{root}gallery/?sort=name",
        "gallery, by cohesion": f"{root}gallery/?sort=cohesion",
        "gallery, search": f"{root}gallery/?q={word}",
        "gallery, search for two letters": f"{root}gallery/?q={word[:2]}",
        "cluster, largest": f"{root}clusters/{largest.uid}/",
        "cluster, smallest": f"{root}clusters/{smallest.uid}/",
        "outliers": f"{root}outliers/",
        "outliers, by name": f"{root}outliers/?sort=name",
        "outliers, search": f"{root}outliers/?q={outlier.domain.name[:6]}",
        # A full page of hits at every size, so that the times compare equal work.
        "outliers, search for two letters": f"{root}outliers/?q={outlier.domain.name[:2]}",
        "domains": f"{root}domains/",
        "domains, icons": f"{root}domains/?outcome=icon",
        "domains, failed": f"{root}domains/?code=timeout",
        "domains, finder": f"{root}domains/?finder=header",
        "domain": f"{root}domains/{domain.name}/",
        "search": f"{root}search/?q={word}",
        "find a cluster": f"{root}clusters/find/?q={largest.name[:4]}",
        "review logos": f"{root}review/logos/",
        "review": f"{root}review/",
        "review, sure ones": f"{root}review/sure/",
        "clusters compared": f"{root}compare/?cluster={largest.uid}&cluster={smallest.uid}",
        "brands": f"{root}brands/",
        "names": f"{root}names/",
        "why together": f"{root}domains/{domain.name}/why/",
        "rules": f"{root}rules/",
        "history": f"{root}history/",
        "ignored": f"{root}ignored/",
        "map": f"{root}map/",
        "runs": f"{root}runs/",
        "run, new": f"{root}runs/new/",
        "tune": f"{root}tune/",
        "quality": f"{root}quality/",
        "pairs": f"{root}quality/pairs/",
        "classify": f"{root}classify/",
        "export": f"{root}export/",
        **{
            f"preview of {one.file}": f"{root}export/{one.file}/preview/"
            for one in FORMATS
            if one.begin
        },
        "members": f"{root}members/",
        "settings": f"{root}settings/",
    }


def ask(user: User, run: Run, *, times: int = 5) -> Iterator[PageCost]:
    """Request every page ``times`` times as ``user``; yield the costs."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user)
    for page, path in pages(run).items():
        yield page_cost(client, page, path, n_domains=run.dataset.n_rows, times=times)


def poll(user: User, run: Run, *, times: int = 5) -> Iterator[PageCost]:
    """Poll the overview while one domain is pending, with and without news; yield the costs."""
    client = Client(SERVER_NAME="127.0.0.1", headers={"HX-Request": "true"})
    client.force_login(user)
    path = f"/d/{run.dataset.slug}/progress/"
    with _pending(run.dataset):
        etag = client.get(path).headers["ETag"]
        for page, headers in (("poll, at work", {}), ("poll, no news", {"If-None-Match": etag})):
            yield page_cost(
                client, page, path, n_domains=run.dataset.n_rows, times=times, headers=headers
            )


@contextmanager
def _pending(dataset: Dataset) -> Iterator[None]:
    """Let a failed domain be pending, as if it were tried again in an hour."""
    failed = dataset.domains.failed().order_by("pk")[:1]
    ids = list(failed.values_list("pk", flat=True))
    later = timezone.now() + timedelta(hours=1)
    for values in ({"status": "pending", "next_try_at": later}, {"status": "failed"}):
        with transaction.atomic(), counts.domains_kept(dataset.pk, ids):
            Domain.objects.filter(pk__in=ids).update(**values)
        if values["status"] == "pending":
            yield


def decide(user: User, run: Run, *, times: int = 5) -> Iterator[PageCost]:
    """Merge clusters and assign outliers, each undone at once; yield the costs.

    The largest clusters have more members in a larger data set, the smallest ones have not.
    """
    client = Client(SERVER_NAME="127.0.0.1", headers={"HX-Request": "true"})
    client.force_login(user)
    root = f"/d/{run.dataset.slug}/corrections"
    filled = run.clusters.filter(n_members__gt=0).order_by("-n_members", "number")
    uids = list(filled.values_list("uid", flat=True))
    outliers = list(run.assignments.outliers().values_list("domain_id", flat=True)[:N_ASSIGNED])
    forms: dict[tuple[str, str], dict[str, Any]] = {
        ("merge", ""): {"cluster": uids[:N_MERGED]},
        ("merge", ", the smallest"): {"cluster": uids[-N_MERGED:]},
        ("assign", ""): {"domain": outliers, "cluster": uids[N_MERGED % len(uids)]},
    }
    for (verb, which), fields in forms.items():
        made, undone = [], []
        for number in range(1 + times):
            form = fields | {"client_id": uuid4()}
            made.append(_asked(client.post, f"{root}/{verb}/", form, is_counted=number == 0))
            form = {"client_id": uuid4()}
            undone.append(_asked(client.post, f"{root}/undo/", form, is_counted=number == 0))
        n_decided = max(map(len, (f for f in fields.values() if isinstance(f, list))))
        yield _cost(f"{verb} {n_decided}{which}", run.dataset.n_rows, made)
        yield _cost(f"{verb} {n_decided}{which}, undone", run.dataset.n_rows, undone)


def page_cost(
    client: Client,
    page: str,
    path: str,
    *,
    n_domains: int,
    times: int,
    headers: Mapping[str, str] | None = None,
) -> PageCost:
    """Request one page; the first response is counted, the others are timed."""
    headers = headers or ({"HX-Request": "true"} if page in FRAGMENTS else {})
    asked = [
        _asked(client.get, path, headers=headers, is_counted=number == 0)
        for number in range(1 + times)
    ]
    return _cost(page, n_domains, asked)


@dataclass
class _Response:
    seconds: float
    read: Reading
    n_bytes: int
    status: int


def _asked(send: Callable[..., Any], *call: Any, is_counted: bool, **given: Any) -> _Response:
    start = time.perf_counter()
    with reading() if is_counted else nullcontext(Reading()) as read:
        response = send(*call, **given)
        content = b"".join(response) if response.streaming else response.content
    return _Response(time.perf_counter() - start, read, len(content), response.status_code)


def _cost(page: str, n_domains: int, responses: Sequence[_Response]) -> PageCost:
    """Return the counts of the first response and the times of the others."""
    first, *others = responses
    seconds = sorted(one.seconds for one in others)
    return PageCost(
        page=page,
        n_domains=n_domains,
        p50_seconds=_quantile(seconds, 0.5),
        p95_seconds=_quantile(seconds, 0.95),
        n_queries=first.read.n_queries,
        rows_read=first.read.rows,
        n_bytes=first.n_bytes,
        status=max(one.status for one in responses),
    )


def _quantile(ascending: Sequence[float], share: float) -> float:
    """Return the value at this share of the list; 0 if nothing was timed."""
    return ascending[round(share * (len(ascending) - 1))] if ascending else 0.0


@contextmanager
def reading() -> Iterator[Reading]:
    """Count queries, and the rows that they read."""
    read = Reading()
    on_postgresql = connection.vendor == "postgresql"
    count = _explained if on_postgresql else _counted
    connection.ensure_connection()
    if not on_postgresql:
        connection.connection.set_progress_handler(lambda: _tick(read), STEPS_PER_TICK)
    try:
        with connection.execute_wrapper(lambda *call: count(read, *call)):
            yield read
    finally:
        if not on_postgresql:
            connection.connection.set_progress_handler(None, STEPS_PER_TICK)


def _tick(read: Reading) -> int:
    read.rows += 1
    return 0


def _counted(read: Reading, execute: Callable[..., Any], *call: Any) -> Any:
    read.n_queries += 1
    return execute(*call)


def _explained(read: Reading, execute: Callable[..., Any], *call: Any) -> Any:
    """Run the query, and again under EXPLAIN ANALYZE to sum the rows that its scans read."""
    read.n_queries += 1
    sql, params, is_many, _ = call
    if sql.lstrip().upper().startswith("SELECT") and not is_many:
        with connection.connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", params)
            read.rows += _rows_read(cursor.fetchone()[0][0]["Plan"])
    return execute(*call)


def _rows_read(plan: dict[str, Any]) -> int:
    own = 0
    if "Scan" in plan["Node Type"]:
        each = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
        each += plan.get("Rows Removed by Index Recheck", 0)
        own = round(each * plan["Actual Loops"])
    return own + sum(_rows_read(child) for child in plan.get("Plans", []))
