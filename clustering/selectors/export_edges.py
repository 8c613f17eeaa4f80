"""Pairs of similar pictures of a run, for the record linkage of other programs."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from clustering.models import LabelSource, Run
from clustering.models.run import effective
from clustering.pipeline import export_files
from clustering.pipeline.domain_words import shared_word
from clustering.pipeline.domains.suffixes import registered_word
from clustering.pipeline.pair_score import PairScore
from clustering.selectors.export_rows import Parts
from clustering.selectors.similarity import stacked
from clustering.selectors.streaming import chunks, snapshot

LOGOS_PER_BLOCK: Final = 500
COPY_DISTANCE: Final = 0.005  # between the float16 vectors of one picture in two sizes


class _Graph(NamedTuple):
    """The nearest neighbours of all logos; 4 bytes a neighbour."""

    ids: NDArray[np.int64]
    """Shape (n,), ascending."""
    near: NDArray[np.int32]
    """Shape (n, k), places in ``ids``; -1 is none."""


class _Picture(NamedTuple):
    """A logo with its first domain by name and its cluster."""

    sha256: str
    phash: str
    word: str
    cluster: int | None


def edges_parquet(run: Run, label_source: LabelSource = LabelSource.CORRECTED) -> Parts:
    """Yield pairs of neighbouring pictures, each once.

    Columns: ``id_l`` and ``id_r`` (``logo_sha256``), cosine ``distance``, ``tier`` (copy, cluster
    or similar), ``evidence``, and ``verdict`` of a person (same, different or null).
    """
    import pyarrow as pa  # heavy import

    text = pa.string()
    schema = pa.schema(
        [
            ("id_l", text),
            ("id_r", text),
            ("distance", pa.float32()),
            ("tier", text),
            ("evidence", pa.list_(text)),
            ("verdict", text),
        ]
    )
    with snapshot():
        edges = chain.from_iterable(_edges(run, label_source))
        batches = (pa.RecordBatch.from_pylist(some, schema) for some in chunks(edges))
        yield from export_files.parquet(schema, batches)


def _edges(run: Run, label_source: LabelSource) -> Iterator[list[dict[str, object]]]:
    graph = _graph(run)
    score = run.pair_score
    verdicts = _verdicts(run)
    for start in range(0, len(graph.ids), LOGOS_PER_BLOCK):
        pairs = _pairs(graph, start)
        logo_ids, vectors = stacked(run, np.unique(pairs).tolist())
        places = {logo_id: place for place, logo_id in enumerate(logo_ids)}
        pictures = _pictures(run, label_source, logo_ids)
        yield [
            _edge(
                (pictures[first], pictures[second]),
                1.0 - float(vectors[places[first]] @ vectors[places[second]]),
                score,
                verdicts.get((first, second)),
            )
            for first, second in pairs.tolist()
            if {first, second} <= pictures.keys()
        ]


def _graph(run: Run) -> _Graph:
    stored = run.neighbourhoods.order_by("first_logo_id")
    blocks = [
        (np.frombuffer(bytes(one.logo_ids), "<i8"), bytes(one.neighbour_ids))
        for one in stored.iterator(10)
    ]
    if not blocks:
        return _Graph(np.empty(0, np.int64), np.empty((0, 0), np.int32))
    ids = np.concatenate([some for some, _ in blocks])
    near = np.concatenate([_places(ids, len(some), data) for some, data in blocks])
    return _Graph(ids, near)


def _places(ids: NDArray[np.int64], n_rows: int, data: bytes) -> NDArray[np.int32]:
    named = np.frombuffer(data, "<i8").reshape(n_rows, -1)
    places = np.searchsorted(ids, named).clip(max=len(ids) - 1)
    return np.where(ids[places] == named, places, -1).astype(np.int32)


def _pairs(graph: _Graph, start: int) -> NDArray[np.int64]:
    """Return the pairs of a block of rows as logo ids, shape (n, 2), the lower id first.

    A mutual pair belongs to the row of its lower id.
    """
    near = graph.near[start : start + LOGOS_PER_BLOCK]
    rows = np.repeat(np.arange(start, start + len(near)), near.shape[1])
    others = near.ravel()
    is_mutual = (graph.near[others] == rows[:, None]).any(axis=1)
    kept = (others >= 0) & (others != rows) & ((rows < others) | ~is_mutual)
    pairs = np.sort(np.stack([rows[kept], others[kept]], axis=1), axis=1)
    named: NDArray[np.int64] = graph.ids[np.unique(pairs, axis=0)]
    return named


def _pictures(run: Run, label_source: LabelSource, logo_ids: Iterable[int]) -> dict[int, _Picture]:
    columns = ("logo_id", "logo__sha256", "logo__phash", "domain__name", "held")
    shown = run.assignments.annotate(held=effective(label_source)).filter(logo_id__in=logo_ids)
    return {
        logo_id: _Picture(sha256, phash, registered_word(name), held)
        for logo_id, sha256, phash, name, held in shown.order_by("-domain__name").values_list(
            *columns
        )
    }


def _verdicts(run: Run) -> dict[tuple[int, int], str]:
    """Return the manual decisions about pairs of logos, by their ids, the lower one first."""
    rules = list(run.pair_rules.order_by("decided_at").values_list("first", "second", "kind"))
    domains = {one for first, second, _ in rules for one in (first, second)}
    shown = run.assignments.filter(domain__in=domains)
    logos: dict[int, int] = dict(shown.values_list("domain", "logo"))
    return {
        (min(logos[first], logos[second]), max(logos[first], logos[second])): kind
        for first, second, kind in rules
        if {first, second} <= logos.keys()
    }


def _edge(
    pair: tuple[_Picture, _Picture], distance: float, score: PairScore, verdict: str | None
) -> dict[str, Any]:
    first, second = pair
    shared = shared_word(first.word, second.word)
    reasons = score.reasons(1.0 - distance, shared.text, is_equal=shared.is_equal)
    return {
        "id_l": first.sha256,
        "id_r": second.sha256,
        "distance": max(0.0, distance),
        "tier": _tier(first, second, distance),
        "evidence": [reason.value for reason in reasons],
        "verdict": verdict,
    }


def _tier(first: _Picture, second: _Picture, distance: float) -> str:
    if first.phash == second.phash and distance <= COPY_DISTANCE:
        return "copy"
    is_together = first.cluster is not None and first.cluster == second.cluster
    return "cluster" if is_together else "similar"
