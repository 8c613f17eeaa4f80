"""Which part of a host somebody registered, by the Public Suffix List that the package carries."""

from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList


@lru_cache(maxsize=4096)
def registrable(host: str) -> str:
    """Return the part of ``host`` that somebody registered: ``shop.co.uk`` of ``a.shop.co.uk``.

    An address, and a suffix itself, come back as they are.
    """
    return _registered(host, only_icann=True)


@lru_cache(maxsize=4096)
def site_of(host: str) -> str:
    """Return the same where ``github.io`` and the like are suffixes too: their customers are
    strangers to each other.
    """
    return _registered(host, only_icann=False)


def registered_word(host: str) -> str:
    """Return the registrable part without its suffix: ``dhl`` of ``shop.dhl.co.uk``."""
    return registrable(host.lower()).partition(".")[0]


def _registered(host: str, *, only_icann: bool) -> str:
    if host[-1:].isdigit():  # an IPv4 address: no suffix ends in a digit
        return host
    return _suffixes(only_icann=only_icann).privatesuffix(host) or host


@cache
def _suffixes(*, only_icann: bool) -> PublicSuffixList:
    return PublicSuffixList(only_icann=only_icann)
