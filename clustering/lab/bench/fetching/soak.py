"""A worker's memory over many sites, in its own process and database.

``python -m clustering.lab.bench.fetching.soak N DECODERS THREADS``, with LOGOSITE_VAR set to an
empty folder; prints a ``Soak`` as JSON. The fetch service claims and saves rows as in a worker;
sites come from loopback.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

import django
import numpy as np

from clustering.lab import ROOT
from clustering.lab.bench.fetching import Plan
from clustering.lab.bench.fetching.serving import serving
from clustering.lab.bench.fetching.sites import hosts
from clustering.lab.bench.meter import Stopwatch, open_files, resident_bytes

BATCH: Final = 250  # sites between memory samples
WARM_UP: Final = 0.1  # share of sites during which caches and pools fill


@dataclass(frozen=True)
class Soak:
    """Memory of the worker and its children after each batch of sites."""

    n_sites: tuple[int, ...]
    resident: tuple[int, ...]
    """In bytes, of the process and its children together."""
    open_files: tuple[int, ...]
    statuses: dict[str, int]

    @property
    def peak_bytes(self) -> int:
        return max(self.resident)

    @property
    def slope_bytes(self) -> float:
        """Memory growth per 1,000 sites after warm-up, by least squares."""
        after = [
            (n, size)
            for n, size in zip(self.n_sites, self.resident, strict=True)
            if n >= WARM_UP * self.n_sites[-1]
        ]
        counts, sizes = zip(*after, strict=True)
        return float(1000 * np.polyfit(counts, sizes, 1)[0])

    def at(self, share: float) -> int:
        """Return the memory after a share of the sites, in bytes."""
        return self.resident[round(share * (len(self.resident) - 1))]


def soak(n_sites: int, *, decoders: int, threads: int) -> Soak:
    """Run a worker over ``n_sites`` in its own process.

    Raises:
        subprocess.CalledProcessError: if it ended without a result.
    """
    with tempfile.TemporaryDirectory() as folder:
        environment = {"LOGOSITE_VAR": folder, "DJANGO_SETTINGS_MODULE": "logosite.settings"}
        kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        done = subprocess.run(  # noqa: S603 - our own interpreter, our own code
            [sys.executable, "-m", __name__, str(n_sites), str(decoders), str(threads)],
            cwd=ROOT,
            env=kept | environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    found = json.loads(done.stdout.splitlines()[-1])
    return Soak(
        n_sites=tuple(found["n_sites"]),
        resident=tuple(found["resident"]),
        open_files=tuple(found["open_files"]),
        statuses=found["statuses"],
    )


def measure(n_sites: int, decoders: int, threads: int) -> Soak:
    """Fetch all sites in this process, with the settings of an empty installation."""
    from django.core.management import call_command

    from clustering.lab.bench.fetching.product_fetcher import OPTIONS, Fetcher
    from clustering.models import Dataset, Domain, Membership, User
    from clustering.services.fetching import worker

    call_command("migrate", verbosity=0)
    owner = User.objects.create_user(username="bench")
    dataset = Dataset.objects.create(
        slug="soak", name="Soak", owner=owner, intake=Dataset.Intake.IMPORTED
    )
    Membership.objects.create(dataset=dataset, user=owner, role=Membership.Role.OWNER)
    Domain.objects.bulk_create(
        [Domain(dataset=dataset, name=name, as_given=name) for name in hosts(n_sites)],
        batch_size=1000,
    )
    samples: list[tuple[int, int, int]] = []
    with serving("trap_server") as port:
        fetcher = Fetcher(Plan("logosite", port, (), threads, decoders, 0), Stopwatch())
        while dataset.domains.untried().exists():
            n = worker.fetch_batch(
                dataset,
                find=lambda domain: fetcher.site(domain.name, OPTIONS, is_first_attempt=True),
                limit=BATCH,
                threads=threads,
            )
            n_done = n + (samples[-1][0] if samples else 0)
            samples.append((n_done, resident_bytes(), open_files()))
        fetcher.close()
    return _report_progress(samples, dataset.pk)


def _report_progress(samples: Sequence[tuple[int, int, int]], dataset_id: int) -> Soak:
    from django.db.models import Count

    from clustering.models import Domain

    n_sites, resident, files = zip(*samples, strict=True)
    domains = Domain.objects.filter(dataset_id=dataset_id)
    counted = domains.values_list("status").annotate(n=Count("pk"))
    return Soak(n_sites, resident, files, {str(status): int(n) for status, n in counted})


def main() -> None:
    """Read the arguments, write the result."""
    django.setup()
    n_sites, decoders, threads = (int(argument) for argument in sys.argv[1:4])
    sys.stdout.write(json.dumps(asdict(measure(n_sites, decoders, threads))) + "\n")


if __name__ == "__main__":
    main()
