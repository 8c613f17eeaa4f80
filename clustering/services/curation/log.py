"""The log of corrections: how they are stored, and how they change rows in either direction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from clustering.models import Correction, Run, User
from clustering.pipeline.errors import PipelineError
from clustering.services import counts

VERSION = 1  # of stored payloads; those without a version are of version 1
Side = Literal["before", "after"]
Verb = Correction.Verb


class UnknownPayload(PipelineError):
    """A stored correction is of a version that this code cannot read."""

    code = "unknown_payload"


@dataclass(frozen=True)
class Review:
    """A person's decision about a domain; ``reviewed_at`` None: none was made."""

    cluster_uid: str | None
    """None with a ``reviewed_at``: an outlier."""
    reviewed_at: datetime | None
    reviewed_by: int | None

    @classmethod
    def decode(cls, uid: str | None, at: str | None, by: int | None) -> Self:
        return cls(uid, datetime.fromisoformat(at) if at else None, by)

    def encode(self) -> list[Any]:
        at = self.reviewed_at.isoformat() if self.reviewed_at else None
        return [self.cluster_uid, at, self.reviewed_by]


NOT_REVIEWED = Review(None, None, None)


@dataclass(frozen=True)
class Move:
    """Domains that were moved to one cluster, or out of all."""

    before: Mapping[int, Review]
    """By domain id."""
    after: Review
    cluster_name: str
    """Empty for outliers."""

    @classmethod
    def decode(cls, payload: Mapping[str, Any]) -> Self:
        _check_version(payload)
        before = {int(pk): Review.decode(*review) for pk, review in payload["before"].items()}
        after = Review.decode(payload["after"], payload["at"], payload["by"])
        return cls(before, after, payload.get("name", ""))

    def encode(self) -> dict[str, Any]:
        uid, at, by = self.after.encode()
        before = {str(pk): review.encode() for pk, review in self.before.items()}
        return {"before": before, "after": uid, "at": at, "by": by, "name": self.cluster_name}

    def apply(self, run: Run, side: Side) -> None:
        """Write each domain's review before or after; one update per distinct review."""
        with counts.kept(run, list(self.before)):
            self._write(run, side)

    def _write(self, run: Run, side: Side) -> None:
        reviews = (self.after,) if side == "after" else self.before.values()
        uids = {review.cluster_uid for review in reviews if review.cluster_uid}
        clusters = {str(cluster.uid): cluster for cluster in run.clusters.filter(uid__in=uids)}
        groups: dict[Review, list[int]] = {}
        for domain_id, before in self.before.items():
            review = self.after if side == "after" else before
            if review.cluster_uid and review.cluster_uid not in clusters:  # not carried over
                review = NOT_REVIEWED
            groups.setdefault(review, []).append(domain_id)
        user_ids = {review.reviewed_by for review in groups if review.reviewed_by}
        users = set(User.objects.filter(pk__in=user_ids).values_list("pk", flat=True))
        for review, domain_ids in groups.items():
            run.assignments.filter(domain_id__in=domain_ids).update(
                human_cluster=clusters.get(review.cluster_uid or ""),
                reviewed_at=review.reviewed_at,
                reviewed_by_id=review.reviewed_by if review.reviewed_by in users else None,
            )


@dataclass(frozen=True)
class ClusterName:
    """A cluster's name, and whether a person gave it."""

    name: str
    name_source: str

    def encode(self) -> dict[str, str]:
        return {"name": self.name, "name_source": self.name_source}


@dataclass(frozen=True)
class Rename:
    """Another name for one cluster."""

    cluster_uid: str
    before: ClusterName
    after: ClusterName

    @classmethod
    def decode(cls, payload: Mapping[str, Any]) -> Self:
        _check_version(payload)
        before, after = ClusterName(**payload["before"]), ClusterName(**payload["after"])
        return cls(payload["cluster"], before, after)

    def encode(self) -> dict[str, Any]:
        before, after = self.before.encode(), self.after.encode()
        return {"cluster": self.cluster_uid, "before": before, "after": after}

    def apply(self, run: Run, side: Side) -> None:
        name = self.before if side == "before" else self.after
        run.clusters.filter(uid=self.cluster_uid).update(**name.encode())


def _check_version(payload: Mapping[str, Any]) -> None:
    version = payload.get("version", 1)
    if version != VERSION:
        raise UnknownPayload(f"a correction of version {version} needs a newer Logosite")


def decode(correction: Correction) -> Move | Rename:
    """Return what a decision changed; an ``undone`` has no payload of its own."""
    kind = Rename if correction.verb == Verb.RENAMED else Move
    return kind.decode(correction.payload)


def begin(run: Run, client_id: UUID) -> Correction | None:
    """Lock the run against concurrent decisions; return the decision if it was already made."""
    Run.objects.select_for_update().get(pk=run.pk)
    return Correction.objects.filter(client_id=client_id).first()


def record(
    run: Run,
    user: User,
    verb: Correction.Verb,
    change: Move | Rename | None,
    client_id: UUID,
    *,
    target: Correction | None = None,
) -> Correction:
    """Write a decision to the log."""
    return Correction.objects.create(
        dataset_id=run.dataset_id,
        run=run,
        actor=user,
        verb=verb,
        payload=change.encode() | {"version": VERSION} if change else {},
        client_id=client_id,
        target=target,
    )
