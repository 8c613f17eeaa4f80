"""The tasks of a bulk run on Ray: on this machine, or on the cluster that RAY_ADDRESS names.

Tasks, not actors: a worker process stays between tasks and keeps what it loaded, and Ray runs
the task of a worker that died on another one.
"""

import os
from collections.abc import Iterator, Sequence
from typing import Any, Final, Self

from clustering.pipeline.bulk.stages import Task, perform
from clustering.pipeline.errors import InputError, WorkersDied

MAX_RETRIES: Final = 20  # of a task whose worker died
WAITING_PER_CORE: Final = 3  # tasks handed out for each core; a list may have millions
ADDRESS: Final = "RAY_ADDRESS"


class OnRay:
    """Runs each task on one core of a Ray cluster.

    All machines of the cluster need the files of the run under the same path, and this package.
    """

    def __init__(self, n_workers: int) -> None:
        """Start Ray with ``n_workers`` cores, or join the cluster, which has its own number."""
        try:
            import ray
        except ImportError as error:
            raise InputError(
                "Ray is not installed: pip install -r requirements-bulk.txt"
            ) from error
        self._ray: Any = ray
        self._n_workers = n_workers
        self._perform: Any = ray.remote(num_cpus=1, max_retries=MAX_RETRIES)(perform)

    def __enter__(self) -> Self:
        options: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
        if ADDRESS not in os.environ:
            # Without an address Ray would listen on all interfaces of this machine.
            options |= {
                "num_cpus": self._n_workers,
                "include_dashboard": False,
                "_node_ip_address": "127.0.0.1",
            }
        self._ray.init(**options)
        return self

    def __exit__(self, *_: object) -> None:
        self._ray.shutdown()

    def run(self, root: str, tasks: Sequence[Task]) -> Iterator[Task]:
        """Yield each task when its file is written.

        Raises:
            WorkersDied: if a task's workers die again and again.
        """
        n_at_once = WAITING_PER_CORE * max(1, int(self._ray.cluster_resources().get("CPU", 1)))
        waiting = iter(tasks)
        running: dict[Any, Task] = {}
        while True:
            while len(running) < n_at_once and (task := next(waiting, None)) is not None:
                running[self._perform.remote(root, task)] = task
            if not running:
                return
            finished, _ = self._ray.wait(list(running))
            for reference in finished:
                task = running.pop(reference)
                self._result(reference, task)
                yield task

    def _result(self, reference: Any, task: Task) -> None:
        """Raise the error of a task as the task raised it."""
        try:
            self._ray.get(reference)
        except self._ray.exceptions.WorkerCrashedError as error:
            raise WorkersDied(f"workers die at {task.stage} {task.number}") from error
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause from error
