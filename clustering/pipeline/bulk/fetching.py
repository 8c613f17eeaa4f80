"""Fetch the sites of a shard: one row for each domain, and a tar of the logos."""

import atexit
import io
import socket
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from threading import Lock
from typing import Any, Final

import pyarrow as pa
from requests.adapters import BaseAdapter

from clustering.pipeline.bulk.plan import Plan
from clustering.pipeline.bulk.sites import ADDRESS_RATE, SITES, FetchPlan
from clustering.pipeline.bulk.store import Store
from clustering.pipeline.bulk.web_archives import ArchiveFirst, opened
from clustering.pipeline.domains.names import MAX_ADDRESS_CHARS, as_shown
from clustering.pipeline.errors import FetchError, PipelineError
from clustering.pipeline.finders import SiteLogo
from clustering.pipeline.finders.page_reader import PageReaders
from clustering.pipeline.finders.site import N_SURE, find_logo
from clustering.pipeline.web.adapter import PATIENT, QUICK, Dial, dial
from clustering.pipeline.web.addresses import AddressRules
from clustering.pipeline.web.client import ClientOptions, Politeness, SafeClient
from clustering.pipeline.web.politeness import Budgets, ConcurrencyLimits
from clustering.pipeline.web.recorded import RecordedWeb
from clustering.pipeline.web.robots import Robots

FETCH: Final = "fetch"
MAX_ATTEMPTS: Final = 3
MAX_TIMEOUTS: Final = 2  # a slow site is retried once, with a longer timeout
BACKOFF_SECONDS: Final = 30.0  # doubled with each attempt
DECODERS: Final = 1  # child processes that read pages and images; a worker has one core
MAX_ADDRESSES: Final = 100_000  # whose last connection is remembered

SCHEMA: Final = pa.schema(
    {
        "domain": pa.string(),
        "sha256": pa.string(),
        "phash": pa.uint64(),
        "is_placeholder": pa.bool_(),
        "kind": pa.string(),
        "confidence": pa.float32(),
        "finder": pa.string(),
        "source_url": pa.string(),
        "final_url": pa.string(),
        "error_code": pa.string(),
        "error_detail": pa.string(),
    }
)


@dataclass(frozen=True)
class Outcome:
    """The logo of a domain, or why it has none."""

    domain: str
    site: SiteLogo | None = None
    error: FetchError | None = None


def fetch(store: Store, plan: Plan, number: int) -> Iterator[pa.Table]:
    """Fetch the domains of a shard, and write the distinct logos as a tar, named by content."""
    archives = fetch_plan(plan).archives
    domains = (
        opened(archives[number]).domains()
        if archives
        else store.read(SITES, number)["domain"].to_pylist()
    )
    outcomes = _Fetcher(fetch_plan(plan), number).all_of(domains)
    files = {
        one.site.captures[0].image.sha256: one.site.captures[0].image.png
        for one in outcomes
        if one.site is not None
    }
    store.write_bytes(tar_name(number), packed(files))
    yield pa.Table.from_pylist([_row(one) for one in outcomes], SCHEMA)


def tar_name(number: int) -> str:
    """Return the name of the tar with the logos of a shard."""
    return f"logos/{number:06}.tar"


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return PNGs by content hash as a tar; equal files give equal bytes."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for sha256, png in sorted(files.items()):
            info = tarfile.TarInfo(f"{sha256}.png")
            info.size = len(png)
            tar.addfile(info, io.BytesIO(png))
    return out.getvalue()


def unpacked(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the content hash and bytes of each PNG of a tar, by content hash."""
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        for member in tar:
            file = tar.extractfile(member)
            if file is not None:
                yield member.name.removesuffix(".png"), file.read()


def fetch_plan(plan: Plan) -> FetchPlan:
    """Return how the sites of a run are fetched."""
    if plan.fetch is None:
        raise ValueError("the run starts from images")
    return plan.fetch


def _row(outcome: Outcome) -> dict[str, Any]:
    if outcome.site is None:
        error = outcome.error or FetchError("no_logo")
        return {
            "domain": outcome.domain,
            "error_code": error.code,
            "error_detail": as_shown(str(error), 300),
        }
    best = outcome.site.captures[0]
    return {
        "domain": outcome.domain,
        "sha256": best.image.sha256,
        "phash": best.image.phash,
        "is_placeholder": best.image.is_placeholder,
        "kind": outcome.site.kind,
        "confidence": outcome.site.confidence,
        "finder": best.candidate.finder,
        "source_url": as_shown(best.candidate.source_url, MAX_ADDRESS_CHARS),
        "final_url": as_shown(outcome.site.final_url, MAX_ADDRESS_CHARS),
        "error_code": "",
    }


class _Fetcher:
    """Fetches the sites of one shard with the client and the finders of the interactive mode."""

    def __init__(self, plan: FetchPlan, number: int) -> None:
        self._plan = plan
        self._budgets = Budgets()
        self._adapter = _recorded(plan.web) if plan.web else None
        self._archive = opened(plan.archives[number]) if plan.archives else None
        self._options = ClientOptions(
            user_agent=plan.user_agent,
            rules=AddressRules(denied=tuple(ip_network(cidr) for cidr in plan.deny_cidrs)),
            domain_seconds=plan.deadline_seconds,
        )
        readers = _readers()
        self._robots = (
            Robots(lambda rules, url: readers.is_allowed(rules, url, plan.user_agent))
            if plan.obeys_robots and not plan.web
            else None
        )
        self._paced = _paced(max(1, plan.n_fetchers))

    def all_of(self, domains: Sequence[str]) -> list[Outcome]:
        """Return one outcome for each domain, in the order given.

        Transient failures are tried again after all others had their turn.
        """
        found: dict[str, Outcome] = {}
        left, attempt = list(domains), 1
        with ThreadPoolExecutor(self._plan.threads) as pool:
            while left:
                started = time.monotonic()
                look = self._attempted(attempt)
                found |= {one.domain: one for one in pool.map(look, left)}
                left = [name for name in left if _may_retry(found[name], attempt)]
                if left and any(_is_pushed_back(found[name]) for name in left):
                    passed = time.monotonic() - started
                    time.sleep(max(0.0, BACKOFF_SECONDS * 2 ** (attempt - 1) - passed))
                attempt += 1
        return [found[name] for name in domains]

    def _attempted(self, attempt: int) -> Callable[[str], Outcome]:
        return lambda domain: self._look(domain, is_first_attempt=attempt == 1)

    def _look(self, domain: str, *, is_first_attempt: bool) -> Outcome:
        try:
            return Outcome(domain, self._site(domain, is_first_attempt=is_first_attempt))
        except FetchError as error:
            if self._plan.web:  # recorded sites never change
                error.is_transient = False
            return Outcome(domain, error=error)
        except PipelineError as error:
            return Outcome(domain, error=FetchError(error.code, str(error)))

    def _before(self, network: BaseAdapter) -> BaseAdapter:
        return ArchiveFirst(self._archive, network) if self._archive else network

    def _site(self, domain: str, *, is_first_attempt: bool) -> SiteLogo:
        limits = QUICK if is_first_attempt else PATIENT
        client = SafeClient(
            replace(self._options, limits=limits),
            dial=self._paced,
            adapter=self._adapter,
            wrap=self._before,
            politeness=Politeness(_concurrency(), self._budgets.of(domain), self._robots),
        )
        readers = _readers()
        try:
            return find_logo(
                domain,
                client,
                lambda data, cut: readers.decode(data, cut, seconds=client.seconds_left),
                lambda page, files: readers.inspect(page, files, seconds=client.seconds_left),
                n_sure=N_SURE,
                is_first_attempt=is_first_attempt and not self._plan.web,
            )
        finally:
            client.close()


def _may_retry(outcome: Outcome, attempt: int) -> bool:
    error = outcome.error
    if error is None or not error.is_transient:
        return False
    return attempt < (MAX_TIMEOUTS if error.code == "timeout" else MAX_ATTEMPTS)


def _is_pushed_back(outcome: Outcome) -> bool:
    """Whether a retry waits; after a timeout it does not."""
    return outcome.error is not None and outcome.error.code != "timeout"


class PacedDial:
    """Connects at a limited rate to each address: one address may serve millions of sites."""

    def __init__(
        self, rate: float, connect: Dial, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Allow ``rate`` connections a second to each address, from all threads together."""
        self._pause = 1.0 / rate
        self._connect = connect
        self._sleep = sleep
        self._lock = Lock()
        self._free_at: dict[str, float] = {}

    def __call__(self, address: str, port: int, seconds: float) -> socket.socket:
        """Return a connected socket.

        Raises:
            FetchError: ``busy``, transient, if the address has no turn within ``seconds``.
        """
        now = time.monotonic()
        with self._lock:
            if len(self._free_at) > MAX_ADDRESSES:
                self._free_at = {key: at for key, at in self._free_at.items() if at > now}
            turn = max(now, self._free_at.get(address, 0.0))
            if turn - now > seconds:
                raise FetchError("busy", f"{address} serves many of our sites", is_transient=True)
            self._free_at[address] = turn + self._pause
        self._sleep(turn - now)
        return self._connect(address, port, seconds)


# One of each for a process: the limits hold for all shards that it fetches, and starting a
# child costs as much as decoding 60 images.
@cache
def _concurrency() -> ConcurrencyLimits:
    return ConcurrencyLimits()


@cache
def _paced(n_fetchers: int) -> PacedDial:
    return PacedDial(ADDRESS_RATE / n_fetchers, dial)


@cache
def _readers() -> PageReaders:
    readers = PageReaders(DECODERS)
    atexit.register(readers.close)
    return readers


@cache
def _recorded(path: str) -> RecordedWeb:
    return RecordedWeb(Path(path))
