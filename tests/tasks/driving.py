"""Runs due tasks in the test's process until none is left."""

from clustering import tasks
from clustering.models import Dataset
from clustering.services import workflow

MAX_STEPS = 100


def work_off(dataset: Dataset, *, projector: str = "") -> list[str]:
    """Call tasks until the rows ask for nothing more; return the stages that were worked on.

    ``projector`` draws the map instead of the run's own: UMAP compiles for 5 s of a core.
    """
    steps: list[str] = []
    for _ in range(MAX_STEPS):
        dataset.refresh_from_db()
        work = workflow.next_stage(dataset)
        if work is None:
            return steps
        if projector:
            dataset.runs.unfinished().update(projector=projector, projector_params={})
        tasks.TASKS[work](dataset.pk)
        steps.append(work.value)
    raise AssertionError(f"no end after {MAX_STEPS} steps: {steps[-5:]}")
