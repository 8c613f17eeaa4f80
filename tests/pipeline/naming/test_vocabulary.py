"""The nearest phrase, with known vectors."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from clustering.pipeline.naming import SURE
from clustering.pipeline.naming.vocabulary import VocabularySource, shipped_phrases

LION, BIRD = np.eye(3, dtype=np.float32)[:2]
BETWEEN = np.array([0.6, 0.6, 0.53], dtype=np.float32)


class Known:
    """Texts about lions and birds lie on axes; an image lies where its width says."""

    key = "known"
    dim = 3

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        rows = {1: LION, 2: BIRD, 3: BETWEEN}
        return np.stack([rows[image.width] for image in images])

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([LION if "lion" in text else BIRD for text in texts])


@pytest.fixture
def describer() -> VocabularySource:
    return VocabularySource(Known(), ["a lion", "an old bird"])


def test_the_nearest_phrase_is_the_name(describer: VocabularySource) -> None:
    names = describer([Image.new("RGBA", (1, 1)), Image.new("RGBA", (2, 1))])

    assert [name.text for name in names if name] == ["Lion", "Old bird"]
    assert all(name and 0.99 < name.score < 1 for name in names)


def test_a_tie_gives_the_first_phrase_unsure(describer: VocabularySource) -> None:
    (name,) = describer([Image.new("RGBA", (3, 1))])

    assert name is not None
    assert name.text == "Lion"
    assert name.score == pytest.approx(SURE, abs=1e-4)


def test_no_images_have_no_names(describer: VocabularySource) -> None:
    assert describer([]) == []


def test_the_vocabulary_has_no_duplicates() -> None:
    phrases = shipped_phrases()

    assert len(phrases) == len(set(phrases)) > 500
    assert "a lion" in phrases
    assert all(phrase == phrase.strip() and phrase.isascii() for phrase in phrases)
