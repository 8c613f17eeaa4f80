"""The costly tools of a worker process, made once in it and kept: decoder, embedder, webs."""

import atexit
from collections.abc import Sequence
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from requests.adapters import BaseAdapter

from clustering import conf
from clustering.models import Dataset, Domain, Run
from clustering.models.dataset import MAX_ATTEMPTS
from clustering.pipeline.domains.archive import read_member
from clustering.pipeline.embedders import Embedder, catalogue
from clustering.pipeline.embedders.prepared import prepared
from clustering.pipeline.errors import FetchError
from clustering.pipeline.finders import Candidate, Captured, SiteLogo
from clustering.pipeline.finders.readers import Readers
from clustering.pipeline.finders.services import LogoService, ask_services
from clustering.pipeline.finders.site import MAX_CAPTURES, N_SURE, find_logo
from clustering.pipeline.finders.sources import source_bytes
from clustering.pipeline.imaging import NormalisedImage
from clustering.pipeline.imaging.decoder import Decoder
from clustering.pipeline.web.addresses import AddressRules
from clustering.pipeline.web.client import ClientOptions, SafeClient
from clustering.pipeline.web.recorded import RecordedWeb
from clustering.services import intake, logo_services, samples
from clustering.services.lookups import Tools

if TYPE_CHECKING:  # fetching ends in runs, which name clusters by an engine of this module
    from clustering.services.fetching import FindLogo

Services = Sequence[LogoService]

_MAKING = Lock()


def decoder() -> Readers:
    """Return the process's limited children that decode and read, the same for every thread."""
    with _MAKING:  # the cache alone would let each thread that asks at once make a pool
        return _decoder()


def decode_once(data: bytes) -> NormalisedImage:
    """Decode in a child of its own, for a process that decodes too seldom to keep any.

    Raises:
        ImageError: ``bad_image`` or ``empty_image``.
        ChildDied: the bytes crashed the decoder, or cost more than its limits.
    """
    with Decoder(1) as alone:
        return alone.decode(data)


def close_decoder() -> None:
    """End the decoders, if any were made."""
    with _MAKING:
        if _decoder.cache_info().currsize:
            _decoder().close()
            _decoder.cache_clear()


@cache
def _decoder() -> Readers:
    pool = Readers(conf.decoder_processes())
    atexit.register(pool.close)  # ended with the process
    return pool


@cache
def embedder(name: str) -> Embedder:
    """Return an embedder, its model loaded; raises WeightsMissing."""
    return catalogue.create(name, weights_dir=conf.places().weights)


def embedder_of(run: Run) -> Embedder:
    """Return the embedder of a run behind the run's own steps; raises WeightsMissing."""
    return prepared(embedder(run.embedder), run.preparation)


def finder_for(dataset: Dataset) -> "FindLogo":
    """Return the way from a domain of ``dataset`` to its logo."""
    if dataset.kind == Dataset.Kind.IMAGES:
        archive = intake.upload_file(conf.places().uploads, dataset.source_sha256)
        return lambda domain: _from_archive(archive, domain)
    if dataset.web == Dataset.Web.SAMPLE:
        return _from_sample
    services = logo_services.enabled(dataset)
    return lambda domain: _from_internet(domain, services)


def lookup_tools(dataset: Dataset) -> Tools:
    """Return how one domain of ``dataset`` is looked up, from the web that is the data set's."""
    is_sample = dataset.web == Dataset.Web.SAMPLE
    adapter = sample_web() if is_sample else None
    services = () if is_sample else logo_services.enabled(dataset)
    return Tools(
        find=lambda domain: _from_web(domain.name, adapter, services=services),
        fetch=lambda url: _image_at(url, adapter),
        root=conf.places().media,
    )


def live_site(name: str) -> SiteLogo:
    """Return what the site of a domain gives; raises FetchError."""
    return _from_web(name, None)


def _from_archive(archive: Path, domain: Domain) -> SiteLogo:
    member = domain.archive_member
    image = decoder().decode(read_member(archive, member))
    captured = Captured(Candidate("upload", f"zip:{member}"), image)
    return SiteLogo(final_url="", kind="logo", confidence=1.0, captures=(captured,))


def _from_sample(domain: Domain) -> SiteLogo:
    """A recorded site answers the same for ever, so no failure is worth another try."""
    try:
        return _from_web(domain.name, sample_web())
    except FetchError as error:
        raise FetchError(error.code, str(error)) from error


def _from_internet(domain: Domain, services: Services) -> SiteLogo:
    """Ask services at the last try too, where a failure that might have passed has not."""
    try:
        return _from_web(domain.name, None, n_sure=N_SURE, services=services)
    except FetchError as error:
        if not services or not error.is_transient or domain.attempts < MAX_ATTEMPTS:
            raise
        return _from_services(domain.name, services, error)


def _from_services(name: str, services: Services, failure: FetchError) -> SiteLogo:
    client = SafeClient(_client_options())
    try:
        return ask_services(name, services, client, decoder().decode)
    except FetchError:
        raise failure from None
    finally:
        client.close()


def _from_web(
    name: str,
    adapter: BaseAdapter | None,
    *,
    n_sure: int = MAX_CAPTURES,
    services: Services = (),
) -> SiteLogo:
    client = SafeClient(_client_options(), adapter=adapter)
    try:
        # Reading and decoding end with the time that the domain has, as fetching does.
        return find_logo(
            name,
            client,
            lambda data: decoder().decode(data, seconds=client.seconds_left),
            lambda page, files: decoder().look(page, files, seconds=client.seconds_left),
            n_sure=n_sure,
            services=services,
        )
    finally:
        client.close()


def _image_at(url: str, adapter: BaseAdapter | None) -> NormalisedImage:
    client = SafeClient(_client_options(), adapter=adapter)
    try:
        return decoder().decode(source_bytes(Candidate("address", url), client))
    finally:
        client.close()


@cache
def sample_web() -> BaseAdapter:
    """Return the recorded little web of the sample data set."""
    return RecordedWeb(samples.WEB_FILE)


@cache
def _client_options() -> ClientOptions:
    options = conf.fetch_options()
    return ClientOptions(
        user_agent=options.user_agent,
        rules=AddressRules(denied=tuple(ip_network(cidr) for cidr in options.deny_cidrs)),
        domain_seconds=float(options.deadline_seconds),
    )
