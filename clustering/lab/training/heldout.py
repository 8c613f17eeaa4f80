"""What is held out, and how the weights of the moment do on it."""

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
JUDGED_SPACES = ("", "coin", "flag")
"""Name spaces whose pictures have partners in other sets."""


@dataclass(frozen=True)
class HeldOut:
    """Rows of the stores that nothing is trained on."""

    icons: tuple[int, ...]
    logos: tuple[int, ...]
    brands: frozenset[str]
    """Of the labelled logos."""


def held_out(
    materials: TrainingData, icons_percent: int, logos_percent: int, seed: int
) -> HeldOut:
    """Choose the brands that are held out: icons' by name, labelled logos' by seed."""
    icons = [
        row
        for row, entry in enumerate(materials.icons.entries)
        if is_held_out(entry.picture.brand, icons_percent)
    ]
    if materials.logos is None:
        return HeldOut(tuple(icons), (), frozenset())
    brands = _brands_by_kind(materials.logos, materials.truth)
    held = frozenset().union(*(held_out_brands(kind, logos_percent, seed) for kind in brands))
    rows = [row for row, one in enumerate(materials.logos.entries) if one.picture.brand in held]
    return HeldOut(tuple(icons), tuple(rows), held)


def _brands_by_kind(store: Store, truth: Mapping[str, LabelTruth]) -> list[set[str]]:
    """Brands with several domains, and those with one, so that both are held out alike."""
    found: dict[str, set[str]] = {}
    for entry in store.entries:
        if entry.picture.source == LOGOS:
            kind = truth[entry.picture.name].kind
            found.setdefault(kind, set()).add(entry.picture.brand)
    return [found[kind] for kind in sorted(found)]


def training_rows(materials: TrainingData, held: HeldOut) -> list[list[int]]:
    """Return the rows of each store that may be trained on."""
    taken = [set(held.icons), set(held.logos)]
    return [
        [row for row in range(len(store)) if row not in gone]
        for store, gone in zip(materials.stores, taken, strict=False)
    ]


@dataclass(frozen=True)
class EncoderUnderTest:
    """An encoder that only looks: folded weights, at one size of canvas."""

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


def encoder_under_test(tensors: Tensors, side_px: int, dtype: torch.dtype) -> EncoderUnderTest:
    """Fold the tensors of an encoder, in the layout that is fastest to look with."""
    folded = {}
    for name, tensor in fold(tensors).items():
        layout = torch.channels_last if tensor.ndim == 4 else torch.contiguous_format
        folded[name] = tensor.to(dtype).contiguous(memory_format=layout)
    return EncoderUnderTest(folded, side_px)


def clustering_score(
    encoder: EncoderUnderTest, materials: TrainingData, rows: Sequence[int]
) -> ClusteringScore:
    """Embed the labelled logos among ``rows``, each unique image once; views are left out."""
    store = materials.logos
    if store is None:
        return ClusteringScore(np.zeros((0, network.DIM), dtype=np.float32), (), {})
    rows = [row for row in rows if store.entries[row].picture.source == LOGOS]
    names = [store.entries[row].picture.name for row in rows]
    images = [store.pixels(row).tobytes() for row in rows]
    truth = {name: materials.truth[name] for name in names}
    return score_clustering(encoder.vectors(store, rows), names, images, truth)


def judged_icons(store: Store, held: HeldOut) -> list[int]:
    """Return the held-out rows whose marks other sets draw as well."""
    return [
        row
        for row in held.icons
        if store.entries[row].picture.brand.partition(":")[0] in JUDGED_SPACES
    ]


def judge(encoder: EncoderUnderTest, materials: TrainingData, held: HeldOut) -> dict[str, Any]:
    """Return the figures on what is held out, ready for a line of JSON."""
    store = materials.icons
    rows = judged_icons(store, held)
    figures: dict[str, Any] = {}
    if rows:
        recalls = recall_at_1(
            encoder.vectors(store, rows), [store.entries[r].picture for r in rows]
        )
        figures["recall_at_1"] = {name: round(one.share, 4) for name, one in recalls.items()}
    if held.logos:
        sweep = clustering_score(encoder, materials, held.logos).sweep("connected")
        cut = max(sweep, key=lambda cut: sweep[cut].b3_f1)
        figures |= {
            "best_cut": cut,
            "b3_f1": round(sweep[cut].b3_f1, 4),
            "singletons_clustered": round(sweep[cut].singletons_clustered, 4),
        }
    return figures
