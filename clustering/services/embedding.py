"""The embed stage: vectors for the logos that lack one under a run's embedder."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clustering.models import Dataset, Embedding, Logo, Run
from clustering.pipeline.embedders import Embedder
from clustering.pipeline.embedders.prepared import prepared
from clustering.pipeline.errors import InputError, PipelineError, WeightsMissing
from clustering.services import leases
from clustering.services.logos import logo_file

UNREADABLE = "unreadable_file"
IDS_PER_QUERY = 10_000  # SQLite binds 32,766 values at most

WEIGHTS_RECHECK = timedelta(seconds=20)


class EmbedderChanged(InputError):
    """The embedder that made the run's vectors is not the one that there is."""

    code = "embedder_changed"


def embed_for(run: Run, *, make: Callable[[str], Embedder], root: Path, limit: int) -> None:
    """Embed a batch of the logos that a leased run lacks, and hand the run back.

    Without its weights the run waits; an embedder that cannot be made ends it.
    """
    if leases.is_spent(run):
        return
    with leases.kept(run):
        try:
            embedder = prepared(make(run.embedder), run.preparation)
        except WeightsMissing as error:
            leases.wait(run, error, WEIGHTS_RECHECK)
            return
        except PipelineError as error:
            leases.fail(run, error.code, str(error))
            return
        _adopt_key(run, embedder.key)
        embed_batch(run.dataset, embedder=embedder, root=root, limit=limit)
    leases.release(run)


def _adopt_key(run: Run, key: str) -> None:
    """Follow the embedder that there is: its machine and its weights decide the key.

    The run was asked for where the weights, or the processor's bfloat16, may have been
    others; under that key there would never be a vector.
    """
    if run.embedder_key != key:
        Run.objects.filter(pk=run.pk, lease_token=run.lease_token).update(embedder_key=key)


def embedder_of(run: Run, make: Callable[[str], Embedder]) -> Embedder:
    """Return the embedder that made the vectors of a finished run.

    Raises:
        EmbedderChanged: if this machine's gives other vectors, which must not be mixed in.
        WeightsMissing: if its weights are not on this machine.
    """
    embedder = prepared(make(run.embedder), run.preparation)
    if embedder.key != run.embedder_key:
        raise EmbedderChanged(
            f"{run.slug} was made by {run.embedder_key}, and there is {embedder.key}: start a new"
            " run, and compare with that"
        )
    return embedder


def embed_batch(dataset: Dataset, *, embedder: Embedder, root: Path, limit: int) -> int:
    """Embed up to ``limit`` logos of ``dataset``; return how many were taken on.

    A logo whose file cannot be read is recorded with a code, so that it is neither tried
    for ever nor counted as embedded. Vectors are keyed by logo: an image that fails leaves
    no gap that could shift its neighbours.
    """
    chosen = Logo.objects.of_dataset(dataset).without_embedding(embedder.key).order_by("pk")
    return embed_logos(chosen[:limit], embedder=embedder, root=root)


def embed_logos(chosen: Iterable[Logo], *, embedder: Embedder, root: Path) -> int:
    """Embed the logos, which have no vector so far; return how many there were."""
    logos = list(chosen)
    readable, images = _open(logos, root)
    vectors = embedder.embed(images) if images else np.zeros((0, embedder.dim), np.float32)
    rows = [
        _embedding(logo, embedder.key, row) for logo, row in zip(readable, vectors, strict=True)
    ]
    known = {logo.pk for logo in readable}
    rows += [_failure(logo, embedder.key) for logo in logos if logo.pk not in known]
    Embedding.objects.bulk_create(rows, ignore_conflicts=True)
    return len(logos)


def _open(logos: Sequence[Logo], root: Path) -> tuple[list[Logo], list[Image.Image]]:
    readable, images = [], []
    for logo in logos:
        try:
            with Image.open(logo_file(root, logo.sha256), formats=["PNG"]) as image:
                images.append(image.convert("RGBA"))
        except (OSError, ValueError):
            continue
        readable.append(logo)
    return readable, images


def _embedding(logo: Logo, key: str, vector: NDArray[np.float32]) -> Embedding:
    return Embedding(
        logo=logo, embedder_key=key, dim=len(vector), vector=vector.astype("<f2").tobytes()
    )


def unit_rows(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return rows of norm 1: storage as float16 leaves norms a little off."""
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(norms, 1e-12), dtype=np.float32)


def _failure(logo: Logo, key: str) -> Embedding:
    return Embedding(logo=logo, embedder_key=key, dim=0, vector=b"", error_code=UNREADABLE)


def vectors_of(
    logo_ids: Sequence[int], embedder_key: str
) -> tuple[list[int], NDArray[np.float32]]:
    """Return the ids that have a vector, in the order given, and their unit rows.

    One query per 10,000 ids.
    """
    found = {}
    for start in range(0, len(logo_ids), IDS_PER_QUERY):
        part = logo_ids[start : start + IDS_PER_QUERY]
        stored = Embedding.objects.filter(embedder_key=embedder_key, error_code="")
        found.update({row.logo_id: row.as_array() for row in stored.filter(logo_id__in=part)})
    ids = [logo_id for logo_id in logo_ids if logo_id in found]
    if not ids:
        return [], np.zeros((0, 0), np.float32)
    return ids, unit_rows(np.stack([found[logo_id] for logo_id in ids]))
