"""Does one piece of work in this process and prints its cost as a line of JSON."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any, Final

import django

SLUG: Final = "rows"
DELETE_SECONDS: Final = 20.0  # of one task


@dataclass
class Clock:
    """Moments of one piece of work, in seconds since its start."""

    start: float = field(default_factory=time.perf_counter)
    moments: list[float] = field(default_factory=list)

    def tick(self, *_: object, **__: object) -> None:
        self.moments.append(time.perf_counter() - self.start)

    @property
    def longest_gap(self) -> float:
        moments = [0.0, *self.moments]
        return max((later - earlier for earlier, later in pairwise(moments)), default=0.0)


def plant(n_domains: int) -> None:
    """Write the data set whose exports are measured; not measured itself."""
    from django.core.management import call_command

    from clustering.lab.bench.pages.planting import plant as written
    from clustering.models import User

    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    written(User.objects.create_user(username="bench"), SLUG, n_domains)


def export(file: str) -> Iterator[tuple[str, Clock, int]]:
    """Read one export to its end, as a browser does."""
    from clustering.models import LabelSource, Run
    from clustering.views.export_formats import FORMATS

    run = Run.objects.select_related("dataset").get(dataset__slug=SLUG)
    written = next(one for one in FORMATS if one.file == file).write
    clock, n_bytes = Clock(), 0
    for part in written(run, LabelSource.CORRECTED):
        if part and not clock.moments:
            clock.tick()
        n_bytes += len(part)
    yield file, clock, n_bytes


def import_list(n_domains: int) -> Iterator[tuple[str, Clock, int]]:
    """Upload a list, read its preview, confirm it and import it."""
    from functools import partial

    from clustering import conf
    from clustering.lab.bench.pages.planting import layout
    from clustering.models import Dataset, User
    from clustering.pipeline.domains import reading
    from clustering.services.datasets import intake

    names = layout(n_domains, seed=1).names
    lines = "".join(f"{row},{name}\n" for row, name in enumerate(names))
    user = User.objects.get(username="bench")
    read = partial(reading.read_upload, max_rows=conf.upload_max_rows())
    clock = Clock()
    dataset = intake.receive_upload(
        user, source_name="rows.csv", chunks=[b"id,domain\n", lines.encode()], embedder="logonet"
    )
    intake.read_upload(dataset, read=read)
    dataset.refresh_from_db()
    clock.tick()
    yield "preview of a list", clock, len(lines)
    clock = Clock()
    intake.confirm(dataset, embedder="logonet")
    dataset.refresh_from_db()
    with _each_call(intake, "_import_part", clock):
        intake.read_upload(dataset, read=read)
    dataset.refresh_from_db()
    if dataset.intake != Dataset.Intake.IMPORTED:
        raise ValueError(f"the import ended as {dataset.intake}: {dataset.error_detail}")
    yield "import of a list", clock, len(lines)


def delete() -> Iterator[tuple[str, Clock, int]]:
    """Delete the planted data set: the request, then the worker."""
    from django.test import Client

    from clustering.models import Dataset, User
    from clustering.services.datasets import lifecycle

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(User.objects.get(username="bench"))
    client.get("/")  # warm
    clock = Clock()
    response = client.post(f"/d/{SLUG}/delete/")
    clock.tick()
    if response.status_code != 302:
        raise ValueError(f"the request ended with status {response.status_code}")
    yield "deletion, the request", clock, 0
    clock = Clock()
    dataset = Dataset.objects.get(slug=SLUG)
    with _each_call(lifecycle, "_delete_part", clock):
        while not lifecycle.delete_rows(dataset, seconds=DELETE_SECONDS):
            dataset.refresh_from_db()
    yield "deletion, the worker", clock, 0


class _each_call:  # noqa: N801 # read as a statement
    """Tick after each call of a function of a module within the block."""

    def __init__(self, module: Any, name: str, clock: Clock) -> None:
        self._module, self._name, self._clock = module, name, clock
        self._function: Callable[..., Any] = getattr(module, name)

    def __enter__(self) -> None:
        def ticking(*args: Any, **kwargs: Any) -> Any:
            result = self._function(*args, **kwargs)
            self._clock.tick()
            return result

        setattr(self._module, self._name, ticking)

    def __exit__(self, *_: object) -> None:
        setattr(self._module, self._name, self._function)


def main(work: str, argument: str, n_domains: int) -> None:
    """Do ``work`` and print what each of its parts cost."""
    django.setup()
    from clustering.lab.bench import meter
    from clustering.lab.bench.rows import RowsCost

    if work == "plant":
        plant(n_domains)
        return
    done = {"export": lambda: export(argument), "delete": delete}.get(
        work, lambda: import_list(n_domains)
    )
    used = meter.cpu_seconds() + meter.children_cpu_seconds()
    for name, clock, n_bytes in done():
        seconds = time.perf_counter() - clock.start
        now = meter.cpu_seconds() + meter.children_cpu_seconds()
        cost = RowsCost(
            name,
            n_domains,
            clock.moments[0] if clock.moments else seconds,
            seconds,
            now - used,
            meter.peak_bytes(),
            clock.longest_gap,
            n_bytes,
        )
        used = now
        print(json.dumps(asdict(cost)), flush=True)  # noqa: T201 # the protocol of this process


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
