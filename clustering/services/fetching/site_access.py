"""Finds the logo of a domain on the internet, in the recorded sample, or in an uploaded ZIP."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from ipaddress import ip_network
from pathlib import Path

from requests.adapters import BaseAdapter

from clustering import conf
from clustering.models import Dataset, Domain
from clustering.pipeline.domains.packings import read_member
from clustering.pipeline.errors import FetchError
from clustering.pipeline.finders import Captured, LogoCandidate, SiteLogo
from clustering.pipeline.finders.homepage import MAX_HTML_BYTES
from clustering.pipeline.finders.image_files import source_bytes
from clustering.pipeline.finders.rendered import find_rendered
from clustering.pipeline.finders.services import NO_FALLBACK_AFTER, LogoService
from clustering.pipeline.finders.site import MAX_CAPTURES, N_SURE, find_logo, from_services
from clustering.pipeline.imaging.fingerprints import fingerprint
from clustering.pipeline.rendering import Render
from clustering.pipeline.rendering.browser import BrowserOptions
from clustering.pipeline.rendering.installation import installed
from clustering.pipeline.rendering.thread import RenderingThread
from clustering.pipeline.web.adapter import PATIENT, QUICK
from clustering.pipeline.web.addresses import AddressRules
from clustering.pipeline.web.client import ClientOptions, Politeness, SafeClient
from clustering.pipeline.web.politeness import Budget, Budgets, ConcurrencyLimits
from clustering.pipeline.web.recorded import RecordedWeb
from clustering.pipeline.web.robots import Robots
from clustering.services.datasets import logo_services, sample
from clustering.services.fetching.worker import FindLogo, tries_of
from clustering.services.file_store import store
from clustering.services.logos.lookups import Tools
from clustering.services.storage import upload_name
from clustering.services.work import process_resources

Services = Sequence[LogoService]
N_RUNS = 8  # whose request budgets one process keeps
IN_FLIGHT_PER_PROCESS = 1  # to one registrable domain; the io worker has two processes


@dataclass(frozen=True)
class Visit:
    """Options for fetching one domain."""

    adapter: BaseAdapter | None = None
    """Replaces the network."""
    budget: Budget | None = None
    """Request budget of the run; a single lookup has its own."""
    is_first_attempt: bool = False
    """Whether timeouts raise, because a slower attempt follows."""
    n_sure: int = MAX_CAPTURES
    services: Services = ()
    follows_moves: bool = True
    """Whether the logo of another brand to which a site leads is taken, for review; each data set
    chooses."""


@contextmanager
def finder_for(dataset: Dataset) -> Iterator[FindLogo]:
    """Yield the function that finds the logo of a domain of ``dataset``."""
    if dataset.web == Dataset.Web.SAMPLE:
        yield _from_sample
        return
    plan = Visit(
        n_sure=N_SURE,
        services=logo_services.enabled(dataset),
        follows_moves=dataset.follows_moves,
    )
    budgets = _budgets(dataset.pk, dataset.runs.order_by("-pk").values_list("pk").first())
    if dataset.kind != Dataset.Kind.IMAGES:
        yield lambda domain: _from_internet(domain, plan, budgets)
        return
    with store().local(upload_name(dataset.source_sha256)) as archive:
        yield (
            lambda domain: (
                _from_internet(domain, plan, budgets)
                if domain.has_site  # domains may have been added to a ZIP later
                else _from_archive(archive, domain)
            )
        )


def lookup_tools(dataset: Dataset) -> Tools:
    """Return the tools to look up one domain on the web that ``dataset`` uses."""
    is_sample = dataset.web == Dataset.Web.SAMPLE
    adapter = sample_web() if is_sample else None
    services = () if is_sample else logo_services.enabled(dataset)
    return Tools(
        find=lambda domain: _look(
            domain.name,
            Visit(adapter, services=services, follows_moves=dataset.follows_moves),
        ),
        fetch=lambda url: _image_at(url, adapter),
    )


def rendered_site(name: str, render: Render, *, follows_moves: bool = False) -> SiteLogo:
    """Return the logo of a domain whose page a browser draws; raises FetchError."""
    client, readers = _client(Visit()), process_resources.decoder()
    try:
        if conf.fetch_options().obeys_robots:
            client.get(f"https://{name}/", max_bytes=MAX_HTML_BYTES)
        return find_rendered(
            name,
            render,
            client,
            readers.decode,
            readers.inspect,
            follows_moves=follows_moves,
        )
    finally:
        client.close()


def rendering_thread() -> RenderingThread:
    """Return a browser behind the address rules; it is started by the first page."""
    settings = conf.browser_settings()
    options = BrowserOptions(
        path=installed(settings.path),
        user_agent=conf.fetch_options().user_agent,
        is_sandboxed=settings.is_sandboxed,
    )
    return RenderingThread(options, _options().rules)


def live_site(name: str) -> SiteLogo:
    """Return the logo of a domain from the internet; raises FetchError."""
    return _look(name, Visit())


@lru_cache(maxsize=N_RUNS)
def _budgets(_dataset: int, _run: object) -> Budgets:
    """Return the request budgets until the next run of the data set; per process."""
    return Budgets()


def _from_archive(archive: Path, domain: Domain) -> SiteLogo:
    member = domain.archive_member
    data = read_member(archive, member)
    image = process_resources.decoder().decode(data)
    captured = Captured(LogoCandidate("upload", f"zip:{member}"), image, fingerprint(data))
    return SiteLogo(final_url="", kind="logo", confidence=1.0, captures=(captured,))


def _from_sample(domain: Domain) -> SiteLogo:
    """Recorded sites never change, so every failure is permanent."""
    try:
        return _look(domain.name, Visit(sample_web()))
    except FetchError as error:
        raise FetchError(error.code, str(error)) from error


def _from_internet(domain: Domain, plan: Visit, budgets: Budgets) -> SiteLogo:
    """Query services after the last attempt too, if the failure is still transient."""
    visit = replace(plan, budget=budgets.of(domain.name), is_first_attempt=domain.attempts == 1)
    try:
        return _look(domain.name, visit)
    except FetchError as error:
        may_pass = error.is_transient and domain.attempts < tries_of(error)
        is_told = not error.is_transient or error.code in NO_FALLBACK_AFTER
        if not plan.services or is_told or may_pass:
            raise
        return _from_services(domain.name, plan.services, error)


def _from_services(name: str, services: Services, failure: FetchError) -> SiteLogo:
    client = _client(Visit())
    try:
        return from_services(name, client, process_resources.decoder().decode, services, failure)
    finally:
        client.close()


def _look(name: str, visit: Visit) -> SiteLogo:
    client, readers = _client(visit), process_resources.decoder()
    try:
        # The deadline of the domain limits reading and decoding too.
        return find_logo(
            name,
            client,
            lambda data, cut: readers.decode(data, cut, seconds=client.seconds_left),
            lambda page, files: readers.inspect(page, files, seconds=client.seconds_left),
            n_sure=visit.n_sure,
            services=visit.services,
            is_first_attempt=visit.is_first_attempt,
            follows_moves=visit.follows_moves,
        )
    finally:
        client.close()


def _image_at(url: str, adapter: BaseAdapter | None) -> Captured:
    client = _client(Visit(adapter))
    candidate = LogoCandidate("address", url)
    try:
        data = source_bytes(candidate, client)
        image = process_resources.decoder().decode(data)
        return Captured(candidate, image, fingerprint(data))
    finally:
        client.close()


def _client(visit: Visit) -> SafeClient:
    options = _options()
    limits = QUICK if visit.is_first_attempt else PATIENT
    robots = None if visit.adapter else _robots()
    politeness = Politeness(_concurrency_limits(), visit.budget or Budget(), robots)
    return SafeClient(
        replace(options, limits=limits), adapter=visit.adapter, politeness=politeness
    )


def _robots() -> Robots | None:
    options = conf.fetch_options()
    if not options.obeys_robots:
        return None
    readers = process_resources.decoder()
    return Robots(lambda rules, url: readers.is_allowed(rules, url, options.user_agent))


@cache
def _concurrency_limits() -> ConcurrencyLimits:
    return ConcurrencyLimits(IN_FLIGHT_PER_PROCESS)


@cache
def sample_web() -> BaseAdapter:
    """Return the recorded web of the sample data set."""
    return RecordedWeb(sample.WEB_FILE)


@cache
def _options() -> ClientOptions:
    options = conf.fetch_options()
    return ClientOptions(
        user_agent=options.user_agent,
        rules=AddressRules(denied=tuple(ip_network(cidr) for cidr in options.deny_cidrs)),
        domain_seconds=float(options.deadline_seconds),
    )
