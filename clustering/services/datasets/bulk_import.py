"""The clusters of a bulk run as a data set, and decisions about them for the next one.

A row of the data set is a cluster, shown by its medoid: people correct clusters, not a billion
domains. The members stay in the Parquet files of the run.
"""

import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from django.db import transaction

from clustering.models import Dataset, Run, User
from clustering.pipeline.bulk.embedding import medoid_logos
from clustering.pipeline.bulk.plan import Plan
from clustering.pipeline.bulk.store import Store
from clustering.pipeline.errors import InputError
from clustering.services.datasets import intake
from clustering.services.runs import request

CHUNK_BYTES: Final = 1 << 20


def import_clusters(user: User, folder: str, *, limit: int) -> Dataset:
    """Import the largest clusters of a finished run as a data set of ``user``.

    The logo of a cluster's medoid takes the way of an uploaded ZIP, under a domain that shows it.

    Raises:
        InputError: if the run is not finished, or did not start from domains.
    """
    store = Store(folder)
    plan = Plan.load(store)
    if plan.fetch is None:
        raise InputError("only a run over domains has logos to show")
    with TemporaryDirectory(prefix="bulk-import-") as place:
        file = Path(place) / "clusters.zip"
        with zipfile.ZipFile(file, "w") as archive:  # PNGs are compressed
            for domain, png in medoid_logos(store, plan, limit):
                archive.writestr(f"{domain}.png", png)
        return _imported(user, file, plan.fetch.embedder, Path(folder).name)


@transaction.atomic
def _imported(user: User, file: Path, embedder: str, name: str) -> Dataset:
    dataset = intake.receive_upload(
        user,
        source_name=file.name,
        chunks=_chunks(file),
        embedder=embedder,
        name=f"Clusters of {name}",
    )
    dataset.intake = Dataset.Intake.IMPORTING
    dataset.save(update_fields=["intake"])
    request.request_first_run(dataset)
    return dataset


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk


def decided_groups(run: Run) -> list[list[str]]:
    """Return the domains that people decided to belong together, of each corrected cluster.

    Each domain stands for a cluster of the bulk run. Decisions that leave a cluster alone join
    nothing, and are left out.
    """
    decided = run.assignments.without_ignored().exclude(corrected_cluster_id=None)
    decided = decided.filter(reviewed_at__isnull=False) | decided.filter(
        bound_cluster__isnull=False
    )
    groups: dict[int, list[str]] = defaultdict(list)
    for name, cluster in decided.order_by("domain__name").values_list(
        "domain__name", "corrected_cluster_id"
    ):
        groups[cluster].append(name)
    return [names for _, names in sorted(groups.items()) if len(names) > 1]
