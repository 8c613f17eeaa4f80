"""Upload a file, confirm its preview, and print when each step was seen, as JSON.

``python -m clustering.lab.bench.upload.driver FILE EMBEDDER``, in the environment of the product.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import django

if TYPE_CHECKING:
    from clustering.models import Dataset

POLL_SECONDS: Final = 0.1
LONGEST_SECONDS: Final = 900.0
CHUNK_BYTES: Final = 1 << 16


def main() -> None:
    django.setup()
    _, seen = upload(Path(sys.argv[1]), sys.argv[2])
    print(json.dumps(seen))  # noqa: T201 - read by the bench


def upload(path: Path, embedder: str) -> tuple["Dataset", dict[str, float]]:
    """Upload a file and wait for its map; return the data set, and the seconds to each step.

    Raises:
        TimeoutError: if a step takes too long.
        RuntimeError: if the run fails.
    """
    from clustering.models import Dataset, Embedding, Run
    from clustering.services import accounts
    from clustering.services.datasets import intake
    from clustering.tasks import advance

    user = accounts.first_administrator()
    started = time.monotonic()
    seen: dict[str, float] = {}

    def note(step: str, *, when: Callable[[], bool]) -> None:
        while not when():
            if time.monotonic() > started + LONGEST_SECONDS:
                raise TimeoutError(f"{step}: not within {LONGEST_SECONDS:.0f} s")
            time.sleep(POLL_SECONDS)
        seen[step] = time.monotonic() - started

    dataset = intake.receive_upload(
        user, source_name=path.name, chunks=_chunks(path), embedder=embedder
    )
    advance.delay(dataset.pk)
    waiting = Dataset.objects.filter(pk=dataset.pk)
    note("preview", when=waiting.filter(intake=Dataset.Intake.READY).exists)
    intake.confirm(dataset, embedder=embedder)
    advance.delay(dataset.pk)
    note("first logo", when=dataset.domains.filter(status="found").exists)
    note("first vector", when=Embedding.objects.exists)
    imported = waiting.filter(intake=Dataset.Intake.IMPORTED)
    note("all read", when=lambda: imported.exists() and not dataset.domains.pending().exists())
    runs = dataset.runs.all()
    note("all embedded", when=runs.exclude(status=Run.Status.QUEUED).exists)
    note("map", when=runs.filter(finished_at__isnull=False).exists)
    status = runs.get().status
    if status != Run.Status.SUCCEEDED:
        raise RuntimeError(f"the run ended as {status}: {runs.get().error_detail}")
    return dataset, seen


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


if __name__ == "__main__":
    main()
