"""Third-party logo services: opt-in, queried only where the site has no usable logo.

For unknown domains they return placeholders (a globe with status 404, a letter tile), which do
not count as answers.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import quote, urlsplit

from clustering.pipeline.domains.names import normalise
from clustering.pipeline.errors import ChildDied, FetchError, ImageError, InputError
from clustering.pipeline.finders import Captured, LogoCandidate, SiteLogo
from clustering.pipeline.finders.image_files import MAX_IMAGE_BYTES
from clustering.pipeline.finders.rules import Rule
from clustering.pipeline.imaging import WHOLE, NormalisedImage, PictureRegion
from clustering.pipeline.imaging.fingerprints import fingerprint
from clustering.pipeline.web import Client
from clustering.pipeline.web.failures import BadStatus

DOMAIN: Final = "{domain}"
KEY: Final = "{key}"
HIDDEN_KEY: Final = "KEY"
MAX_TEMPLATE_CHARS: Final = 500
CHANCES: Final = {"icon_only": 0.5, "logo": 0.65}
"""A person must look at what a service answered."""
RULES: Final = {"icon_only": Rule.SERVICE_ICON, "logo": Rule.SERVICE_LOGO}
NO_FALLBACK_AFTER: Final = frozenset({"refused_address", "parked", "moved", "robots"})
"""Errors after which no service is queried: internal names stay private, the picture of a parked
or moved domain is another's, and robots.txt is respected."""

Decode = Callable[[bytes, PictureRegion], NormalisedImage]
"""(file, region) -> decoded image; raises ImageError."""


@dataclass(frozen=True)
class LogoService:
    """A third-party service that has logos by domain; ``with_key`` sets ``key``."""

    name: str
    """Stored as the finder of its candidates."""
    label: str
    terms_url: str
    """Terms that the operator accepts; empty for the operator's own template."""
    template: str
    """https://host/... with ``{domain}`` and, where one is needed, ``{key}``."""
    kind: str
    """``icon_only`` or ``logo``."""
    is_keyed_by_host: bool = False
    """Whether ``www.`` and the bare name are different keys."""
    key: str = field(default="", repr=False)

    @property
    def needs_key(self) -> bool:
        """Whether it requires a key."""
        return KEY in self.template

    @property
    def is_ready(self) -> bool:
        """Whether it has its key or needs none."""
        return bool(self.key) or not self.needs_key

    @property
    def host(self) -> str:
        """The host that receives the domains."""
        return urlsplit(self.template).hostname or ""

    def with_key(self, key: str) -> "LogoService":
        """Return a copy with ``key``."""
        return replace(self, key=key.strip())

    def address(self, domain: str) -> str:
        """Return the request address; it contains the key, so it is neither stored nor logged."""
        return self._filled(domain, quote(self.key, safe=""))

    def public_address(self, domain: str) -> str:
        """Return the address with the key masked, for storage and display."""
        return self._filled(domain, HIDDEN_KEY)

    def _filled(self, domain: str, key: str) -> str:
        return self.template.replace(DOMAIN, quote(domain, safe="")).replace(KEY, key)


_KNOWN: Final = (
    LogoService(
        "google",
        "Google favicons",
        "https://policies.google.com/terms",
        "https://www.google.com/s2/favicons?domain={domain}&sz=128",
        "icon_only",
    ),
    LogoService(
        "duckduckgo",
        "DuckDuckGo icons",
        "https://duckduckgo.com/terms",
        "https://icons.duckduckgo.com/ip3/{domain}.ico",
        "icon_only",
        is_keyed_by_host=True,
    ),
    LogoService(
        "logo_dev",
        "logo.dev",
        "https://www.logo.dev/terms",
        "https://img.logo.dev/{domain}?token={key}&size=256&format=png&fallback=404",
        "logo",
    ),
)
SERVICES: Final[Mapping[str, LogoService]] = {service.name: service for service in _KNOWN}


def template_service(template: str, key: str = "") -> LogoService:
    """Return the service of an operator's own URL template, such as a company's logo store.

    Raises:
        InputError: if it is no https address with ``{domain}`` in its path or query.
    """
    text = template.strip()
    left = text.replace(DOMAIN, "").replace(KEY, "")
    try:
        parts = urlsplit(text)
        is_web = parts.scheme == "https" and bool(parts.hostname) and parts.port in {None, 443}
    except ValueError as error:
        raise InputError(f"the logo service's address cannot be read: {error}") from error
    if not is_web or "@" in parts.netloc or "{" in parts.netloc or len(text) > MAX_TEMPLATE_CHARS:
        raise InputError("a logo service's address looks like https://host/{domain}")
    _refuse_local(parts.hostname or "")
    if DOMAIN not in text or set("{}") & set(left) or any(one.isspace() for one in left):
        raise InputError(
            "a logo service's address needs {domain}, may have {key}, no other braces"
        )
    return LogoService("template", parts.netloc, "", text, "logo", key=key.strip())


def _refuse_local(host: str) -> None:
    """Raise for a host that the client would refuse for every domain."""
    try:
        normalise(host)
    except InputError as error:
        raise InputError(f"a logo service needs a public host, not {host}: {error}") from error


def query_services(
    domain: str, services: Sequence[LogoService], client: Client, decode: Decode
) -> SiteLogo:
    """Return the first logo that one of ``services`` has for ``domain``.

    Raises:
        FetchError: ``placeholder`` if a service returned only a placeholder, else the last
            service's error, ``no_logo`` if no service is ready.
    """
    failure = FetchError("no_logo", "no logo service is set up")
    for service, name in _questions(domain, services):
        try:
            return _ask(service, name, client, decode)
        except FetchError as error:
            failure = failure if failure.code == "placeholder" else error
    raise failure


def _questions(domain: str, services: Sequence[LogoService]) -> Iterator[tuple[LogoService, str]]:
    for service in services:
        if service.is_ready:
            yield service, domain
            if service.is_keyed_by_host:
                bare = domain.removeprefix("www.")
                yield service, bare if bare != domain else f"www.{domain}"


def _ask(service: LogoService, domain: str, client: Client, decode: Decode) -> SiteLogo:
    try:
        response = client.get(service.address(domain), max_bytes=MAX_IMAGE_BYTES)
        image = decode(response.body, WHOLE)
    except BadStatus as error:
        if error.response.media_type.startswith("image/"):  # a globe with status 404
            raise _placeholder_error(service, "error_image") from None
        raise _failed(service, error) from None
    except FetchError as error:
        raise _failed(service, error) from None
    except (ImageError, ChildDied) as error:
        raise FetchError("bad_image", f"{service.label}: {error}") from error
    if image.placeholder:
        raise _placeholder_error(service, image.placeholder)
    candidate = LogoCandidate(
        service.name, service.public_address(domain), (RULES[service.kind].hit(),)
    )
    captured = Captured(candidate, image, fingerprint(response.body))
    return SiteLogo("", service.kind, CHANCES[service.kind], (captured,))


def _failed(service: LogoService, error: FetchError) -> FetchError:
    """Return ``error`` without its text, which might contain the address and key."""
    return FetchError(
        error.code,
        f"{service.label} did not answer: {error.code}",
        is_transient=error.is_transient,
    )


def _placeholder_error(service: LogoService, kind: str) -> FetchError:
    return FetchError("placeholder", f"{service.label} has only a placeholder ({kind})")
