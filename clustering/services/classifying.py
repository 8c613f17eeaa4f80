"""Single logos held against a finished run: asked on a page, seen and answered by workers."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from django.utils import timezone

from clustering.models import Classification, Cluster, Dataset, Domain, Logo, Run, User
from clustering.pipeline.domains.names import MAX_ADDRESS_CHARS, as_shown, normalise
from clustering.pipeline.embedders import Embedder
from clustering.pipeline.errors import ImageError, InputError, PipelineError, WeightsMissing
from clustering.services import embedding, leases, placing
from clustering.services.latecomers import NO_VECTOR
from clustering.services.logos import keep_image
from clustering.services.lookups import Tools
from clustering.services.placing import Verdict

MOST_AT_ONCE: Final = 50  # lines or files; for more, add them to the data set
Kind = Classification.Kind


@dataclass(frozen=True)
class Refused:
    """A line that names nothing to look at, and why."""

    text: str
    reason: str


@dataclass(frozen=True)
class Upload:
    """An image that a person gave, decoded and stored."""

    name: str
    logo: Logo


def ask(run: Run, user: User, lines: Iterable[str]) -> list[Refused]:
    """Ask about domains and addresses, one a line; return the lines that are neither.

    Raises:
        InputError: if there is no line, or more than 50.
    """
    asked, refused = [], []
    for line in _checked([line.strip() for line in lines if line.strip()]):
        try:
            asked.append(_asked(run, user, line))
        except InputError as error:
            refused.append(Refused(as_shown(line), str(error)))
    Classification.objects.bulk_create(asked)
    return refused


def ask_about(run: Run, user: User, uploads: Sequence[Upload]) -> None:
    """Ask about images that were uploaded.

    Raises:
        InputError: if there are more than 50.
    """
    Classification.objects.bulk_create(
        Classification(
            dataset_id=run.dataset_id,
            run=run,
            asked_by=user,
            kind=Kind.FILE,
            given=as_shown(one.name),
            logo=one.logo,
        )
        for one in _checked(uploads)
    )


def _checked(given: Sequence[Any]) -> Sequence[Any]:
    if not given:
        raise InputError("give a domain or an address on each line, or choose images")
    if len(given) > MOST_AT_ONCE:
        raise InputError(
            f"{len(given)} are more than the {MOST_AT_ONCE} that are compared at once; to sort"
            " many in, add them to the data set"
        )
    return given


def _asked(run: Run, user: User, line: str) -> Classification:
    """Return the question: an address with a path may be an image, else it names a site."""
    name = normalise(line)
    parts = urlsplit(line)
    is_address = parts.scheme in ("http", "https") and parts.path.strip("/") != ""
    return Classification(
        dataset_id=run.dataset_id,
        run=run,
        asked_by=user,
        kind=Kind.ADDRESS if is_address else Kind.SITE,
        given=as_shown(line, MAX_ADDRESS_CHARS) if is_address else name,
    )


def asked_of(dataset: Dataset, limit: int) -> list[Classification]:
    """Return the newest questions about the data set. One query."""
    newest = dataset.classifications.select_related("run", "logo", "added_as", "asked_by")
    return list(newest[:limit])


def due_ids() -> list[int]:
    """Return the questions whose image no worker fetches. One query."""
    return list(Classification.objects.to_see().values_list("pk", flat=True))


def has_answers_due() -> bool:
    """Say whether an image waits to be compared."""
    return Classification.objects.to_answer().exists()


def forget_old() -> None:
    """Delete questions that were asked a week ago."""
    Classification.objects.forgettable().delete()


def claim(pk: int) -> Classification | None:
    """Lease a question; None if it is gone, has ended, or another worker holds it."""
    found = Classification.objects.filter(pk=pk).first()
    return leases.take(found) if found else None


def see(asked: Classification, tools: Tools) -> None:
    """Get the image of a claimed question; what goes wrong is its answer."""
    if leases.is_spent(asked):
        return
    with leases.kept(asked):
        try:
            logo, source_url = _sight(asked, tools)
        except PipelineError as error:
            leases.fail(asked, error.code, str(error))
            return
        mine = Classification.objects.filter(pk=asked.pk, lease_token=asked.lease_token)
        mine.update(logo=logo, source_url=as_shown(source_url, MAX_ADDRESS_CHARS))
    leases.release(asked)


def _sight(asked: Classification, tools: Tools) -> tuple[Logo, str]:
    """An address that is no image is taken for a page of the site whose logo is meant."""
    if asked.kind == Kind.ADDRESS:
        try:
            return keep_image(tools.fetch(asked.given), tools.root), asked.given
        except ImageError:
            pass
    captured = tools.find(Domain(name=normalise(asked.given))).captures[0]
    return keep_image(captured.image, tools.root), captured.candidate.source_url


def claim_to_answer(limit: int) -> list[Classification]:
    """Lease questions about one run whose images are there; the oldest decides which run."""
    due = Classification.objects.to_answer()
    oldest = due.first()
    if oldest is None:
        return []
    same_run = due.filter(run=oldest.run_id).select_related("run", "logo")[:limit]
    taken = (leases.take(one) for one in same_run)
    return [one for one in taken if one is not None]


def answer(
    asked: Sequence[Classification], *, make: Callable[[str], Embedder], root: Path
) -> None:
    """Compare the images of claimed questions about one run with that run's.

    A batch takes seconds, so its leases need no heartbeat; and compared twice is as good.
    """
    alive = [one for one in asked if not leases.is_spent(one)]
    logos = {one.pk: one.logo for one in alive if one.logo}
    if not logos:
        return
    try:
        verdicts = verdicts_on(alive[0].run, list(logos.values()), make=make, root=root)
    except WeightsMissing as error:
        for one in alive:
            leases.wait(one, error, embedding.WEIGHTS_RECHECK)
        return
    except PipelineError as error:
        for one in alive:
            leases.fail(one, error.code, str(error))
        return
    for one in alive:
        _succeed(one, as_json(verdicts.get(logos[one.pk].pk)))


def verdicts_on(
    run: Run, logos: Sequence[Logo], *, make: Callable[[str], Embedder], root: Path
) -> dict[int, Verdict]:
    """Return where each logo belongs in the run, by id; one that cannot be embedded is left out.

    Raises:
        EmbedderChanged: if the run's vectors were made by another embedder.
        WeightsMissing: if the embedder's weights are not on this machine.
    """
    embedder = embedding.embedder_of(run, make)
    lacking = Logo.objects.filter(pk__in=[logo.pk for logo in logos])
    lacking = lacking.without_embedding(embedder.key).order_by("pk")
    embedding.embed_logos(lacking, embedder=embedder, root=root)
    return placing.verdicts(run, logos)


def as_json(verdict: Verdict | None) -> dict[str, Any]:
    """Return a verdict as it is stored, and as ``classify --json`` prints it."""
    if verdict is None:
        return {"cluster": None, "confidence": 0.0, "reason": NO_VECTOR, "candidates": []}
    return {
        "cluster": _named(verdict.cluster) if verdict.cluster else None,
        "confidence": round(verdict.confidence, 3),
        "reason": verdict.reason,
        "candidates": [
            _named(one.cluster) | {"score": round(one.score, 3), "domain": one.domain}
            for one in verdict.candidates
        ],
    }


def _named(cluster: Cluster) -> dict[str, Any]:
    return {"uid": str(cluster.uid), "name": cluster.name}


def _succeed(asked: Classification, answered: dict[str, Any]) -> None:
    mine = Classification.objects.filter(pk=asked.pk, lease_token=asked.lease_token).unfinished()
    mine.update(
        status=Classification.Status.SUCCEEDED,
        answer=answered,
        error_code="",
        error_detail="",
        lease_token=None,
        finished_at=timezone.now(),
    )
