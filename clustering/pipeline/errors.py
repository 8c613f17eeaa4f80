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

from typing import ClassVar


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

    ``code`` is one of the taxonomy in ``pipeline/web/__init__.py`` (dns, tls, connect,
    timeout, http_403, blocked, no_logo, ...) and ``is_transient`` whether a later try
    may succeed.
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
