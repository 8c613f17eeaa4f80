"""How often, and how fast, the words in logos are read."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from clustering.pipeline.naming.reading import Engine, read, words_of


@dataclass(frozen=True)
class WordScores:
    """Counts of logos, and milliseconds of one core per logo."""

    n: int
    n_with_text: int
    n_with_brand: int
    """Logos in which the word of their brand was read, letter by letter."""
    mean_ms: float
    median_ms: float
    p95_ms: float
    longest_ms: float


def scores(logos: Iterable[tuple[Image.Image, str]], engine: Engine) -> WordScores:
    """Read RGBA logos, each with the word of its brand; at least one."""
    spent, texts, brands = [], [], []
    for image, brand in logos:
        started = time.process_time()
        lines = read(image, engine)
        spent.append(1000 * (time.process_time() - started))
        texts.append("".join(word for line in lines for word in words_of(line.text)))
        brands.append("".join(words_of(brand)))
    return WordScores(
        n=len(spent),
        n_with_text=sum(map(bool, texts)),
        n_with_brand=sum(brand in text for text, brand in zip(texts, brands, strict=True)),
        mean_ms=float(np.mean(spent)),
        median_ms=float(np.median(spent)),
        p95_ms=float(np.percentile(spent, 95)),
        longest_ms=max(spent),
    )
