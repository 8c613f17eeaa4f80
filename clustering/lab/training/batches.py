"""Sampling of looks and pictures for each batch, and rendering of the augmented views."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.lab.training.augmentation import Augmenter, Pixels
from clustering.lab.training.marks import Marks, Numbers
from clustering.lab.training.store import Store

VIEWS: Final = 2
OTHER_PICTURE: Final = 0.75  # probability that the second view shows another picture of the look
AHEAD: Final = 3  # batches rendered in advance

Rng = np.random.Generator


@dataclass(frozen=True)
class PictureIndex:
    """Store number and row of one picture."""

    store: int
    row: int


@dataclass(frozen=True)
class Corpus:
    """The training set, grouped by look."""

    looks: tuple[tuple[PictureIndex, ...], ...]
    marks: Marks
    """One row per look, with the perceptual hash of its first picture."""
    sources: tuple[tuple[str, ...], ...]
    """Source of each picture of each look."""
    probabilities: NDArray[np.float64]
    """Sampling probability of each look; sums to 1."""

    def __len__(self) -> int:
        return len(self.looks)


def corpus(
    stores: Sequence[Store], rows: Sequence[Sequence[int]], shares: Mapping[str, float]
) -> Corpus:
    """Group the given rows of each store by look.

    Args:
        shares: share of each name space (``""``, ``coin``, ``logo``, ...) in the batches.
    """
    groups: dict[str, list[PictureIndex]] = {}
    for store, chosen in enumerate(rows):
        for row in chosen:
            picture = stores[store].entries[row].picture
            groups.setdefault(picture.look, []).append(PictureIndex(store, row))
    names = sorted(groups)
    firsts = [stores[groups[name][0].store].entries[groups[name][0].row] for name in names]
    marks = Marks(
        look=np.arange(len(names)),
        brand=_codes([entry.picture.brand for entry in firsts]),
        family=_codes([entry.picture.family for entry in firsts]),
        phash=np.array([entry.phash for entry in firsts], dtype=np.uint64),
    )
    return Corpus(
        looks=tuple(tuple(groups[name]) for name in names),
        marks=marks,
        sources=tuple(
            tuple(stores[at.store].entries[at.row].picture.source for at in groups[name])
            for name in names
        ),
        probabilities=_probabilities(
            [name.partition(":")[0] for name in names], groups, names, shares
        ),
    )


def _probabilities(
    spaces: list[str],
    groups: Mapping[str, list[PictureIndex]],
    names: list[str],
    shares: Mapping[str, float],
) -> NDArray[np.float64]:
    """Within a space proportional to sqrt(pictures): pairs of pictures are worth more."""
    weights = np.array([len(groups[name]) ** 0.5 for name in names])
    of_space = np.array(spaces)
    for space in set(spaces):
        inside = of_space == space
        weights[inside] *= shares.get(space, 0.0) / weights[inside].sum()
    return np.asarray(weights / weights.sum())


@dataclass(frozen=True)
class Batch:
    """The sampled looks and pictures of one batch, and its augmentation seed."""

    looks: Numbers
    """Shape (n_views,), the look of each canvas; views of one look are adjacent."""
    places: tuple[PictureIndex, ...]
    seed: tuple[int, int]


def sample(corpus: Corpus, n_looks: int, seed: tuple[int, int]) -> Batch:
    """Sample ``n_looks`` looks without replacement, and ``VIEWS`` pictures of each."""
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(corpus), n_looks, replace=False, p=corpus.probabilities)
    places = [place for look in chosen for place in _pictures(corpus, int(look), rng)]
    return Batch(np.repeat(chosen, VIEWS), tuple(places), seed)


def _pictures(corpus: Corpus, look: int, rng: Rng) -> list[PictureIndex]:
    """Two pictures of a look, from different sources if possible."""
    places, sources = corpus.looks[look], corpus.sources[look]
    first = int(rng.integers(len(places)))
    others = [at for at in range(len(places)) if sources[at] != sources[first]]
    others = others or [at for at in range(len(places)) if at != first]
    if not others or rng.random() > OTHER_PICTURE:
        return [places[first], places[first]]
    return [places[first], places[others[int(rng.integers(len(others)))]]]


@dataclass(frozen=True)
class BatchRenderer:
    """Arguments of the rendering process."""

    folders: tuple[Path, ...]
    augmenter: Augmenter


_process_state: dict[str, tuple[tuple[Store, ...], Augmenter]] = {}


def _initialise(renderer: BatchRenderer) -> None:
    _process_state["here"] = (
        tuple(Store(folder) for folder in renderer.folders),
        renderer.augmenter,
    )


def _render(batch: Batch) -> Pixels:
    stores, augmenter = _process_state["here"]
    rng = np.random.default_rng(batch.seed)
    return np.stack(
        [
            augmenter.canvas(stores[place.store].image(place.row), int(look), rng)
            for look, place in zip(batch.looks, batch.places, strict=True)
        ]
    )


def rendered_batches(
    renderer: BatchRenderer, batches: Iterator[Batch]
) -> Iterator[tuple[Batch, Pixels]]:
    """Yield each batch with its canvases, (n, side, side, 3), rendered by a child process."""
    pool = ProcessPoolExecutor(1, get_context("spawn"), partial(_initialise, renderer))
    with pool:
        waiting: list[tuple[Batch, Future[Pixels]]] = []
        for one in batches:
            waiting.append((one, pool.submit(_render, one)))
            if len(waiting) > AHEAD:
                first, future = waiting.pop(0)
                yield first, future.result()
        for first, future in waiting:
            yield first, future.result()


def _codes(values: list[str]) -> Numbers:
    return np.unique(np.array(values), return_inverse=True)[1].astype(np.int64)
