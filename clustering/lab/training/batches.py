"""Which looks a batch shows, and the views of them; equal seeds give equal batches."""

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
from clustering.lab.training.loss import Marks, Numbers
from clustering.lab.training.store import Store

VIEWS: Final = 2
OTHER_PICTURE: Final = 0.75  # how often the second view is of another picture of the look
AHEAD: Final = 3  # batches that are made while one is learned from

Rng = np.random.Generator


@dataclass(frozen=True)
class PictureRef:
    """One picture: which store, which row of it."""

    store: int
    row: int


@dataclass(frozen=True)
class Corpus:
    """All pictures to train on, grouped by look."""

    looks: tuple[tuple[PictureRef, ...], ...]
    marks: Marks
    """One row per look; the perceptual hash is its first picture's."""
    sources: tuple[tuple[str, ...], ...]
    """Of each picture of each look."""
    chances: NDArray[np.float64]
    """How often each look is drawn; sums to 1."""

    def __len__(self) -> int:
        return len(self.looks)


def corpus(
    stores: Sequence[Store], rows: Sequence[Sequence[int]], shares: Mapping[str, float]
) -> Corpus:
    """Group the given rows of each store by look.

    Args:
        shares: how much of the batches each name space gets (``""``, ``coin``, ``logo``, ...).
    """
    groups: dict[str, list[PictureRef]] = {}
    for store, chosen in enumerate(rows):
        for row in chosen:
            picture = stores[store].entries[row].picture
            groups.setdefault(picture.look, []).append(PictureRef(store, row))
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
        chances=_chances([name.partition(":")[0] for name in names], groups, names, shares),
    )


def _chances(
    spaces: list[str],
    groups: Mapping[str, list[PictureRef]],
    names: list[str],
    shares: Mapping[str, float],
) -> NDArray[np.float64]:
    """Within a space looks with several pictures come up more often, as pairs teach most."""
    weights = np.array([len(groups[name]) ** 0.5 for name in names])
    of_space = np.array(spaces)
    for space in set(spaces):
        inside = of_space == space
        weights[inside] *= shares.get(space, 0.0) / weights[inside].sum()
    return np.asarray(weights / weights.sum())


@dataclass(frozen=True)
class Draw:
    """One batch: looks, the picture of each view, and the seed of its alterations."""

    looks: Numbers
    """Shape (n_views,): the look of each canvas; views of one look are neighbours."""
    places: tuple[PictureRef, ...]
    seed: tuple[int, int]


def draw(corpus: Corpus, n_looks: int, seed: tuple[int, int]) -> Draw:
    """Choose ``n_looks`` different looks, and ``VIEWS`` pictures of each."""
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(corpus), n_looks, replace=False, p=corpus.chances)
    places = [place for look in chosen for place in _pictures(corpus, int(look), rng)]
    return Draw(np.repeat(chosen, VIEWS), tuple(places), seed)


def _pictures(corpus: Corpus, look: int, rng: Rng) -> list[PictureRef]:
    """Two pictures of a look, of different sources if it has them."""
    places, sources = corpus.looks[look], corpus.sources[look]
    first = int(rng.integers(len(places)))
    others = [at for at in range(len(places)) if sources[at] != sources[first]]
    others = others or [at for at in range(len(places)) if at != first]
    if not others or rng.random() > OTHER_PICTURE:
        return [places[first], places[first]]
    return [places[first], places[others[int(rng.integers(len(others)))]]]


@dataclass(frozen=True)
class BatchRenderer:
    """Everything that a process needs to alter pictures."""

    folders: tuple[Path, ...]
    alterer: Augmenter


_at_work: dict[str, tuple[tuple[Store, ...], Augmenter]] = {}


def _begin(painter: BatchRenderer) -> None:
    _at_work["here"] = tuple(Store(folder) for folder in painter.folders), painter.alterer


def _paint(draw: Draw) -> Pixels:
    stores, alterer = _at_work["here"]
    rng = np.random.default_rng(draw.seed)
    return np.stack(
        [
            alterer.canvas(stores[place.store].image(place.row), int(look), rng)
            for look, place in zip(draw.looks, draw.places, strict=True)
        ]
    )


def rendered_batches(
    painter: BatchRenderer, draws: Iterator[Draw]
) -> Iterator[tuple[Draw, Pixels]]:
    """Yield each draw with its canvases, shape (n, side, side, 3); a process works ahead."""
    pool = ProcessPoolExecutor(1, get_context("spawn"), partial(_begin, painter))
    with pool:
        waiting: list[tuple[Draw, Future[Pixels]]] = []
        for one in draws:
            waiting.append((one, pool.submit(_paint, one)))
            if len(waiting) > AHEAD:
                first, future = waiting.pop(0)
                yield first, future.result()
        for first, future in waiting:
            yield first, future.result()


def _codes(values: list[str]) -> Numbers:
    return np.unique(np.array(values), return_inverse=True)[1].astype(np.int64)
