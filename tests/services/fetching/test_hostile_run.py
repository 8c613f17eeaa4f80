"""A run over sites of which one in three is a trap: it ends, and the others are none the worse.

``manage.py bench_fetch --hostile 1000`` does the same with more of each trap.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.test import override_settings

from clustering.lab.bench.fetching import Plan
from clustering.lab.bench.fetching.hostile import HostileRun
from clustering.lab.bench.fetching.product_fetcher import OPTIONS, Fetcher
from clustering.lab.bench.fetching.serving import serving
from clustering.lab.bench.fetching.trap_server import SHARE, mixed_hosts
from clustering.lab.bench.fetching.traps import TRAPS
from clustering.lab.bench.meter import Stopwatch
from clustering.models import Dataset, Domain
from clustering.pipeline.errors import CODES
from clustering.pipeline.finders import SiteLogo
from clustering.pipeline.web.adapter import TransferLimits
from clustering.services import counts
from clustering.services.fetching import worker
from tests.factories import make_dataset, make_user

pytestmark = pytest.mark.slow


# Traps that never end wait side by side.
PATIENT = replace(OPTIONS, limits=TransferLimits(read_seconds=10.0, url_seconds=12.0))
THREADS = 64
VALUES = (
    "name", "status", "error_code", "kind", "confidence", "final_url",
    "captures__logo__sha256", "captures__logo__phash", "captures__finder",
    "captures__source_url", "captures__score", "captures__evidence",
)  # fmt: skip


@pytest.fixture(scope="module")
def fetcher() -> Iterator[Fetcher]:
    with serving("trap_server") as port:
        made = Fetcher(Plan("logosite", port, (), THREADS, 2, 0), Stopwatch())
        yield made
        made.close()


def fetched(dataset: Dataset, names: list[str], fetcher: Fetcher, root: Path) -> None:
    """Fetch sites until nothing is due, as a worker does; slow ones are not waited for again."""
    Domain.objects.bulk_create(
        [Domain(dataset=dataset, name=name, as_given=name, attempts=2) for name in names]
    )
    counts.recount_domains(dataset)

    def find(domain: Domain) -> SiteLogo:
        return fetcher.site(domain.name, PATIENT, is_first_attempt=False)

    with override_settings(MEDIA_ROOT=root):
        while dataset.domains.due().exists():
            worker.fetch_batch(dataset, find=find, limit=1000, threads=THREADS)


def rows(dataset: Dataset, names: list[str]) -> list[tuple[object, ...]]:
    found = dataset.domains.filter(name__in=names).order_by("name", "captures__rank")
    return list(found.values_list(*VALUES))


def files(root: Path) -> dict[str, bytes]:
    return {str(file.relative_to(root)): file.read_bytes() for file in root.rglob("*.*")}


@pytest.mark.django_db(transaction=True)
def test_traps_carry_a_code_and_the_other_sites_are_as_in_a_clean_run(
    fetcher: Fetcher, tmp_path: Path
) -> None:
    good, traps = mixed_hosts(SHARE * len(TRAPS))
    good = good[::4]
    user = make_user()
    clean, mixed = make_dataset(user, "Clean"), make_dataset(user, "Mixed")

    fetched(mixed, traps + good, fetcher, tmp_path / "mixed")
    fetched(clean, good, fetcher, tmp_path / "clean")

    assert not mixed.domains.pending().exists()
    trapped = dict(mixed.domains.filter(name__in=traps).values_list("name", "error_code"))
    assert len(trapped) == len(TRAPS)
    assert {code for code in trapped.values() if code not in CODES} == set()
    assert rows(mixed, good) == rows(clean, good)
    assert mixed.domains.filter(status="found").count() > 0.9 * len(good)
    assert files(tmp_path / "mixed") == files(tmp_path / "clean")


def test_the_benchmark_reports_what_a_trap_changed() -> None:
    run = HostileRun(
        clean={"a.test": "AA", "b.test": "BB"},
        mixed={
            "a.test": "AA",
            "b.test": "CC",
            "trap0-drip.test": "timeout",
            "trap1-wall.test": "DD",
        },
    )

    assert (run.n_same, run.n_good) == (1, 2)
    assert run.codes == {"drip": {"timeout": 1}, "wall": {"": 1}}
