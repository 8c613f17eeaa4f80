"""Time previews in the environment of a running product; prints JSON.

``python -m clustering.lab.bench.preview.driver N_LOGOS N_TIMES``
"""

import json
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import django

if TYPE_CHECKING:
    from clustering.models import Dataset, Run, Tuning, User

POLL_SECONDS: Final = 0.02
LONGEST_SECONDS: Final = 600.0
N_DOMAINS: Final = 1_000  # of each uploaded list
EMBEDDER: Final = "descriptor"


def main() -> None:
    n_logos, n_times = int(sys.argv[1]), int(sys.argv[2])
    django.setup()
    from clustering.models import Run
    from clustering.services import accounts
    from clustering.services.runs import request
    from clustering.services.runs.spec import RunSpec
    from clustering.services.tuning import search
    from clustering.tasks import advance

    user = accounts.first_administrator()
    dataset = _planted(user, n_logos)
    preview_seconds(user)  # the first one starts a child process
    seconds = {"alone": [preview_seconds(user) for _ in range(n_times)]}
    run = request.request_run(dataset, RunSpec.default_for(EMBEDDER))
    advance.delay(dataset.pk)
    seconds["beside a run"] = _beside(run, user, n_times)
    _wait(lambda: not Run.objects.unfinished().filter(pk=run.pk).exists(), "the run")
    search_of_run = search.request(run)
    advance.delay(dataset.pk)
    seconds["beside a search"] = _beside(search_of_run, user, n_times)
    print(json.dumps(seconds))  # noqa: T201 - read by the bench


def preview_seconds(user: "User") -> float:
    """Upload a list as the form does, and return the seconds until its preview is stored."""
    from clustering.models import Dataset
    from clustering.services.datasets import intake
    from clustering.tasks import advance

    started = time.monotonic()
    names = "".join(f"site{number}-{time.time_ns()}.de\n" for number in range(N_DOMAINS))
    dataset = intake.receive_upload(
        user, source_name="list.txt", chunks=[names.encode()], embedder=EMBEDDER
    )
    advance.delay(dataset.pk)
    _wait(Dataset.objects.filter(pk=dataset.pk, intake="ready").exists, "the preview")
    return time.monotonic() - started


def _beside(work: "Run | Tuning", user: "User", n_times: int) -> list[float]:
    """Return the times of previews that were asked for and shown while ``work`` was computed."""
    rows = type(work).objects.filter(pk=work.pk)
    _wait(rows.exclude(status="queued").exists, "the work")
    found: list[float] = []
    while len(found) < n_times:
        seconds = preview_seconds(user)
        if not rows.filter(status="running").exists():
            break
        found.append(seconds)
    return found


def _planted(user: "User", n_logos: int) -> "Dataset":
    """Return a data set of about ``n_logos`` logos with vectors of the embedder's key."""
    from clustering import conf
    from clustering.lab.bench.pages import planting
    from clustering.models import Embedding
    from clustering.pipeline.embedders import catalogue

    run = planting.plant(user, "bench", int(n_logos / planting.LOGOS_PER_DOMAIN))
    key = catalogue.embedder_key(EMBEDDER, conf.places().weights)
    Embedding.objects.filter(embedder_key=planting.EMBEDDER_KEY).update(embedder_key=key)
    return run.dataset


def _wait(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + LONGEST_SECONDS
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {LONGEST_SECONDS:.0f} s")
        time.sleep(POLL_SECONDS)


if __name__ == "__main__":
    main()
