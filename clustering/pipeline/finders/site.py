"""The whole way from a domain to its decoded logo."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from clustering.pipeline.errors import ChildDied, FetchError, ImageError, PipelineError
from clustering.pipeline.finders import Captured, LogoCandidate, SiteLogo
from clustering.pipeline.finders.homepage import open_homepage, seen
from clustering.pipeline.finders.linked_files import MAX_FILE_BYTES
from clustering.pipeline.finders.page_result import Look
from clustering.pipeline.finders.pixels import with_pixels
from clustering.pipeline.finders.ranking import REVIEW_THRESHOLD, confidence, kind
from clustering.pipeline.finders.services import UNASKED, Decode, LogoService, ask_services
from clustering.pipeline.finders.sources import cut, source_bytes
from clustering.pipeline.web import Client, Response

MAX_CAPTURES: Final = 5
N_SURE: Final = 1
"""Candidates that a run over many sites looks at where the first one is trustworthy: each
further one costs a request, as long a wait and as much decoding again."""
MAX_SHOWN_CHARS: Final = 200  # of an address; those with data: have megabytes
MAX_TRIED: Final = 9  # candidates whose bytes are asked for
TOO_SLOW: Final = frozenset({"timeout", "busy"})
ENDS_ALL: Final = frozenset({"request_limit"})


def find_logo(
    domain: str,
    client: Client,
    decode: Decode,
    look: Look,
    *,
    n_sure: int = MAX_CAPTURES,
    services: Sequence[LogoService] = (),
    is_hasty: bool = False,
) -> SiteLogo:
    """Return the logo of ``domain`` and up to four other candidates.

    Looking ends after ``n_sure`` candidates once the best is trustworthy and, as pixels only
    speak against candidates, none that is left can overtake it. ``services`` are asked where
    the site gives nothing for good; a failure that may pass is better tried again. Whoever is
    ``is_hasty`` tries again whatever was too slow: then the best candidate's file that does not
    come in time ends the look, lest a worse one stand in for it.

    Raises:
        FetchError: ``no_logo`` if the page shows none that can be used; ``bad_image``,
            ``empty_image`` or ``placeholder`` if that is why; else why the page could not be
            had. A service's failure is told beside it; only ``placeholder`` in its place.
    """
    try:
        return _from_site(domain, client, decode, look, _Attempt(n_sure, is_hasty))
    except FetchError as error:
        if not services or error.is_transient or error.code in UNASKED:
            raise
        return from_services(domain, client, decode, services, error)


def from_services(
    domain: str,
    client: Client,
    decode: Decode,
    services: Sequence[LogoService],
    failure: FetchError,
) -> SiteLogo:
    """Return what ``services`` have for ``domain``, whose site gave only a ``failure``.

    Raises:
        FetchError: ``placeholder``, else the site's failure, with what came of the services.
    """
    try:
        return ask_services(domain, services, client, decode)
    except FetchError as error:
        if error.code == "placeholder":
            raise FetchError(error.code, f"{error}; the site: {failure.code}") from error
        told = f"{failure}; logo services were asked, the last: {error.code}"
        raise FetchError(failure.code, told, is_transient=failure.is_transient) from error


def _from_site(
    domain: str, client: Client, decode: Decode, look: Look, attempt: "_Attempt"
) -> SiteLogo:
    url, found = _candidates(domain, client, look)
    captures = _captured(found, client, decode, attempt)
    best = captures[0].candidate
    return SiteLogo(url, kind(best), confidence(best.score), captures)


def _candidates(domain: str, client: Client, look: Look) -> tuple[str, tuple[LogoCandidate, ...]]:
    """Return where the page is and what it shows; the page itself, often megabytes, is freed."""
    page, sight = open_homepage(domain, client, look)
    files = _files(sight.files, client)
    if files:
        sight = seen(page, files, look)
    return sight.url, sight.candidates


def _files(addresses: Iterable[str], client: Client) -> dict[str, Response]:
    """Return those of a page's files that can be had."""
    found = {}
    for address in addresses:
        with suppress(FetchError):
            found[address] = client.get(address, max_bytes=MAX_FILE_BYTES)
    return found


@dataclass
class _Attempt:
    """What came of the candidates so far."""

    n_sure: int
    is_hasty: bool
    captures: list[Captured] = field(default_factory=list)
    failures: list[tuple[LogoCandidate, PipelineError]] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        n_failures = len(self.failures)
        last = self.failures[-1][1].code if self.failures else ""
        is_too_slow = self.is_hasty and last in TOO_SLOW and not self.captures
        is_ended = last in ENDS_ALL or is_too_slow
        n_tried = n_failures + len(self.captures)
        return is_ended or len(self.captures) == MAX_CAPTURES or n_tried >= MAX_TRIED

    def is_decided(self, rest: LogoCandidate) -> bool:
        """Whether enough is known, and neither ``rest`` nor what ranks below can change it."""
        scores = [one.candidate.score for one in self.captures]
        return len(scores) >= self.n_sure and max(scores) >= max(REVIEW_THRESHOLD, rest.score)


def _captured(
    found: Iterable[LogoCandidate], client: Client, decode: Decode, attempt: _Attempt
) -> tuple[Captured, ...]:
    for candidate in found:
        if candidate.score <= 0 or attempt.is_over or attempt.is_decided(candidate):
            break
        try:
            image = decode(source_bytes(candidate, client), cut(candidate))
        except (FetchError, ImageError, ChildDied) as error:
            attempt.failures.append((candidate, error))
            continue
        attempt.captures.append(Captured(with_pixels(candidate, image), image))
    usable = [one for one in attempt.captures if one.candidate.score > 0]
    if not usable:
        raise _failure(attempt)
    return tuple(sorted(usable, key=lambda one: -one.candidate.score))


def _failure(attempt: _Attempt) -> FetchError:
    """Return why no candidate could be used: the fault of the best one that had a file."""
    for candidate, error in attempt.failures:
        if isinstance(error, FetchError) and error.is_transient:
            return FetchError(error.code, _told(candidate, error), is_transient=True)
    for candidate, error in attempt.failures:
        if isinstance(error, ImageError | ChildDied):
            code = "empty_image" if error.code == "empty_image" else "bad_image"
            return FetchError(code, _told(candidate, error))
    for one in attempt.captures:
        if one.image.is_placeholder:
            address = _shown(one.candidate)
            return FetchError("placeholder", f"the page shows only a placeholder: {address}")
    return FetchError("no_logo", "the page shows no logo")


def _told(candidate: LogoCandidate, error: PipelineError) -> str:
    """Return what went wrong with which picture, which a person may want to look at."""
    return f"{error}: {_shown(candidate)}"


def _shown(candidate: LogoCandidate) -> str:
    return candidate.source_url[:MAX_SHOWN_CHARS]
