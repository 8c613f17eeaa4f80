"""Fetches recorded sites as the workers of the product do, on the database of its environment.

``python -m ...interactive LIST WEB FOUND`` writes the logos and errors as JSON to ``FOUND``.
"""

import json
import os
import sys
import time
from pathlib import Path

import django


def main(names_file: Path, web_file: Path, found_file: Path) -> None:
    """Fetch the sites of a list into an empty database."""
    django.setup()
    from django.core.management import call_command

    from clustering.models import Capture, Dataset, Domain
    from clustering.services import accounts, counts
    from clustering.services.datasets import sample

    sample.WEB_FILE = web_file  # type: ignore[misc]  # only this process sees it
    call_command("migrate", verbosity=0)
    dataset = Dataset.objects.create(
        owner=accounts.first_administrator(),
        slug="toy-sites",
        web=Dataset.Web.SAMPLE,
        intake=Dataset.Intake.IMPORTED,
    )
    names = names_file.read_text().split()
    Domain.objects.bulk_create(
        (Domain(dataset=dataset, name=name, as_given=name) for name in names), batch_size=1_000
    )
    counts.recount_domains(dataset)
    _fetch_in_processes(dataset.pk)
    columns = ("domain__name", "logo__sha256", "finder", "source_url", "domain__kind")
    captures = Capture.objects.filter(domain__dataset=dataset, is_primary=True)
    found = {name: [*values, ""] for name, *values in captures.values_list(*columns).iterator()}
    failed = dataset.domains.failed().values_list("name", "error_code")
    found |= {name: ["", "", "", "", code] for name, code in failed.iterator()}
    found_file.write_text(json.dumps(found))


def _fetch_in_processes(dataset_id: int) -> None:
    """Fetch until no domain is pending, in one process for each core."""
    from django.db import connections

    connections.close_all()
    children = []
    for _ in range(os.cpu_count() or 1):
        pid = os.fork()
        if not pid:
            _fetch(dataset_id)
        children.append(pid)
    for pid in children:
        if os.waitpid(pid, 0)[1]:
            raise RuntimeError("a worker failed")


def _fetch(dataset_id: int) -> None:
    """Fetch in batches, as a worker does, and end this process."""
    from clustering import conf
    from clustering.models import Dataset
    from clustering.services.fetching import site_access, worker
    from clustering.tasks import FETCH_BATCH

    status = 1
    try:
        dataset = Dataset.objects.get(pk=dataset_id)
        threads = conf.fetch_options().threads
        while dataset.domains.pending().exists():
            with site_access.finder_for(dataset) as find:
                worker.fetch_batch(dataset, find=find, limit=FETCH_BATCH, threads=threads)
            time.sleep(0.05)
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
