"""From a domain to its decoded logo."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from clustering.pipeline.errors import ChildDied, FetchError, ImageError, PipelineError
from clustering.pipeline.finders import Captured, LogoCandidate, SiteLogo
from clustering.pipeline.finders.chances import chance
from clustering.pipeline.finders.homepage import inspected, is_same_brand, open_homepage
from clustering.pipeline.finders.image_files import picture_region, source_bytes
from clustering.pipeline.finders.linked_files import MAX_FILE_BYTES, imported_sheets
from clustering.pipeline.finders.page_result import Inspect, PageResult
from clustering.pipeline.finders.pixels import with_pixels
from clustering.pipeline.finders.ranking import REVIEW_THRESHOLD, kind
from clustering.pipeline.finders.rules import LOW_CONFIDENCE_LIMIT, Rule, limited
from clustering.pipeline.finders.services import (
    NO_FALLBACK_AFTER,
    Decode,
    LogoService,
    query_services,
)
from clustering.pipeline.imaging.fingerprints import fingerprint
from clustering.pipeline.web import Client, Response

MAX_CAPTURES: Final = 5
N_SURE: Final = 1
"""Captures per site in runs over many sites where the first one is trustworthy: each further
one costs another request and decoding."""
MAX_SHOWN_CHARS: Final = 200  # of an address; data: addresses have megabytes
MAX_TRIED: Final = 9  # candidates that are fetched
TOO_SLOW: Final = frozenset({"timeout", "busy"})
NOTHING_SHOWN: Final = frozenset({"no_logo", "placeholder", "bad_image", "empty_image"})
FATAL_ERRORS: Final = frozenset({"request_limit"})


def find_logo(
    domain: str,
    client: Client,
    decode: Decode,
    inspect: Inspect,
    *,
    n_sure: int = MAX_CAPTURES,
    services: Sequence[LogoService] = (),
    is_first_attempt: bool = False,
    follows_moves: bool = False,
) -> SiteLogo:
    """Return the logo of ``domain`` and up to four other candidates.

    Stops after ``n_sure`` captures once the best is trustworthy and no remaining candidate can
    overtake it: pixel rules only lower scores. ``services`` are queried after a permanent
    failure only. With ``is_first_attempt`` a timeout of the best candidate raises instead of
    falling back to a lower-ranked one. With ``follows_moves`` the logo of another brand to
    whose domain the site leads is returned, for review.

    Raises:
        FetchError: ``no_logo``, ``bad_image``, ``empty_image`` or ``placeholder`` if the page has
            no usable candidate, else the page's own error. The message names a service's
            error; ``placeholder`` of a service replaces the error.
    """
    try:
        page = open_homepage(domain, client, inspect, follows_moves=follows_moves)
        url, found = page_candidates(domain, page, client, inspect)
        with _shell_named(page[1]):
            captures = _captured(found, client, decode, _Attempt(n_sure, is_first_attempt))
    except FetchError as error:
        if not services or error.is_transient or error.code in NO_FALLBACK_AFTER:
            raise
        return from_services(domain, client, decode, services, error)
    best = captures[0].candidate
    others = [one for one in found if one.source_url != best.source_url]
    return SiteLogo(url, kind(best), chance(best, others), captures)


def from_services(
    domain: str,
    client: Client,
    decode: Decode,
    services: Sequence[LogoService],
    failure: FetchError,
) -> SiteLogo:
    """Return the answer of ``services`` for a ``domain`` whose site failed with ``failure``.

    Raises:
        FetchError: ``placeholder``, else the site's failure with the last service's error.
    """
    try:
        return query_services(domain, services, client, decode)
    except FetchError as error:
        if error.code == "placeholder":
            raise FetchError(error.code, f"{error}; the site: {failure.code}") from error
        told = f"{failure}; logo services were asked, the last: {error.code}"
        raise FetchError(failure.code, told, is_transient=failure.is_transient) from error


@contextmanager
def _shell_named(result: PageResult) -> Iterator[None]:
    """Say that a page without a logo needs a browser, where a script draws it."""
    try:
        yield
    except FetchError as error:
        if result.is_shell and error.code in NOTHING_SHOWN:
            raise FetchError("needs_browser", f"a script draws the page; {error}") from error
        raise


def page_candidates(
    domain: str, opened: tuple[Response, PageResult], client: Client, inspect: Inspect
) -> tuple[str, tuple[LogoCandidate, ...]]:
    """Return the final address and the candidates, those of linked files included."""
    page, result = opened
    files = _files(result.files, client)
    if files:
        files |= _files(imported_sheets(files.values()), client)
        result = inspected(page, files, inspect)
    host = urlsplit(result.url).hostname or ""
    if is_same_brand(domain, host):
        return result.url, result.candidates
    return result.url, tuple(_for_review(one) for one in result.candidates)


def _for_review(candidate: LogoCandidate) -> LogoCandidate:
    """Return a candidate of a renamed site below the review threshold."""
    hits = limited(list(candidate.evidence), Rule.RENAMED_SITE, LOW_CONFIDENCE_LIMIT)
    return LogoCandidate(candidate.finder, candidate.source_url, tuple(hits), candidate.data)


def _files(addresses: Iterable[str], client: Client) -> dict[str, Response]:
    """Return the files that could be fetched."""
    found = {}
    for address in addresses:
        with suppress(FetchError):
            found[address] = client.get(address, max_bytes=MAX_FILE_BYTES)
    return found


@dataclass
class _Attempt:
    """Captures and failures so far."""

    n_sure: int
    is_first_attempt: bool
    captures: list[Captured] = field(default_factory=list)
    failures: list[tuple[LogoCandidate, PipelineError]] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        n_failures = len(self.failures)
        last = self.failures[-1][1].code if self.failures else ""
        is_too_slow = self.is_first_attempt and last in TOO_SLOW and not self.captures
        is_ended = last in FATAL_ERRORS or is_too_slow
        n_tried = n_failures + len(self.captures)
        return is_ended or len(self.captures) == MAX_CAPTURES or n_tried >= MAX_TRIED

    def is_decided(self, rest: LogoCandidate) -> bool:
        """Whether neither ``rest`` nor a lower-ranked candidate can change the answer."""
        scores = [one.candidate.score for one in self.captures]
        return len(scores) >= self.n_sure and max(scores) >= max(REVIEW_THRESHOLD, rest.score)


def decoded(
    found: Iterable[LogoCandidate], client: Client, decode: Decode, *, n_sure: int = N_SURE
) -> tuple[Captured, ...]:
    """Return the candidates that could be fetched and decoded, best first; see ``find_logo``.

    Raises:
        FetchError: if no candidate is usable.
    """
    return _captured(found, client, decode, _Attempt(n_sure, is_first_attempt=False))


def _captured(
    found: Iterable[LogoCandidate], client: Client, decode: Decode, attempt: _Attempt
) -> tuple[Captured, ...]:
    for candidate in found:
        if candidate.score <= 0 or attempt.is_over or attempt.is_decided(candidate):
            break
        try:
            data = source_bytes(candidate, client)
            image = decode(data, picture_region(candidate))
        except (FetchError, ImageError, ChildDied) as error:
            attempt.failures.append((candidate, error))
            continue
        found_image = Captured(with_pixels(candidate, image), image, fingerprint(data))
        attempt.captures.append(found_image)
    usable = [one for one in attempt.captures if one.candidate.score > 0]
    if not usable:
        raise _failure(attempt)
    return tuple(sorted(usable, key=lambda one: -one.candidate.score))


def _failure(attempt: _Attempt) -> FetchError:
    """Return the error of the best candidate that could be fetched."""
    for candidate, error in attempt.failures:
        if isinstance(error, FetchError) and error.is_transient:
            return FetchError(error.code, _error_message(candidate, error), is_transient=True)
    for candidate, error in attempt.failures:
        if isinstance(error, ImageError | ChildDied):
            code = "empty_image" if error.code == "empty_image" else "bad_image"
            return FetchError(code, _error_message(candidate, error))
    for one in attempt.captures:
        if one.image.is_placeholder:
            address = _short_address(one.candidate)
            return FetchError("placeholder", f"the page shows only a placeholder: {address}")
    return FetchError("no_logo", "the page shows no logo")


def _error_message(candidate: LogoCandidate, error: PipelineError) -> str:
    """Return the error with the address of the image, for people to inspect."""
    return f"{error}: {_short_address(candidate)}"


def _short_address(candidate: LogoCandidate) -> str:
    return candidate.source_url[:MAX_SHOWN_CHARS]
