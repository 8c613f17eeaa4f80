"""Lists of domains in shards, and how their sites are fetched."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from clustering.pipeline.bulk.store import Store
from clustering.pipeline.domains.suffixes import site_of

SITES: Final = "sites"
"""Stage of the domain shards."""
SHARD_DOMAINS: Final = 10_000
ADDRESS_RATE: Final = 20.0
"""New connections a second of all fetchers to one address, which may host millions of sites."""


@dataclass(frozen=True)
class FetchPlan:
    """How the sites of a bulk run are fetched and embedded."""

    n_shards: int
    """Number of domain shards."""
    n_domains: int
    embedder: str
    """Registry name; its weights are on every machine."""
    weights_dir: str
    user_agent: str
    threads: int
    """Sites that one process fetches at a time."""
    n_fetchers: int
    """Processes that fetch at a time: they share the limit of connections to one address."""
    deadline_seconds: float
    deny_cidrs: tuple[str, ...] = ()
    obeys_robots: bool = False
    web: str = ""
    """File of recorded responses in place of the network."""
    archives: tuple[str, ...] = ()
    """WARC files whose home pages are read in place of fetching them: one for each shard."""


def shard_of(domain: str, n_shards: int) -> int:
    """Return the shard of a domain: one for a site, and random, so that hosts are spread."""
    digest = hashlib.blake2b(site_of(domain).encode(), digest_size=8).digest()
    return int.from_bytes(digest) % n_shards


def write_shards(store: Store, domains: Iterable[str]) -> tuple[int, int]:
    """Write distinct domains in shards of about 10,000; return the numbers of both.

    A site, with all its subdomains, is in one shard and so in one process, whose limits on
    concurrent requests hold for the whole fleet. Within a shard domains are in random order,
    so that neighbours of a list (often of one host) are not fetched at once.
    """
    distinct = set(domains)
    n_shards = max(1, -(-len(distinct) // SHARD_DOMAINS))
    shards: list[list[str]] = [[] for _ in range(n_shards)]
    for domain in distinct:
        shards[shard_of(domain, n_shards)].append(domain)
    for number, names in enumerate(shards):
        write_shard(store, number, names)
    return n_shards, len(distinct)


def write_shard(store: Store, number: int, names: Sequence[str]) -> None:
    """Write one domain shard in random, but fixed order."""
    ordered = sorted(names, key=lambda name: hashlib.blake2b(name.encode()).digest())
    store.write(SITES, number, [pa.table({"domain": pa.array(ordered, pa.string())})])
