"""Storage of the collected static files."""

from typing import Any

from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped
    """Compresses with gzip alone: brotli costs a minute of a core at the first start."""

    def create_compressor(self, **kwargs: Any) -> Compressor:
        """Return the compressor that writes a copy beside each file."""
        return super().create_compressor(use_brotli=False, **kwargs)
