"""Name sources available on this machine: OCR, text-image models."""

from collections.abc import Callable, Sequence
from functools import cache, partial

from PIL import Image

from clustering import conf
from clustering.pipeline.embedders import TextEmbedder, catalogue
from clustering.pipeline.errors import PipelineError
from clustering.pipeline.naming import Name, NameSources, Source, reading
from clustering.pipeline.naming.vocabulary import VocabularySource
from clustering.services.work import process_resources


def sight(
    embedder: str, image_of: Callable[[int], Image.Image | None], *, reads_words: bool
) -> NameSources:
    """Return the name sources of a run; models load on first use.

    Words in logos are read where ``reads_words`` asks for it and the engine is installed.
    """
    readers = _readers() if reads_words and reading.is_installed() else []
    return NameSources(image_of, (*readers, *_describers(embedder)))


def _readers() -> list[Source]:
    return [lambda images: reading.Reader(reading.rapidocr_engine())(images)]


def _describers(embedder: str) -> list[Source]:
    """The run's own model if it embeds text, else the first one that is ready."""
    candidates = [embedder, *(offer.name for offer in catalogue.offered())]
    for name in dict.fromkeys(candidates):
        if name.startswith("open_clip:") and _is_ready(name):
            return [partial(_describe, name)]
    return []


def _is_ready(name: str) -> bool:
    return catalogue.readiness(name, conf.places().weights).is_ready


def _describe(name: str, images: Sequence[Image.Image]) -> Sequence[Name | None]:
    describer = _vocabulary_source(name)
    return describer(images) if describer else [None] * len(images)


@cache
def _vocabulary_source(name: str) -> VocabularySource | None:
    """Embed the vocabulary once per process; None where the model's tokenizer is missing."""
    model = process_resources.embedder(name)
    try:
        return VocabularySource(model) if isinstance(model, TextEmbedder) else None
    except PipelineError:
        return None
