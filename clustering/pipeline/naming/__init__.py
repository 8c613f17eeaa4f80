"""Names for clusters, each with how far to trust it.

In this order, the first sure one wins: the word that the domains share (words.py); words read
in the logo, where an OCR engine is installed (reading.py); the nearest phrase of a shipped
vocabulary, where a model knows images and texts (vocabulary.py); colour and shape (looks.py),
which are never sure. What a person named is none of this module's business: it stays.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image

SURE: Final = 0.5  # score from which a name is shown without "unsure"


@dataclass(frozen=True)
class Name:
    """A name and how far to trust it, in [0, 1]; below 0.5 it is shown as unsure."""

    text: str
    score: float

    @property
    def is_sure(self) -> bool:
        """Whether the name can be shown without a warning."""
        return self.score >= SURE


@dataclass(frozen=True)
class Named:
    """What a name is made from: the domains of a cluster, and its medoid when it is asked for."""

    domains: Sequence[str]
    image: Callable[[], Image.Image | None] = lambda: None


Source = Callable[[Sequence[Image.Image]], Sequence[Name | None]]
"""Names what it sees on each of some RGBA logos; None where it sees nothing."""


@dataclass(frozen=True)
class NameSources:
    """How a run sees its logos: an image by row, and who names what is on it."""

    image_of: Callable[[int], Image.Image | None] = lambda row: None
    sources: Sequence[Source] = ()
