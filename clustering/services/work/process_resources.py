"""Per-process singletons: decoder pool, embedder."""

import atexit
import logging
from functools import cache
from threading import Lock

from clustering import conf
from clustering.pipeline.embedders import DEFAULT, Embedder, catalogue
from clustering.pipeline.errors import PipelineError
from clustering.pipeline.finders.page_reader import PageReaders
from clustering.pipeline.imaging import NormalisedImage
from clustering.pipeline.imaging.decoder import Decoder

_MAKING = Lock()
logger = logging.getLogger(__name__)


def decoder() -> PageReaders:
    """Return the pool of sandboxed decoders, shared by all threads."""
    with _MAKING:  # the cache alone would let concurrent threads make several pools
        return _decoder()


def decode_once(data: bytes) -> NormalisedImage:
    """Decode in a new child process, for processes without a pool.

    Raises:
        ImageError: ``bad_image`` or ``empty_image``.
        ChildDied: the bytes crashed the decoder, or cost more than its limits.
    """
    with Decoder(1) as alone:
        return alone.decode(data)


def close_decoder() -> None:
    """End the decoders, if any were made."""
    with _MAKING:
        if _decoder.cache_info().currsize:
            _decoder().close()
            _decoder.cache_clear()


@cache
def _decoder() -> PageReaders:
    pool = PageReaders(conf.decoder_processes())
    atexit.register(pool.close)  # ended with the process
    return pool


@cache
def embedder(name: str) -> Embedder:
    """Return an embedder, its model loaded; raises WeightsMissing."""
    return catalogue.create(name, weights_dir=conf.places().weights)


def warm_up() -> None:
    """Load what the first run of a data set needs, so that it does not wait for it."""
    from clustering.pipeline.projectors.umap import compile_kernels

    try:
        embedder(DEFAULT)
    except PipelineError as error:  # a run with this embedder tells it too
        logger.warning("the default embedder cannot be loaded: %s", error)
    compile_kernels()
