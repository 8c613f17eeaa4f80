"""Registrable domains by the Public Suffix List that ships with ``publicsuffixlist``."""

from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList


@lru_cache(maxsize=4096)
def registrable(host: str) -> str:
    """Return the registrable domain of ``host``: ``shop.co.uk`` for ``a.shop.co.uk``.

    IP addresses and public suffixes are returned unchanged.
    """
    return _registered(host, only_icann=True)


@lru_cache(maxsize=4096)
def site_of(host: str) -> str:
    """Return the registrable domain with private suffixes such as ``github.io`` included:
    the sites below them have different owners.
    """
    return _registered(host, only_icann=False)


def registered_word(host: str) -> str:
    """Return the registrable domain without its suffix: ``dhl`` for ``shop.dhl.co.uk``."""
    return registrable(host.lower()).partition(".")[0]


@lru_cache(maxsize=16_384)
def owner_word(host: str) -> str:
    """Return the word that the owner of a site registered: ``shop`` for ``shop.netlify.app``."""
    return site_of(host.lower()).partition(".")[0]


@lru_cache(maxsize=4096)
def is_top_level(label: str) -> bool:
    """Whether ``label`` (A-label, lower case) is a top-level domain of the public DNS."""
    known = _known()
    # The list has no rule for .za itself, only for its second level.
    return (
        bool(label)
        and (known.publicsuffix(label) or known.publicsuffix(f"co.{label}")) is not None
    )


def is_suffix(host: str) -> bool:
    """Whether ``host`` is a public suffix such as ``co.uk``; private ones are sites."""
    return _known().publicsuffix(host) == host


def _registered(host: str, *, only_icann: bool) -> str:
    if host[-1:].isdigit():  # an IPv4 address: no suffix ends in a digit
        return host
    return _suffixes(only_icann=only_icann).privatesuffix(host) or host


@cache
def _suffixes(*, only_icann: bool) -> PublicSuffixList:
    return PublicSuffixList(only_icann=only_icann)


@cache
def _known() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True, accept_unknown=False)
