"""Classification of single logos against a finished run, in two tasks."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from clustering.models import Classification, Cluster, Domain, Logo, Run
from clustering.pipeline.domains.names import MAX_ADDRESS_CHARS, as_shown, normalise
from clustering.pipeline.embedders import Embedder
from clustering.pipeline.errors import ImageError, PipelineError, StorageDown, WeightsMissing
from clustering.services import embedding
from clustering.services.logos.lookups import Tools
from clustering.services.placement import run_model
from clustering.services.placement.incremental import NO_VECTOR
from clustering.services.placement.run_model import ClusterPlacement
from clustering.services.storage import keep_image
from clustering.services.work import leases


def due_ids() -> list[int]:
    """Return the requests whose image is to be fetched. One query."""
    return list(Classification.objects.to_see().values_list("pk", flat=True))


def has_answers_due() -> bool:
    """Whether a request waits for its comparison."""
    return Classification.objects.to_answer().exists()


def claim(pk: int) -> Classification | None:
    """Lease a request; None if deleted, ended, or leased by another worker."""
    found = Classification.objects.filter(pk=pk).first()
    return leases.claim(found) if found else None


def fetch(asked: Classification, tools: Tools) -> None:
    """Fetch the image of a claimed request; an error ends it."""
    leases.run_claimed(asked, lambda: _fetch(asked, tools))


def _fetch(asked: Classification, tools: Tools) -> None:
    logo, source_url = fetch_logo(asked.given, tools)
    mine = Classification.objects.filter(pk=asked.pk, lease_token=asked.lease_token)
    mine.update(logo=logo, source_url=as_shown(source_url, MAX_ADDRESS_CHARS))
    leases.release(asked)


def fetch_logo(given: str, tools: Tools) -> tuple[Logo, str]:
    """Return the logo of a domain or an address, and its source URL.

    An address that is not an image is treated as a page of the site.

    Raises:
        PipelineError: if there is none.
    """
    if is_address(given):
        try:
            return keep_image(tools.fetch(given).image), given
        except ImageError:
            pass
    captured = tools.find(Domain(name=normalise(given))).captures[0]
    return keep_image(captured.image), captured.candidate.source_url


def is_address(text: str) -> bool:
    """Whether ``text`` is an address below a site's home page."""
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and parts.path.strip("/") != ""


def claim_to_answer(limit: int) -> list[Classification]:
    """Lease fetched requests of one run, the run of the oldest request."""
    due = Classification.objects.to_answer()
    oldest = due.first()
    if oldest is None:
        return []
    same_run = due.filter(run=oldest.run_id).select_related("run", "logo")[:limit]
    taken = (leases.claim(one) for one in same_run)
    return [one for one in taken if one is not None]


def answer(asked: Sequence[Classification], *, make: Callable[[str], Embedder]) -> None:
    """Classify the images of leased requests of one run.

    Leases are renewed meanwhile: a large model takes minutes per batch.
    """
    alive = leases.fail_spent(*asked)
    with leases.heartbeat(*alive):
        _answer(alive, make)


def _answer(alive: Sequence[Classification], make: Callable[[str], Embedder]) -> None:
    logos = {one.pk: one.logo for one in alive if one.logo}
    if not logos:
        return
    try:
        placements = placements_of(alive[0].run, list(logos.values()), make=make)
    except (WeightsMissing, StorageDown) as error:
        for one in alive:
            leases.postpone(one, error, embedding.WEIGHTS_RECHECK)
        return
    except PipelineError as error:
        for one in alive:
            leases.fail(one, error.code, str(error))
        return
    for one in alive:
        leases.finish(one, answer=as_json(placements.get(logos[one.pk].pk)))


def placements_of(
    run: Run, logos: Sequence[Logo], *, make: Callable[[str], Embedder]
) -> dict[int, ClusterPlacement]:
    """Return the placement of each logo in the run, by id, without those that cannot be embedded.

    Raises:
        EmbedderChanged: if the run's vectors were made by another embedder.
        WeightsMissing: if the embedder's weights are not on this machine.
    """
    embedder = embedding.embedder_of(run, make)
    lacking = Logo.objects.filter(pk__in=[logo.pk for logo in logos])
    lacking = lacking.without_embedding(embedder.key).order_by("pk")
    embedding.embed_logos(lacking, embedder=embedder)
    return run_model.place_images(run, logos)


def as_json(placement: ClusterPlacement | None) -> dict[str, Any]:
    """Return a placement as stored and as printed by ``classify --json``."""
    if placement is None:
        return {"cluster": None, "confidence": 0.0, "reason": NO_VECTOR, "candidates": []}
    return {
        "cluster": _named(placement.cluster) if placement.cluster else None,
        "confidence": round(placement.confidence, 3),
        "reason": placement.reason,
        "candidates": [
            _named(one.cluster) | {"score": round(one.score, 3), "domain": one.domain}
            for one in placement.candidates
        ],
    }


def confidence_text(confidence: float) -> str:
    """Return a confidence in words; only an identical image is certain."""
    if confidence == 1.0:
        return "certain"
    return "over 99 % sure" if confidence > 0.99 else f"{confidence:.0%} sure".replace("%", " %")


def _named(cluster: Cluster) -> dict[str, Any]:
    return {"uid": str(cluster.uid), "name": cluster.name}
