"""The hold-out split, and the metrics of an encoder on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from clustering.lab.training.encoder import Tensors, fold
from clustering.lab.training.logos import LOGOS
from clustering.lab.training.sources import TrainingData
from clustering.lab.training.splits import held_out_brands, is_held_out
from clustering.lab.training.store import Store
from clustering.lab.training.validation import ClusteringScore, recall_at_1, score_clustering
from clustering.pipeline.embedders.logonet import network
from clustering.pipeline.evaluation import LabelTruth
from clustering.pipeline.imaging.preparation import prepare

BATCH = 16
EVALUATED_SPACES = ("", "coin", "flag")
"""Name spaces whose pictures have partners in other icon sets."""


@dataclass(frozen=True)
class HeldOut:
    """Rows of the stores that are excluded from training."""

    icons: tuple[int, ...]
    logos: tuple[int, ...]
    brands: frozenset[str]
    """Held-out brands of the labelled logos."""


def split(data: TrainingData, icons_percent: int, logos_percent: int, seed: int) -> HeldOut:
    """Choose the held-out brands: of icons by name, of labelled logos by seed."""
    icons = [
        row
        for row, entry in enumerate(data.icons.entries)
        if is_held_out(entry.picture.brand, icons_percent)
    ]
    if data.logos is None:
        return HeldOut(tuple(icons), (), frozenset())
    brands = _brands_by_kind(data.logos, data.truth)
    held = frozenset().union(*(held_out_brands(kind, logos_percent, seed) for kind in brands))
    rows = [row for row, one in enumerate(data.logos.entries) if one.picture.brand in held]
    return HeldOut(tuple(icons), tuple(rows), held)


def _brands_by_kind(store: Store, truth: Mapping[str, LabelTruth]) -> list[set[str]]:
    """Brands by kind, so that the split is stratified by it."""
    found: dict[str, set[str]] = {}
    for entry in store.entries:
        if entry.picture.source == LOGOS:
            kind = truth[entry.picture.name].kind
            found.setdefault(kind, set()).add(entry.picture.brand)
    return [found[kind] for kind in sorted(found)]


def training_rows(data: TrainingData, held: HeldOut) -> list[list[int]]:
    """Return the training rows of each store."""
    taken = [set(held.icons), set(held.logos)]
    return [
        [row for row in range(len(store)) if row not in gone]
        for store, gone in zip(data.stores, taken, strict=False)
    ]


@dataclass(frozen=True)
class FrozenEncoder:
    """Folded weights for inference at one canvas size."""

    weights: Tensors
    side_px: int

    def vectors(self, store: Store, rows: Sequence[int]) -> NDArray[np.float32]:
        """Return one unit row per stored picture, shape (len(rows), DIM)."""
        found = [np.zeros((0, network.DIM), dtype=np.float32)]
        with torch.inference_mode():
            for start in range(0, len(rows), BATCH):
                canvases = [
                    np.asarray(prepare(store.image(row), self.side_px))
                    for row in rows[start : start + BATCH]
                ]
                pixels = torch.from_numpy(np.stack(canvases)).permute(0, 3, 1, 2)
                pixels = pixels.to(self.weights["stem.weight"].device)
                found.append(network.forward(pixels, self.weights).cpu().numpy())
        return np.concatenate(found)


def frozen_encoder(tensors: Tensors, side_px: int, dtype: torch.dtype) -> FrozenEncoder:
    """Fold an encoder's tensors, in the memory layout fastest for inference."""
    folded = {}
    for name, tensor in fold(tensors).items():
        layout = torch.channels_last if tensor.ndim == 4 else torch.contiguous_format
        folded[name] = tensor.to(dtype).contiguous(memory_format=layout)
    return FrozenEncoder(folded, side_px)


def clustering_score(
    encoder: FrozenEncoder, data: TrainingData, rows: Sequence[int]
) -> ClusteringScore:
    """Embed the labelled logos among ``rows``, each distinct image once, without views."""
    store = data.logos
    if store is None:
        return ClusteringScore(np.zeros((0, network.DIM), dtype=np.float32), (), {})
    rows = [row for row in rows if store.entries[row].picture.source == LOGOS]
    names = [store.entries[row].picture.name for row in rows]
    images = [store.pixels(row).tobytes() for row in rows]
    truth = {name: data.truth[name] for name in names}
    return score_clustering(encoder.vectors(store, rows), names, images, truth)


def evaluated_icons(store: Store, held: HeldOut) -> list[int]:
    """Return the held-out rows whose brands other icon sets contain as well."""
    return [
        row
        for row in held.icons
        if store.entries[row].picture.brand.partition(":")[0] in EVALUATED_SPACES
    ]


def evaluate(encoder: FrozenEncoder, data: TrainingData, held: HeldOut) -> dict[str, Any]:
    """Return the metrics on held-out rows, ready for JSON."""
    store = data.icons
    rows = evaluated_icons(store, held)
    figures: dict[str, Any] = {}
    if rows:
        recalls = recall_at_1(
            encoder.vectors(store, rows), [store.entries[r].picture for r in rows]
        )
        figures["recall_at_1"] = {name: round(one.share, 4) for name, one in recalls.items()}
    if held.logos:
        sweep = clustering_score(encoder, data, held.logos).sweep("single")
        best = max(sweep, key=lambda threshold: sweep[threshold].b3_f1)
        figures |= {
            "best_threshold": best,
            "b3_f1": round(sweep[best].b3_f1, 4),
            "singletons_clustered": round(sweep[best].singletons_clustered, 4),
        }
    return figures
