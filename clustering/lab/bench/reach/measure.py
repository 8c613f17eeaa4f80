"""Fetches the sites as a worker does, and compares the answers."""

import socket
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from clustering.lab.bench.fetching.product_fetcher import OPTIONS, PUBLIC
from clustering.lab.bench.reach import LOGO_PATH, Kind, KindScore, ReachScores
from clustering.lab.bench.reach.authority import Authority
from clustering.lab.bench.reach.drawing import DrawnSites
from clustering.lab.bench.reach.server import Server
from clustering.lab.bench.reach.sites import KINDS, site_name
from clustering.pipeline.errors import FetchError
from clustering.pipeline.finders import SiteLogo
from clustering.pipeline.finders.chances import SURE
from clustering.pipeline.finders.page_reader import PageReaders
from clustering.pipeline.finders.site import N_SURE, find_logo
from clustering.pipeline.web.adapter import PATIENT
from clustering.pipeline.web.client import ClientOptions, SafeClient
from clustering.services.fetching.rendering import CODES

THREADS: Final = 16


def measure(n_sites: int, *, decoders: int, chromium: str = "") -> ReachScores:
    """Return the scores of each kind; ``n_sites`` are shared out among them.

    With ``chromium`` the pages of sites without a sure logo are drawn, as the product does.
    """
    dealt = [(KINDS[place % len(KINDS)], place // len(KINDS)) for place in range(n_sites)]
    sites = {site_name(*one): one for one in dealt}
    readers = PageReaders(decoders)
    with TemporaryDirectory() as folder, Server(sites, authority := Authority(Path(folder))) as at:
        options = replace(OPTIONS, limits=PATIENT, ca_file=str(authority.root_file))
        with ThreadPoolExecutor(THREADS) as pool:
            look = _Look(readers, options, at.port)
            answers = dict(zip(sites, pool.map(look.answer, sites), strict=True))
        drawn = DrawnSites(look, authority)
        if chromium:
            drawn.answer([host for host in sites if look.needs_browser(host)], answers, chromium)
    readers.close()
    scores = [
        _score(
            kind,
            [answers[host] for host, (of, _) in sites.items() if of is kind],
            sum(host in drawn.hosts for host, (of, _) in sites.items() if of is kind),
        )
        for kind in dict.fromkeys(kind for kind, _ in sites.values())
    ]
    return ReachScores(scores, drawn.cpu_seconds, drawn.most_bytes)


class _Look:
    def __init__(self, readers: PageReaders, options: ClientOptions, port: int) -> None:
        self.readers = readers
        self.options = options
        self._port = port
        self._unsure = set[str]()

    def needs_browser(self, host: str) -> bool:
        """Return whether the product would draw the page of ``host``."""
        return host in self._unsure

    def answer(self, host: str) -> str:
        """Return ``right``, ``wrong image``, or the error code."""
        try:
            found = self._site(host)
        except FetchError as error:
            if error.code in CODES:
                self._unsure.add(host)
            return error.code
        if found.kind != "logo" or found.confidence < SURE:
            self._unsure.add(host)
        return self.told(host, found)

    def told(self, host: str, found: SiteLogo) -> str:
        """Return ``right`` or ``wrong image``."""
        is_right = found.captures[0].candidate.source_url.endswith(f"{host}{LOGO_PATH}")
        return "right" if is_right else "wrong image"

    def _site(self, host: str) -> SiteLogo:
        client = self.client()
        readers = self.readers
        try:
            return find_logo(host, client, readers.decode, readers.inspect, n_sure=N_SURE)
        finally:
            client.close()

    def client(self) -> SafeClient:
        """Return a client that finds all sites on loopback."""
        return SafeClient(self.options, resolve=lambda *_: [PUBLIC], dial=self.dial)

    def dial(self, _address: str, _port: int, seconds: float) -> socket.socket:
        """Connect to the server, whatever the address."""
        return socket.create_connection(("127.0.0.1", self._port), seconds)


def _score(kind: Kind, answers: Iterable[str], n_rendered: int) -> KindScore:
    found = Counter(answers)
    n_right = found.pop(kind.expected or "right", 0)
    n_reached = n_right + (0 if kind.expected else found["wrong image"])
    others = {name: n for name, n in found.items() if n}
    n_sites = n_right + sum(others.values())
    return KindScore(
        kind.name, kind.needs_browser, n_sites, n_reached, n_right, others, n_rendered
    )
