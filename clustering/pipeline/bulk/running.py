"""Run what is left of a bulk run, and say how far it is."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from clustering.pipeline.bulk.engines import Engine
from clustering.pipeline.bulk.fetching import FETCH
from clustering.pipeline.bulk.plan import Plan
from clustering.pipeline.bulk.stages import stages_of, tasks_left
from clustering.pipeline.bulk.store import Store


@dataclass(frozen=True)
class StageProgress:
    """Tasks of one stage."""

    stage: str
    n_done: int
    n_tasks: int | None
    """None before the stages that decide it are done."""
    n_bytes: int

    @property
    def is_done(self) -> bool:
        """Whether every file is there."""
        return self.n_done == self.n_tasks


def run(
    root: str, engine: Engine, report: Callable[[StageProgress], None] = lambda progress: None
) -> None:
    """Run every task whose file is missing, stage after stage.

    Args:
        root: folder or address of a planned run.
        report: called after each task.

    Raises:
        InputError: if the folder holds no plan, or no site has a logo.
        WorkersDied: if workers die again and again.
    """
    store = Store(root)
    plan = Plan.load(store)
    for stage in stages_of(plan):
        store.remove_unfinished(stage.name)
        left = tasks_left(store, plan, stage)
        n_tasks = stage.count(store, plan)
        for n_done, _ in enumerate(engine.run(root, left), start=n_tasks - len(left) + 1):
            report(StageProgress(stage.name, n_done, n_tasks, n_bytes=0))
        store.remove_unfinished(stage.name)


def progress(root: str) -> list[StageProgress]:
    """Return the progress of each stage, from the files that are there.

    Raises:
        InputError: if the folder holds no plan, or no site has a logo.
    """
    store = Store(root)
    plan = Plan.load(store)
    found: list[StageProgress] = []
    for stage in stages_of(plan):
        is_known = all(one.is_done for one in found)
        n_tasks = stage.count(store, plan) if is_known else None
        n_done = len(store.finished(stage.name))
        found.append(StageProgress(stage.name, n_done, n_tasks, store.n_bytes(stage.name)))
    return found


def failures(root: str) -> list[tuple[str, int]]:
    """Return the error codes of the domains fetched so far, and their numbers, most first."""
    store = Store(root)
    counts: Counter[str] = Counter()
    for shard in store.finished(FETCH):
        counts.update(store.read(FETCH, shard, ["error_code"])["error_code"].to_pylist())
    del counts[""]
    return counts.most_common()
