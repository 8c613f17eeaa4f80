"""The embed stage: vectors for the logos that lack one under a run's embedder."""

import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray
from PIL import Image

from clustering.models import Embedding, Logo, Run
from clustering.pipeline.embedders import Embedder
from clustering.pipeline.embedders.prepared import prepared
from clustering.pipeline.embedders.stored import unit_rows
from clustering.pipeline.errors import InputError, PipelineError, StorageDown, WeightsMissing
from clustering.selectors.unembedded import next_unembedded
from clustering.services.storage import opened
from clustering.services.work import leases

UNREADABLE = "unreadable_file"
UNEMBEDDABLE = "embed_failed"
READ_THREADS = 8

Vector = NDArray[np.float32]
WEIGHTS_RECHECK = timedelta(seconds=20)

logger = logging.getLogger(__name__)


class EmbedderChanged(InputError):
    """The available embedder differs from the one that made the run's vectors."""

    code = "embedder_changed"


def embed_for(
    run: Run,
    *,
    make: Callable[[str], Embedder],
    limit: int,
    counts_total: bool = True,
) -> None:
    """Embed a batch of logos for a leased run, and release the run.

    Without its weights or the storage the run waits; an embedder that cannot be made ends it.
    The total is not counted while logos are still fetched.
    """
    if not leases.fail_spent(run):
        return
    with leases.heartbeat(run):
        try:
            embedder = prepared(make(run.embedder), run.preparation)
            _adopt_key(run, embedder.key)
            if counts_total and run.n_to_embed is None:
                _begin(run)
            _embed_next(run, embedder, limit)
        except (WeightsMissing, StorageDown) as error:
            leases.postpone(run, error, WEIGHTS_RECHECK)
            return
        except PipelineError as error:
            leases.fail(run, error.code, str(error))
            return
    leases.release(run)


def has_batch(run: Run, limit: int) -> bool:
    """Whether ``limit`` logos wait for a vector. At most two queries."""
    return next_unembedded(run)[limit - 1 : limit].exists()


def _adopt_key(run: Run, key: str) -> None:
    """Set the key of the available embedder; machine and weights decide it.

    The web process that created the run may have other weights or no bfloat16, and its key
    would never get a vector.
    """
    if run.embedder_key != key:
        _set(run, embedder_key=key, n_to_embed=None, embedded_to=None, embedded_to_id=0)


def _embed_next(run: Run, embedder: Embedder, limit: int) -> None:
    """Embed the next logos of a run, and store the progress."""
    batch = next_unembedded(run).select_related("logo", "domain")[:limit]
    captures = list(batch)
    logos = {capture.logo_id: capture.logo for capture in captures}
    n_failed = embed_logos(logos.values(), embedder=embedder)
    last = captures[-1].domain if captures else None
    _set(
        run,
        n_embedded=run.n_embedded + len(logos),
        n_embed_failed=run.n_embed_failed + n_failed,
        embedded_to=last.logo_changed_at if last else run.embedded_to,
        embedded_to_id=last.pk if last else run.embedded_to_id,
    )


def _begin(run: Run) -> None:
    """Count the logos once, for the progress of all batches. Three queries, one write."""
    logos = Logo.objects.of_dataset(run.dataset)
    n_left, n_all = logos.without_embedding(run.embedder_key).count(), logos.count()
    failed = Embedding.objects.filter(embedder_key=run.embedder_key).exclude(error_code="")
    _set(
        run,
        n_to_embed=n_all,
        n_embedded=n_all - n_left,
        n_embedded_before=n_all - n_left,
        n_embed_failed=failed.filter(logo__in=logos).count(),
        embed_started_at=timezone.now(),
    )


def _set(run: Run, **values: Any) -> None:
    """Write fields of a run while its lease is held."""
    Run.objects.filter(pk=run.pk, lease_token=run.lease_token).update(**values)
    for name, value in values.items():
        setattr(run, name, value)


def embedder_of(run: Run, make: Callable[[str], Embedder]) -> Embedder:
    """Return the embedder that made the vectors of a finished run.

    Raises:
        EmbedderChanged: if this machine's gives other vectors, which must not be mixed in.
        WeightsMissing: if its weights are not on this machine.
    """
    embedder = prepared(make(run.embedder), run.preparation)
    if embedder.key != run.embedder_key:
        raise EmbedderChanged(
            f'the run "{run.title}" was made by {run.embedder_key}, this machine has'
            f" {embedder.key}: start a new run and compare with that"
        )
    return embedder


def embed_logos(chosen: Iterable[Logo], *, embedder: Embedder) -> int:
    """Embed logos without a vector; return how many failed.

    A logo whose file cannot be read or embedded is recorded with a code, so that it is
    neither tried for ever nor counted as embedded. Vectors are keyed by logo: an image that
    fails leaves no gap that could shift its neighbours.
    """
    logos = list(chosen)
    readable, images = _open(logos)
    made = dict(zip((logo.pk for logo in readable), _vectors(embedder, images), strict=True))
    rows = [_embedding(logo, embedder.key, made.get(logo.pk, UNREADABLE)) for logo in logos]
    Embedding.objects.bulk_create(rows, ignore_conflicts=True)
    return sum(row.error_code != "" for row in rows)


def _vectors(embedder: Embedder, images: Sequence[Image.Image]) -> list[Vector | str]:
    """Return a vector per image, or the code of the failure in its place.

    If a batch fails, each image is tried alone.
    """
    if not images:
        return []
    try:
        return [_checked(row) for row in embedder.embed(images)]
    except (PipelineError, ValueError) as error:
        if len(images) == 1:
            logger.warning("an image could not be embedded: %s", error)
            return [UNEMBEDDABLE]
    return [vector for image in images for vector in _vectors(embedder, [image])]


def _checked(row: Vector) -> Vector | str:
    return row if np.isfinite(row).all() else UNEMBEDDABLE


def _open(logos: Sequence[Logo]) -> tuple[list[Logo], list[Image.Image]]:
    """Return the logos that can be read, with their images; in parallel, for a remote storage."""
    with ThreadPoolExecutor(READ_THREADS) as threads:
        images = list(threads.map(opened, [logo.sha256 for logo in logos]))
    found = [(logo, image) for logo, image in zip(logos, images, strict=True) if image]
    return [logo for logo, _ in found], [image for _, image in found]


def _embedding(logo: Logo, key: str, made: Vector | str) -> Embedding:
    if isinstance(made, str):
        return Embedding(logo=logo, embedder_key=key, dim=0, vector=b"", error_code=made)
    stored = made.astype("<f2").tobytes()
    return Embedding(logo=logo, embedder_key=key, dim=len(made), vector=stored)


def vectors_of(
    logo_ids: Sequence[int], embedder_key: str
) -> tuple[list[int], NDArray[np.float32]]:
    """Return the ids that have a vector, in the order given, and their unit rows. One query."""
    stored = Embedding.objects.filter(embedder_key=embedder_key, error_code="")
    found = {row.logo_id: row.as_array() for row in stored.filter(logo_id__among=logo_ids)}
    ids = [logo_id for logo_id in logo_ids if logo_id in found]
    if not ids:
        return [], np.zeros((0, 0), np.float32)
    return ids, unit_rows(np.stack([found[logo_id] for logo_id in ids]))
