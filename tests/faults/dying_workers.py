"""Fetches sites in processes that are killed; for ``manage.py shell`` on its own database."""

import json
import os
import random
import signal
import time
from collections.abc import Callable, Collection

from django.core.management import call_command
from django.db import connections

from clustering import conf
from clustering.models import Capture, Dataset, Domain
from clustering.pipeline.finders import Captured, LogoCandidate, SiteLogo
from clustering.services import counts
from clustering.services.fetching import worker
from clustering.tasks import FETCH_BATCH
from logosite.processes import WORKERS
from tests.factories import make_dataset, make_image, make_user

KILLER = "killer.example"
SECONDS_PER_SITE = 0.04
N_PROCESSES = next(worker.n_processes for worker in WORKERS if worker.queue == "io")


def main(n_sites: int, n_kills: int, killers: Collection[str] = (), seed: int = 0) -> None:
    """Fetch in as many processes as the product has; kill them ``n_kills`` times.

    The kills come after random numbers of ended sites, in the first half.
    Prints what became of the sites as JSON.
    """
    names = [f"site{number}.example" for number in range(n_sites - len(killers))]
    dataset_id = planted([*names, *killers])
    kill_after = sorted(random.Random(seed).sample(range(n_sites // 2), n_kills))  # noqa: S311
    pids: list[int] = []
    killed = 0
    while (n_left := pending(dataset_id)) > 0:
        if killed < n_kills and n_sites - n_left >= kill_after[killed]:
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
            killed += 1
        pids = [pid for pid in pids if os.waitpid(pid, os.WNOHANG) == (0, 0)]
        while len(pids) < N_PROCESSES:
            connections.close_all()
            pids.append(forked(lambda: fetch(dataset_id, killers)))
        time.sleep(0.04)
    for pid in pids:
        os.waitpid(pid, 0)
    print(json.dumps(report(dataset_id) | {"kills": killed}))  # noqa: T201


def planted(names: Collection[str]) -> int:
    """Make a data set of pending domains."""
    call_command("migrate", verbosity=0)
    dataset = make_dataset(make_user())
    Domain.objects.bulk_create(Domain(dataset=dataset, name=name, as_given=name) for name in names)
    counts.recount_domains(dataset)
    return dataset.pk


def pending(dataset_id: int) -> int:
    """Count the domains that have not ended."""
    return Domain.objects.filter(dataset=dataset_id).pending().count()


def forked(work: Callable[[], object]) -> int:
    """Run ``work`` in a new process; return its id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        work()
    finally:
        os._exit(0)


def fetch(dataset_id: int, killers: Collection[str]) -> None:
    """Fetch with the product's default number of threads until nothing is pending."""

    def find(domain: Domain) -> SiteLogo:
        time.sleep(SECONDS_PER_SITE)
        if domain.name in killers:
            os.kill(os.getpid(), signal.SIGKILL)
        captured = Captured(LogoCandidate("img", f"https://{domain.name}/a.png"), make_image())
        return SiteLogo(f"https://{domain.name}/", "logo", 0.97, (captured,))

    dataset = Dataset.objects.get(pk=dataset_id)
    threads = conf.fetch_options().threads
    while pending(dataset_id):
        worker.fetch_batch(dataset, find=find, limit=FETCH_BATCH, threads=threads)
        time.sleep(0.05)


def report(dataset_id: int) -> dict[str, object]:
    """Return the outcomes of the sites and what contradicts them."""
    dataset = Dataset.objects.get(pk=dataset_id)
    captures = Capture.objects.filter(domain__dataset=dataset)
    return {
        "found": dataset.domains.filter(status="found").count(),
        "failed": list(dataset.domains.failed().values_list("name", "error_code")),
        "captures": captures.count(),
        "with_capture": captures.values("domain").distinct().count(),
        "differences": counts.differences(dataset),
    }
