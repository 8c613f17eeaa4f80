"""A run with one hostile site in ten, compared with a run of the good sites alone."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from clustering.lab.bench.fetching import Plan
from clustering.lab.bench.fetching.product_fetcher import OPTIONS, Fetcher
from clustering.lab.bench.fetching.serving import serving
from clustering.lab.bench.fetching.trap_server import TRAP, mixed_hosts
from clustering.lab.bench.meter import Stopwatch
from clustering.pipeline.errors import FetchError
from clustering.pipeline.finders import SiteLogo
from clustering.pipeline.web.adapter import TransferLimits

THREADS: Final = 64
# Long enough for good sites on a busy machine.
LIMITS: Final = TransferLimits(read_seconds=15.0, url_seconds=20.0)


@dataclass(frozen=True)
class HostileRun:
    """Results of both runs."""

    clean: Mapping[str, str]
    """By host, of the run without traps: digest of the result, or error code."""
    mixed: Mapping[str, str]
    """By host, of the run with traps."""

    @property
    def n_good(self) -> int:
        """Number of good sites."""
        return len(self.clean)

    @property
    def n_same(self) -> int:
        """Number of good sites with equal bytes in both runs."""
        return sum(self.mixed[host] == outcome for host, outcome in self.clean.items())

    @property
    def codes(self) -> dict[str, Counter[str]]:
        """Outcomes of the traps, by trap and code; "" is a logo."""
        found: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for host, outcome in self.mixed.items():
            trap = TRAP.match(host)
            if trap:
                found[trap.group(1)][outcome if outcome.islower() else ""] += 1
        return dict(found)


def hostile_run(n_sites: int, *, decoders: int, limits: TransferLimits = LIMITS) -> HostileRun:
    """Fetch ``n_sites`` sites, a tenth of them traps, and the good ones alone."""
    good, traps = mixed_hosts(n_sites)
    with serving("trap_server") as port:
        plan = Plan("logosite", port, (), THREADS, decoders, 0)
        fetcher = Fetcher(plan, Stopwatch())
        try:
            mixed = _outcomes(fetcher, _dealt(good, traps), limits)
            return HostileRun(clean=_outcomes(fetcher, good, limits), mixed=mixed)
        finally:
            fetcher.close()


def _dealt(good: list[str], traps: list[str]) -> list[str]:
    """Put a trap before every ninth good site."""
    step = max(1, len(good) // max(1, len(traps)))
    groups = [good[start : start + step] for start in range(0, len(good), step)]
    left = traps[len(groups) :]
    pairs = zip(traps, groups, strict=False)
    dealt = [host for trap, group in pairs for host in (trap, *group)]
    return dealt + [host for group in groups[len(traps) :] for host in group] + left


def _outcomes(fetcher: Fetcher, hosts: Iterable[str], limits: TransferLimits) -> dict[str, str]:
    names, options = list(hosts), replace(OPTIONS, limits=limits)

    def look(host: str) -> str:
        try:
            return digest(fetcher.site(host, options, is_first_attempt=False))
        except FetchError as error:
            return error.code

    with ThreadPoolExecutor(THREADS) as pool:
        return dict(zip(names, pool.map(look, names), strict=True))


def digest(site: SiteLogo) -> str:
    """Return a hash of the result; upper case, to differ from error codes."""
    parts = [site.final_url, site.kind, repr(site.confidence)]
    parts += [repr((one.candidate, one.image)) for one in site.captures]
    return sha256("\n".join(parts).encode()).hexdigest().upper()
