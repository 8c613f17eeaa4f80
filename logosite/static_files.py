"""Storage of the collected static files."""

from typing import Any

from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped
    """Compresses with gzip alone: brotli costs a minute of a core at the first start."""

    def create_compressor(self, **kwargs: Any) -> Compressor:
        """Return what compresses each file beside the original."""
        return super().create_compressor(use_brotli=False, **kwargs)
