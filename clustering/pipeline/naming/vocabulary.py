"""The nearest phrase of a vocabulary, by a model that embeds both images and texts."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clustering.pipeline.embedders import TextEmbedder
from clustering.pipeline.naming import Name

PROMPTS: Final = ("a logo of {}", "a company logo with {}", "a flat icon of {}")
TEMPERATURE: Final = 0.01  # CLIP's training temperature
MAX_SCORE: Final = 0.9999  # below 1 despite rounding


class VocabularySource:
    """Naming source: zero-shot classification (Radford et al., 2021)."""

    def __init__(self, embedder: TextEmbedder, phrases: Sequence[str] | None = None) -> None:
        self._embedder = embedder
        self._phrases = phrases if phrases is not None else shipped_phrases()
        self._rows = _phrase_rows(embedder, self._phrases)

    def __call__(self, images: Sequence[Image.Image]) -> list[Name | None]:
        """Return the likeliest phrase of each RGBA logo; its score is the phrase's probability.

        Ties go to the earlier phrase.
        """
        if not images:
            return []
        logits = self._embedder.embed(images) @ self._rows.T / TEMPERATURE
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares = weights / weights.sum(axis=1, keepdims=True)
        return [self._named(row) for row in shares]

    def _named(self, shares: NDArray[np.float32]) -> Name:
        best = int(np.argmax(shares))
        text = self._phrases[best].removeprefix("a ").removeprefix("an ")
        return Name(text[:1].upper() + text[1:], round(min(float(shares[best]), MAX_SCORE), 4))


@cache
def shipped_phrases() -> tuple[str, ...]:
    """Return the vocabulary, one phrase per line of vocabulary.txt."""
    text = files("clustering.pipeline.naming").joinpath("vocabulary.txt").read_text("utf-8")
    return tuple(line for line in text.splitlines() if line)


def _phrase_rows(embedder: TextEmbedder, phrases: Sequence[str]) -> NDArray[np.float32]:
    """Return the mean row over the prompts for each phrase, of norm 1, shape (len, dim)."""
    rows = sum(
        embedder.embed_texts([prompt.format(phrase) for phrase in phrases]) for prompt in PROMPTS
    )
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(norms, 1e-12), dtype=np.float32)
