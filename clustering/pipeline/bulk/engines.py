"""Engines: run the tasks of a stage, and again those whose worker died."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Final, Protocol, Self

from clustering.pipeline.bulk.stages import Task, perform
from clustering.pipeline.errors import WorkersDied

MAX_DEATHS: Final = 20  # of workers in a stage without a finished task between them
WAITING_PER_WORKER: Final = 2  # tasks handed out before they can start


class Engine(Protocol):
    """Runs tasks that do not depend on each other; a context manager that ends its workers."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def run(self, root: str, tasks: Sequence[Task]) -> Iterator[Task]:
        """Yield each task when its file is written.

        An error of a task is raised; a task whose worker died is run again.
        """
        ...


class Inline:
    """Runs the tasks one after the other in this process."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def run(self, root: str, tasks: Sequence[Task]) -> Iterator[Task]:
        """Yield each task when its file is written."""
        for task in tasks:
            perform(root, task)
            yield task


class Processes:
    """Runs the tasks in processes of this machine, each task on one thread.

    The processes stay from stage to stage; ``close`` ends them.
    """

    def __init__(self, n_workers: int) -> None:
        self._n_workers = n_workers
        self._pool: ProcessPoolExecutor | None = None

    def run(self, root: str, tasks: Sequence[Task]) -> Iterator[Task]:
        """Yield each task when its file is written.

        If a worker dies, its pool ends; the unfinished tasks go to a new one.

        Raises:
            WorkersDied: if workers die again and again.
        """
        left, n_deaths = list(tasks), 0
        while left:
            n_before = len(left)
            try:
                for task in self._until_a_death(root, left):
                    left.remove(task)
                    yield task
            except BrokenProcessPool as error:
                self.close()
                n_deaths = 1 if len(left) < n_before else n_deaths + 1
                if n_deaths == MAX_DEATHS:
                    raise WorkersDied(f"{n_deaths} workers died at {left[0].stage}") from error

    def _until_a_death(self, root: str, tasks: Sequence[Task]) -> Iterator[Task]:
        if self._pool is None:
            # A spawned process has no threads or locks of this one.
            self._pool = ProcessPoolExecutor(self._n_workers, mp_context=get_context("spawn"))
        pool = self._pool
        yield from bounded(
            list(tasks),
            lambda task: pool.submit(perform, root, task),
            self._n_workers * (1 + WAITING_PER_WORKER),
        )

    def close(self) -> None:
        """End the processes; tasks that run are waited for."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def bounded(
    tasks: Sequence[Task], submit: Callable[[Task], "Future[None]"], n_at_once: int
) -> Iterator[Task]:
    """Yield tasks as they finish; hold at most ``n_at_once`` futures of a long list."""
    waiting = iter(tasks)
    running: dict[Future[None], Task] = {}
    while True:
        while len(running) < n_at_once and (task := next(waiting, None)) is not None:
            running[submit(task)] = task
        if not running:
            return
        finished, _ = wait(running, return_when=FIRST_COMPLETED)
        # All results are taken before the first error is raised, so that none is lost.
        ended = [(running.pop(future), future) for future in finished]
        for task, future in ended:
            if future.exception() is None:
                yield task
        for _, future in ended:
            future.result()
