"""The expected errors, by class.

    PipelineError
      InputError            user input is not usable
        UnreadableUpload
        QuotaExceeded
        UnknownPlugin
        TooFewLogos
      FetchError            a site's logo could not be fetched
      ImageError            bytes are not a usable image
      WeightsMissing        a model's weights are not on this machine
      StorageDown           the service that holds the files does not answer
      ChildDied             a limited child process crashed, timed out or exceeded its memory limit
      WorkersDied           workers of a bulk run die at the same task again and again

``code`` is stored, shown and exported, so it never changes.
"""

from collections.abc import Mapping
from typing import Final

CODES: Final[Mapping[str, str]] = {
    "dns": "The domain does not resolve",
    "refused_address": "The domain resolves to an address that is not public",
    "connect": "The site refused the connection",
    "tls": "The site's certificate or encryption is not valid",
    "timeout": "The site did not answer in time",
    "busy": "The site was busy with our other requests",
    "http_403": "The site refused us (403)",
    "http_404": "The site has no such page (404)",
    "http_4xx": "The site answered with an error (4xx)",
    "http_5xx": "The site is broken (5xx)",
    "too_many_redirects": "The site redirects too often",
    "too_large": "The response was larger than allowed",
    "request_limit": "The site needs more requests than allowed",
    "bad_response": "The response was not valid HTTP",
    "bad_page": "The page cannot be read",
    "robots": "The site's robots.txt disallows fetching",
    "blocked": "The site blocks automated visitors",
    "consent": "The site shows only a question for consent",
    "parked": "The domain is parked, for sale, or leads to a platform",
    "moved": "The site moved to the domain of another brand",
    "needs_browser": "A script draws the page: its logo needs a browser",
    "no_browser": "The browser is not installed or does not start",
    "no_logo": "No logo was found on the page",
    "placeholder": "The only image is a placeholder",
    "bad_image": "The logo file is not a usable image",
    "empty_image": "The logo image is empty",
    "crashed": "The worker died on this site three times",
    "disk_full": "The disk is full; the domain waits for free space",
    "storage": "The storage does not answer; the domain waits for it",
}
"""Why a domain has no logo: stored on it, shown, counted and exported, so codes never change."""


class PipelineError(Exception):
    """Base of all expected errors; the message names the problem, its object and the remedy."""

    code: str = "error"


class InputError(PipelineError):
    """User input is not usable."""

    code = "bad_input"


class UnreadableUpload(InputError):
    """The uploaded file is damaged, too large, or in an unsupported format."""

    code = "unreadable_upload"


class QuotaExceeded(InputError):
    """The user would store more than allowed."""

    code = "quota"


class UnknownPlugin(InputError):
    """No plug-in is registered under this name."""

    code = "unknown_plugin"


class TooFewLogos(InputError):
    """Clustering needs at least two logos."""

    code = "too_few_logos"


class FetchError(PipelineError):
    """A site's logo could not be fetched.

    ``code`` is one of ``CODES`` and ``is_transient`` whether a later attempt may succeed.
    """

    code = "fetch"

    def __init__(self, code: str, detail: str = "", *, is_transient: bool = False) -> None:
        super().__init__(detail or code)
        self.code = code
        self.is_transient = is_transient


class ImageError(PipelineError):
    """Bytes are not a usable image: unknown format, damaged, too large, or nothing visible."""

    code = "bad_image"

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code


class WeightsMissing(PipelineError):
    """A model's weights are not here; the message holds the command that installs them."""

    code = "weights_missing"


class StorageDown(PipelineError):
    """The service that holds the files does not answer; work waits for it."""

    code = "storage"


class ChildDied(PipelineError):
    """A limited child process crashed, timed out or grew too large; ``code`` says which."""

    code = "child_died"

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code


class WorkersDied(PipelineError):
    """Workers of a bulk run die at the same task again and again, often for lack of memory."""

    code = "workers_died"
