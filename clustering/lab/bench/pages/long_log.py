"""Measures undo, history and carry-over of a run with many decisions."""

import time
from collections.abc import Callable, Iterator
from typing import Final
from uuid import uuid4

from django.db import transaction
from django.test import Client

from clustering.lab.bench.pages import PageCost
from clustering.lab.bench.pages.asking import page_cost, reading
from clustering.models import Assignment, Cluster, Run, User
from clustering.services.curation import edits, undo
from clustering.services.runs.carry_over import carry_over

N_DECISIONS: Final = 1_000
RENAMED: Final = 10  # one of so many decisions is a rename, the others are moves
ROWS_PER_INSERT: Final = 2_000


def long_log(
    user: User, run: Run, *, times: int = 5, n_decisions: int = N_DECISIONS
) -> Iterator[PageCost]:
    """Make the decisions about single logos, in turn; yield the costs."""
    _decide(user, run, n_decisions)
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user)
    n_domains, path = run.dataset.n_rows, f"/d/{run.dataset.slug}"
    name = f"after {n_decisions:,} decisions"
    yield _timed(f"undo state, {name}", n_domains, lambda: undo.state(run, user), times)
    for page in ("history", "rules", "gallery", "outliers", "review"):
        yield page_cost(
            client, f"{page}, {name}", f"{path}/{page}/", n_domains=n_domains, times=times
        )
    later = _copy(run)
    carry = transaction.atomic(carry_over)
    yield _timed(f"carry-over, {name}", n_domains, lambda: carry(later), 0)


def _decide(user: User, run: Run, n_decisions: int) -> None:
    clusters = list(run.clusters.order_by("number"))
    ids = list(run.assignments.order_by("domain").values_list("domain_id", flat=True))
    for number in range(n_decisions):
        cluster = clusters[number % len(clusters)]
        if number % RENAMED == 0:
            edits.rename(cluster, user, name=f"Renamed {number}", client_id=uuid4())
            continue
        moved = [ids[number % len(ids)]]
        edits.assign(run, user, domain_ids=moved, cluster=cluster, client_id=uuid4())


def _copy(run: Run) -> Run:
    """Return a run with the same groups that nothing is carried over to."""
    later = Run.objects.create(
        dataset=run.dataset,
        slug="run-2",
        status=Run.Status.RUNNING,
        embedder=run.embedder,
        embedder_key=run.embedder_key,
        clusterer=run.clusterer,
        projector=run.projector,
    )
    grouped = list(run.clusters.filter(is_handmade=False).order_by("number"))
    made = Cluster.objects.bulk_create(
        [
            Cluster(run=later, number=one.number, name=one.name, medoid_id=one.medoid_id)
            for one in grouped
        ],
        batch_size=ROWS_PER_INSERT,
    )
    cluster_of = {old.pk: new for old, new in zip(grouped, made, strict=True)}
    Assignment.objects.bulk_create(
        (
            Assignment(
                run=later,
                domain_id=row.domain_id,
                logo_id=row.logo_id,
                cluster=cluster_of.get(row.cluster_id or 0),
                probability=row.probability,
                outlier_score=row.outlier_score,
            )
            for row in run.assignments.iterator()
        ),
        batch_size=ROWS_PER_INSERT,
    )
    return later


def _timed(name: str, n_domains: int, act: Callable[[], object], times: int) -> PageCost:
    """Return the cost of an action; the first one is counted, the others are timed.

    Args:
        times: 0 times the first one, of what can be done once.
    """
    start = time.perf_counter()
    with reading() as read:
        act()
    seconds = [] if times else [time.perf_counter() - start]
    for _ in range(times):
        start = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - start)
    seconds.sort()
    return PageCost(
        page=name,
        n_domains=n_domains,
        p50_seconds=seconds[len(seconds) // 2],
        p95_seconds=seconds[-1],
        n_queries=read.n_queries,
        rows_read=read.rows,
        n_bytes=0,
        status=200,
    )
