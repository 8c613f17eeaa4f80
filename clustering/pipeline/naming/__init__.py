"""Cluster names with scores.

The first sure source wins: the word that the domains share (words.py), text read in the logo by an
optional OCR engine (reading.py), the nearest phrase of a vocabulary for image-text models
(vocabulary.py), colour and shape (visual_names.py, never sure).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image

SURE: Final = 0.5  # score from which a name is shown without "unsure"


@dataclass(frozen=True)
class Name:
    """A name and its score in [0, 1]; below 0.5 it is shown as unsure."""

    text: str
    score: float

    @property
    def is_sure(self) -> bool:
        """Whether the name is shown without a warning."""
        return self.score >= SURE


@dataclass(frozen=True)
class NamingInput:
    """The domains of a cluster, and its medoid's image on demand."""

    domains: Sequence[str]
    image: Callable[[], Image.Image | None] = lambda: None


Source = Callable[[Sequence[Image.Image]], Sequence[Name | None]]
"""Returns a name per RGBA logo, or None."""


@dataclass(frozen=True)
class NameSources:
    """Image by row, and the naming sources of a run."""

    image_of: Callable[[int], Image.Image | None] = lambda row: None
    sources: Sequence[Source] = ()
