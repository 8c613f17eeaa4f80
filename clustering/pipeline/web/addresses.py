"""Which URLs and addresses may be fetched: public host names on ports 80 and 443.

Every URL and redirect passes ``vet_url``, every resolver answer ``vet_addresses``. Python's
``is_private`` is not sufficient: it accepts CGNAT, NAT64, 6to4, multicast and IPv4-compatible
addresses.
"""

import ipaddress
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

import idna

from clustering.pipeline.errors import FetchError

IPv4 = ipaddress.IPv4Address
IPv6 = ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MAX_URL_CHARS: Final = 2048
MAX_HOST_CHARS: Final = 253
PORTS: Final = {"http": 80, "https": 443}
FORBIDDEN_CHARS: Final = re.compile(r"[\x00-\x20\x7f\\]")
LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\Z")
# The WHATWG rule "ends in a number": 127.1, 2130706433, 0x7f.1 and 0177.0.0.1 are addresses.
NUMBER: Final = re.compile(r"(0x[0-9a-f]*|[0-9]+)\Z")
_SPECIAL_USE = """
    localhost local localdomain internal intranet private lan home corp mail test example
    invalid onion arpa alt svc cluster
"""
SPECIAL_USE: Final = frozenset(_SPECIAL_USE.split())

# IANA special-purpose registries, and Azure's metadata service on a public address.
_DENIED_IPV4 = """
    0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16
    172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24
    192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24
    224.0.0.0/4 240.0.0.0/4
"""
DENIED_IPV4: Final = tuple(ipaddress.IPv4Network(text) for text in _DENIED_IPV4.split())
# One allowed range excludes ::/96, ::ffff/96, NAT64, fc00::/7, fe80::/10, ...
ALLOWED_IPV6: Final = ipaddress.IPv6Network("2000::/3")
_DENIED_IPV6 = "2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20"
DENIED_IPV6: Final = tuple(ipaddress.IPv6Network(text) for text in _DENIED_IPV6.split())
ISATAP_INTERFACES: Final = frozenset({0x00005EFE, 0x02005EFE})


@dataclass(frozen=True)
class AddressRules:
    """Rules that an operator may extend."""

    denied: tuple[Network, ...] = ()
    """Further refused networks: the operator's own public ranges."""
    refused_suffixes: frozenset[str] = SPECIAL_USE
    """Top-level names that are never resolved."""


@dataclass(frozen=True)
class Target:
    """A vetted URL; ``url`` is rebuilt from the checked parts."""

    url: str
    host: str
    port: int


def vet_url(url: str, rules: AddressRules) -> Target:
    """Return the vetted target of ``url``.

    Raises:
        FetchError: ``refused_address`` with the violated rule.
    """
    if len(url) > MAX_URL_CHARS or FORBIDDEN_CHARS.search(url):
        raise _refusal("a URL of too many or of forbidden characters")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refusal("a URL that cannot be read") from error
    if parts.scheme not in PORTS:
        raise _refusal("a URL that is neither http nor https")
    if "@" in parts.netloc or "%" in parts.netloc:
        raise _refusal("a URL with user information or escapes before its path")
    if port not in {None, PORTS[parts.scheme]}:
        raise _refusal("a port other than 80 and 443")
    host = vet_host(parts.hostname or "", rules)
    return Target(_rebuilt(parts, host), host, PORTS[parts.scheme])


def vet_host(host: str, rules: AddressRules) -> str:
    """Return ``host`` in ASCII (IDNA), lower case, without the trailing dot."""
    name = _ascii(host).removesuffix(".").lower()
    labels = name.split(".")
    if ":" in name or NUMBER.match(labels[-1]):
        raise _refusal("an IP address in place of a name")
    if len(name) > MAX_HOST_CHARS or not all(LABEL.match(label) for label in labels):
        raise _refusal("no valid host name")
    if len(labels) < 2 or labels[-1] in rules.refused_suffixes:
        raise _refusal("a name that is not on the public web")
    return name


def vet_addresses(answers: Sequence[str], rules: AddressRules) -> list[IPv4 | IPv6]:
    """Return the addresses of a name; one non-public address refuses the name.

    A mix of public and private addresses indicates DNS rebinding.
    """
    addresses = []
    for answer in answers:
        try:
            addresses.append(ipaddress.ip_address(answer))
        except ValueError as error:
            raise _refusal("an answer that is no address") from error
    if not all(is_public(address, rules) for address in addresses):
        raise _refusal("a name that leads to an address that is not public")
    return addresses


def is_public(address: IPv4 | IPv6, rules: AddressRules) -> bool:
    """Return whether ``address`` is on the public internet and not denied."""
    if any(address in network for network in rules.denied if network.version == address.version):
        return False
    if isinstance(address, IPv4):
        return not any(address in network for network in DENIED_IPV4)
    return _is_public_ipv6(address)


def is_own(address: IPv4 | IPv6) -> bool:
    """Return whether ``address`` belongs to this machine.

    Connecting a datagram socket sends nothing; the route to an own address starts at it.
    """
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(address), PORTS["https"]))
            return str(probe.getsockname()[0]) == str(address)
    except OSError:
        return False


def _is_public_ipv6(address: IPv6) -> bool:
    if address.scope_id is not None or address not in ALLOWED_IPV6:
        return False
    if any(address in network for network in DENIED_IPV6):
        return False
    return (int(address) >> 32) & 0xFFFFFFFF not in ISATAP_INTERFACES


def _ascii(host: str) -> str:
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True, std3_rules=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise _refusal("no valid international host name") from error


def _rebuilt(parts: SplitResult, host: str) -> str:
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{host}{parts.path or '/'}{query}"


def _refusal(what: str) -> FetchError:
    return FetchError("refused_address", f"refused: {what}")
