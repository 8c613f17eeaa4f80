"""Embed the logos of a shard, and gather the distinct images of all shards."""

import io
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from PIL import Image

from clustering.pipeline.bulk.fetching import FETCH, fetch_plan, tar_name, unpacked
from clustering.pipeline.bulk.groups import LABELS, NUMBERS
from clustering.pipeline.bulk.images import image_table
from clustering.pipeline.bulk.plan import Plan
from clustering.pipeline.bulk.shape import IMAGES, shape_of
from clustering.pipeline.bulk.store import Store
from clustering.pipeline.bulk.vectors import as_column, half_rows
from clustering.pipeline.embedders import Embedder, catalogue
from clustering.pipeline.errors import InputError, PipelineError
from clustering.pipeline.imaging.shared_images import shared_placeholders

EMBED: Final = "embed"
RESULTS: Final = "domains"
BATCH: Final = 64  # images
MAX_COMPARED: Final = 3_000_000  # images whose names one task compares


def embed(store: Store, plan: Plan, number: int) -> Iterator[pa.Table]:
    """Embed the distinct logos of a fetched shard: one row group for each image shard.

    Image shards are ranges of the content hash, so that the rows of all of them are in the order
    in which a run of the interactive mode has them.
    """
    found = store.read(FETCH, number, ["domain", "sha256", "phash", "is_placeholder"])
    names: dict[str, list[str]] = {}
    known: dict[str, tuple[int, bool]] = {}
    for row in found.to_pylist():
        if row["sha256"] is not None:
            names.setdefault(row["sha256"], []).append(row["domain"])
            known[row["sha256"]] = row["phash"], row["is_placeholder"]
    hashes, vectors = _vectors(plan, store.read_bytes(tar_name(number)) or b"")
    whole = pa.table(
        {
            "sha256": pa.array(hashes, pa.string()),
            "phash": pa.array([known[one][0] for one in hashes], pa.uint64()),
            "is_placeholder": pa.array([known[one][1] for one in hashes], pa.bool_()),
            "names": pa.array([sorted(names[one]) for one in hashes], pa.list_(pa.string())),
            "vector": as_column(vectors),
        }
    )
    shards = np.array([image_shard(one, plan.n_shards) for one in hashes], dtype=np.int64)
    ends = np.searchsorted(shards, np.arange(plan.n_shards + 1))
    for start, end in pairwise(ends):
        yield whole.slice(start, end - start)


def image_shard(sha256: str, n_shards: int) -> int:
    """Return the image shard of a content hash: equal ranges, in order."""
    return int(sha256[:8], 16) * n_shards >> 32


def _vectors(plan: Plan, tar: bytes) -> tuple[list[str], NDArray[np.float32]]:
    """Return the content hashes of a tar, sorted, and a vector for each.

    An image that cannot be embedded is left out, as in the interactive mode.
    """
    embedder = _embedder(fetch_plan(plan).embedder, fetch_plan(plan).weights_dir)
    hashes: list[str] = []
    rows: list[NDArray[np.float32]] = [np.empty((0, embedder.dim), np.float32)]
    batch: list[tuple[str, Image.Image]] = []

    def flush() -> None:
        for (sha256, _), row in zip(batch, _embedded(embedder, batch), strict=True):
            if row is not None:
                hashes.append(sha256)
                rows.append(row[None])
        batch.clear()

    for sha256, png in unpacked(tar) if tar else ():
        with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
            batch.append((sha256, image.convert("RGBA")))
        if len(batch) == BATCH:
            flush()
    flush()
    return hashes, np.concatenate(rows)


def _embedded(
    embedder: Embedder, batch: Sequence[tuple[str, Image.Image]]
) -> list[NDArray[np.float32] | None]:
    """Return a vector for each image, None where it fails; if a batch fails, one by one."""
    if not batch:
        return []
    try:
        rows = embedder.embed([image for _, image in batch])
    except (PipelineError, ValueError):
        if len(batch) == 1:
            return [None]
        return [row for one in batch for row in _embedded(embedder, [one])]
    return [row if np.isfinite(row).all() else None for row in rows]


def gather(store: Store, plan: Plan, number: int) -> Iterator[pa.Table]:
    """Gather the images of a range of content hashes from all shards, each once."""
    n_shards = fetch_plan(plan).n_shards
    table = pa.concat_tables([store.read_group(EMBED, shard, number) for shard in range(n_shards)])
    hashes, names = table["sha256"].to_pylist(), table["names"].to_pylist()
    shown: dict[str, list[str]] = {}
    first: dict[str, int] = {}
    for row, sha256 in enumerate(hashes):
        first.setdefault(sha256, row)
        shown.setdefault(sha256, []).extend(names[row])
    ordered = sorted(first)
    rows = [first[sha256] for sha256 in ordered]
    images = image_table(
        half_rows(table["vector"])[rows],
        table["phash"].to_numpy()[rows],
        np.array([len(shown[sha256]) for sha256 in ordered], dtype=np.int64),
        table["is_placeholder"].to_numpy()[rows],
    )
    images = images.append_column("sha256", pa.array(ordered, pa.string()))
    listed = [sorted(shown[sha256]) for sha256 in ordered]
    yield images.append_column("names", pa.array(listed, pa.list_(pa.string())))


def shared(store: Store, plan: Plan, _number: int) -> Iterator[pa.Table]:
    """Find images shared by unrelated sites, over all shards: they are placeholders.

    Whether a site has an image of its own is known from the whole list, so this is one task. Of
    a very long list only the images of several domains are compared.
    """
    shape = shape_of(store, plan)
    is_short = shape.n_rows <= MAX_COMPARED
    names: dict[int, list[str]] = {}
    for shard in range(plan.n_shards):
        table = store.read(IMAGES, shard, ["names"])
        listed = enumerate(table["names"].to_pylist(), int(shape.offsets[shard]))
        names |= {row: shown for row, shown in listed if is_short or len(shown) > 1}
    found = sorted(shared_placeholders(names))
    yield pa.table({"row": pa.array(found, pa.int64())})


def results(store: Store, plan: Plan, number: int) -> Iterator[pa.Table]:
    """Write the label of each domain with a logo, for a group of image shards."""
    for place, shard in enumerate(shape_of(store, plan).groups[number]):
        images = store.read(IMAGES, shard, ["names", "sha256"])
        labels = store.read_group(LABELS, number, place)
        sizes = [len(names) for names in images["names"].to_pylist()]
        rows = np.repeat(np.arange(len(sizes)), sizes)
        yield pa.table(
            {
                "domain": pa.chunked_array([images["names"].combine_chunks().flatten()]),
                "sha256": images["sha256"].take(pa.array(rows)),
                "label": labels["label"].take(pa.array(rows)),
                "probability": labels["probability"].take(pa.array(rows)),
            }
        )


def medoid_logos(store: Store, plan: Plan, limit: int) -> Iterator[tuple[str, bytes]]:
    """Yield a domain and the PNG of the medoid of each of the largest clusters.

    Raises:
        InputError: if the run is not finished.
    """
    if not store.finished(NUMBERS):
        raise InputError(f"{store.root} is not finished; continue it with bulk resume")
    numbers = store.read(NUMBERS, 0, ["label", "medoid"])
    _, rows = np.unique(numbers["label"].to_numpy(), return_index=True)
    wanted = _shown(store, plan, np.sort(numbers["medoid"].to_numpy()[rows[:limit]]))
    for number in sorted(store.finished(FETCH)):
        held = store.read(FETCH, number, ["sha256"])["sha256"].to_pylist()
        if wanted.keys().isdisjoint(held):
            continue
        for sha256, png in unpacked(store.read_bytes(tar_name(number)) or b""):
            if sha256 in wanted:
                yield wanted.pop(sha256), png


def _shown(store: Store, plan: Plan, rows: NDArray[np.int64]) -> dict[str, str]:
    """Return the first domain that shows each of some images, by content hash."""
    offsets = shape_of(store, plan).offsets
    found: dict[str, str] = {}
    for shard in range(plan.n_shards):
        own = rows[(rows >= offsets[shard]) & (rows < offsets[shard + 1])] - offsets[shard]
        if len(own):
            table = store.read(IMAGES, shard, ["sha256", "names"]).take(pa.array(own))
            found |= {row["sha256"]: row["names"][0] for row in table.to_pylist()}
    return found


@cache
def _embedder(name: str, weights_dir: str) -> Embedder:
    return catalogue.create(name, weights_dir=Path(weights_dir))
