"""The log of corrections: one is written once, and applied to the rows in either direction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from clustering.models import Correction, Run, User

Side = Literal["before", "after"]
Verb = Correction.Verb


@dataclass(frozen=True)
class _Place:
    """Where a domain is by a person's decision; ``at`` None means that none was made."""

    uid: str | None
    at: str | None
    by: int | None


def begin(run: Run, client_id: UUID) -> Correction | None:
    """Wait for rival decisions on the run; return the decision if it was already made."""
    Run.objects.select_for_update().get(pk=run.pk)
    return Correction.objects.filter(client_id=client_id).first()


def record(
    run: Run,
    user: User,
    verb: Correction.Verb,
    payload: dict[str, Any],
    client_id: UUID,
    *,
    target: Correction | None = None,
) -> Correction:
    """Write a decision down."""
    return Correction.objects.create(
        dataset_id=run.dataset_id,
        run=run,
        actor=user,
        verb=verb,
        payload=payload,
        client_id=client_id,
        target=target,
    )


def apply(run: Run, correction: Correction, side: Side) -> None:
    """Make the rows what they were before a decision, or after it."""
    if correction.verb == Verb.RENAMED:
        apply_name(run, correction.payload, side)
    else:
        apply_move(run, correction.payload, side)


def apply_name(run: Run, payload: dict[str, Any], side: Side) -> None:
    """Give the cluster of the payload the name that it had before or after."""
    run.clusters.filter(uid=payload["cluster"]).update(**payload[side])


def apply_move(run: Run, payload: dict[str, Any], side: Side) -> None:
    """Put every domain of the payload where it was before or after; one write per place."""
    groups: dict[_Place, list[int]] = {}
    after = _Place(payload["after"], payload["at"], payload["by"])
    clusters = {str(cluster.uid): cluster for cluster in run.clusters.all()}
    for domain_id, before in payload["before"].items():
        place = after if side == "after" else _Place(*before)
        if place.uid and place.uid not in clusters:  # of an earlier run, and not carried over
            place = _Place(None, None, None)
        groups.setdefault(place, []).append(int(domain_id))
    users = set(
        User.objects.filter(pk__in=[p.by for p in groups if p.by]).values_list("pk", flat=True)
    )
    for place, domain_ids in groups.items():
        run.assignments.filter(domain_id__in=domain_ids).update(
            human_cluster=clusters.get(place.uid) if place.uid else None,
            reviewed_at=datetime.fromisoformat(place.at) if place.at else None,
            reviewed_by_id=place.by if place.by in users else None,
        )
