"""A list of domains -> a planned bulk run."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from clustering.pipeline.bulk.plan import PLAN_FILE, Plan, cell_rows_for
from clustering.pipeline.bulk.sites import SHARD_DOMAINS, FetchPlan, write_shards
from clustering.pipeline.bulk.store import Store
from clustering.pipeline.clusterers import calibration
from clustering.pipeline.domains import MAX_ROWS
from clustering.pipeline.domains.names import normalise
from clustering.pipeline.domains.reading import read_upload
from clustering.pipeline.errors import InputError

ARCHIVE_DOMAINS: Final = 10_000  # home pages in a WARC file, for the estimate
LONG_SUFFIX: Final = ".txt"
"""Lists of one domain a line, of any length; other formats have up to ``MAX_ROWS`` rows."""


def domains_of(path: Path) -> Iterator[str]:
    """Yield the domains of a list.

    Raises:
        UnreadableUpload: if the file cannot be read.
    """
    if path.suffix != LONG_SUFFIX:
        yield from (named.name for named in read_upload(path, max_rows=MAX_ROWS).domains)
        return
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            with suppress(InputError):
                yield normalise(line)


def plan_archives(folder: str, paths: Sequence[Path], fetch: FetchPlan) -> Plan:
    """Write the plan of a run whose home pages are in WARC files, a shard for each.

    Raises:
        InputError: if a file is missing, or the folder holds another run.
    """
    for path in paths:
        if not path.is_file():
            raise InputError(f"{path} does not exist")
    archives = tuple(str(path.resolve()) for path in paths)
    return _planned(
        Store(folder),
        replace(
            fetch,
            n_shards=len(archives),
            n_domains=len(archives) * ARCHIVE_DOMAINS,
            archives=archives,
        ),
    )


def plan_list(folder: str, domains: Iterable[str], fetch: FetchPlan) -> Plan:
    """Write the domain shards and the plan of a run; the numbers in ``fetch`` are set here.

    Raises:
        InputError: if the list has no domain, or the folder holds another run.
    """
    store = Store(folder)
    if store.read_bytes(PLAN_FILE) is not None:
        raise InputError(f"{folder} holds a bulk run; give another folder")
    n_shards, n_domains = write_shards(store, domains)
    if n_domains == 0:
        raise InputError("the list has no domain")
    return _planned(store, replace(fetch, n_shards=n_shards, n_domains=n_domains))


def _planned(store: Store, fetch: FetchPlan) -> Plan:
    params = calibration.default_for(fetch.embedder).params
    plan = Plan(
        n_shards=-(-fetch.n_domains // SHARD_DOMAINS),
        distance=float(params["distance_threshold"]),
        copy_distance=calibration.copy_distance(fetch.embedder),
        cell_rows=cell_rows_for(fetch.n_domains),
        fetch=fetch,
    )
    plan.save(store)
    return plan
