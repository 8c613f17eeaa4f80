"""Every error that the pipeline foresees.

    PipelineError
      InputError            what a person gave cannot be used
        UnreadableUpload
        UnknownPlugin
        TooFewLogos
      FetchError            a site did not give its logo
      ImageError            bytes are no usable image
      WeightsMissing        a model's weights are not on this machine (transient)
      ChildDied             a limited child process crashed, hung or grew too large

``code`` is stored, shown and exported, so it never changes. ``transient`` says that the
same call may go through later; the services back off and try again.
"""

from collections.abc import Mapping
from typing import ClassVar, Final

CODES: Final[Mapping[str, str]] = {
    "dns": "The name does not resolve",
    "refused_address": "The name leads to an address that is not public",
    "connect": "The site refused the connection",
    "tls": "The site's certificate or encryption is not valid",
    "timeout": "The site did not answer in time",
    "busy": "The site was busy with our other requests",
    "http_403": "The site refused us (403)",
    "http_404": "The site has no such page (404)",
    "http_4xx": "The site answered with an error (4xx)",
    "http_5xx": "The site is broken (5xx)",
    "too_many_redirects": "The site redirects in circles",
    "too_large": "The answer was larger than allowed",
    "request_limit": "The site needs more requests than we make",
    "bad_response": "The answer was no valid HTTP",
    "bad_page": "The page cannot be read",
    "robots": "The site's robots.txt asks us to stay away",
    "blocked": "The site shows robots a wall",
    "parked": "The domain is parked or leads to another brand",
    "no_logo": "The page shows no logo",
    "placeholder": "There is only a stand-in for a logo",
    "bad_image": "The logo's file is no usable image",
    "empty_image": "The logo's file shows nothing",
    "crashed": "The worker died on this site three times",
    "disk_full": "The disk is full; the domain waits for room",
}
"""Why a domain has no logo: stored on it, shown, counted and exported, so codes never change."""


class PipelineError(Exception):
    """Base of all foreseen errors; the message says what, which, and what to do."""

    code: str = "error"
    transient: ClassVar[bool] = False


class InputError(PipelineError):
    """What a person gave cannot be used."""

    code = "bad_input"


class UnreadableUpload(InputError):
    """The uploaded file is damaged, too large, or of a kind that we don't read."""

    code = "unreadable_upload"


class UnknownPlugin(InputError):
    """No plug-in is registered under this name."""

    code = "unknown_plugin"


class TooFewLogos(InputError):
    """Clustering needs at least two logos."""

    code = "too_few_logos"


class FetchError(PipelineError):
    """A site did not give its logo.

    ``code`` is one of ``CODES`` and ``is_transient`` whether a later try may succeed.
    """

    code = "fetch"

    def __init__(self, code: str, detail: str = "", *, is_transient: bool = False) -> None:
        super().__init__(detail or code)
        self.code = code
        self.is_transient = is_transient


class ImageError(PipelineError):
    """Bytes are no usable image: unknown format, damaged, too large, or nothing visible."""

    code = "bad_image"

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code


class WeightsMissing(PipelineError):
    """A model's weights are not here; the message holds the command that brings them."""

    code = "weights_missing"
    transient: ClassVar[bool] = True


class ChildDied(PipelineError):
    """A limited child process crashed, hung or grew too large; ``code`` says which."""

    code = "child_died"

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code
