"""The stages of a bulk run in their order, and the tasks of each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import pyarrow as pa

from clustering.pipeline.bulk import cells, embedding, fetching, groups
from clustering.pipeline.bulk.plan import Plan
from clustering.pipeline.bulk.shape import IMAGES, SHARED, shape_of
from clustering.pipeline.bulk.store import Store

Make = Callable[[Store, Plan, int], Iterator[pa.Table]]


class Task(NamedTuple):
    """One file to be written."""

    stage: str
    number: int


@dataclass(frozen=True)
class Stage:
    """Tasks that may run at the same time, once the stages before are done."""

    name: str
    make: Make
    """Yields the row groups of the file of a task."""
    count: Callable[[Store, Plan], int]
    """Number of tasks, known once the stages before are done."""


def _one(_store: Store, _plan: Plan) -> int:
    return 1


def _groups(store: Store, plan: Plan) -> int:
    return len(shape_of(store, plan).groups)


def _domain_shards(_store: Store, plan: Plan) -> int:
    return plan.fetch.n_shards if plan.fetch else 0


def _links(store: Store, plan: Plan) -> int:
    return shape_of(store, plan).n_cell_partitions + 1  # and the landmarks


def _component_partitions(store: Store, plan: Plan) -> int:
    return shape_of(store, plan).n_component_partitions


CLUSTERING: Final = (
    Stage(cells.CENTRES, cells.centres, _one),
    Stage(cells.CELLS, cells.shuffle, _groups),
    Stage(cells.LINKS, cells.link, _links),
    Stage(groups.COMPONENTS, groups.join, _one),
    Stage(groups.MEMBERS, groups.shuffle, _groups),
    Stage(groups.CLUSTERS, groups.split, _component_partitions),
    Stage(groups.NUMBERS, groups.number, _one),
    Stage(groups.LABELS, groups.label, _groups),
)
"""From image shards to labels."""


SITES_TO_IMAGES: Final = (
    Stage(fetching.FETCH, fetching.fetch, _domain_shards),
    Stage(embedding.EMBED, embedding.embed, _domain_shards),
    Stage(IMAGES, embedding.gather, lambda _store, plan: plan.n_shards),
    Stage(SHARED, embedding.shared, _one),
)
"""From domain shards to image shards."""
LABELLED_DOMAINS: Final = (Stage(embedding.RESULTS, embedding.results, _groups),)


def stages_of(plan: Plan) -> tuple[Stage, ...]:
    """Return the stages of a run, first to last."""
    if plan.fetch is None:
        return CLUSTERING
    return (*SITES_TO_IMAGES, *CLUSTERING, *LABELLED_DOMAINS)


def tasks_left(store: Store, plan: Plan, stage: Stage) -> list[Task]:
    """Return the tasks of a stage whose file is missing."""
    finished = store.finished(stage.name)
    return [
        Task(stage.name, number)
        for number in range(stage.count(store, plan))
        if number not in finished
    ]


def perform(root: str, task: Task) -> None:
    """Compute a task and write its file; in any process.

    On one thread: the tasks share the cores, and the bytes must not depend on their number.
    """
    from threadpoolctl import threadpool_limits

    store = Store(root)
    plan = Plan.load(store)
    (stage,) = (one for one in stages_of(plan) if one.name == task.stage)
    with threadpool_limits(1):
        store.write(task.stage, task.number, stage.make(store, plan, task.number))
