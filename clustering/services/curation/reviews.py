"""Corrections of single logos: moved, accepted, made outliers, ignored, restored."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from clustering.models import Cluster, Run, User
from clustering.pipeline.errors import InputError
from clustering.services import counts
from clustering.services.curation.clusters import known
from clustering.services.curation.payloads import Side, check_version, counted


@dataclass(frozen=True)
class Review:
    """The human label of a domain; not reviewed if ``reviewed_at`` is None."""

    cluster_uid: str | None
    """None with a ``reviewed_at``: an outlier."""
    reviewed_at: datetime | None
    reviewed_by: int | None
    is_ignored: bool = False

    @classmethod
    def decode(cls, uid: str | None, at: str | None, by: int | None, *flags: bool) -> Self:
        return cls(uid, datetime.fromisoformat(at) if at else None, by, any(flags))

    def encode(self) -> list[Any]:
        at = self.reviewed_at.isoformat() if self.reviewed_at else None
        flags = [True] if self.is_ignored else []  # absent: as before there was the flag
        return [self.cluster_uid, at, self.reviewed_by, *flags]


NOT_REVIEWED = Review(None, None, None)


@dataclass(frozen=True)
class Move:
    """Domains that were moved to one cluster, made outliers, or ignored."""

    before: Mapping[int, Review]
    """By domain id."""
    after: Review
    cluster_name: str
    """Empty for outliers and ignored logos."""

    @classmethod
    def decode(cls, payload: Mapping[str, Any]) -> Self:
        check_version(payload)
        is_ignored = payload.get("ignored", False)
        after = Review.decode(payload["after"], payload["at"], payload["by"], is_ignored)
        return cls(_decoded(payload["before"]), after, payload.get("name", ""))

    def encode(self) -> dict[str, Any]:
        uid, at, by, *_ = self.after.encode()
        ignored = {"ignored": True} if self.after.is_ignored else {}
        before = _encoded(self.before)
        kept = {"before": before, "after": uid, "at": at, "by": by, "name": self.cluster_name}
        return kept | ignored

    @property
    def label(self) -> str:
        logos = counted(len(self.before), "logo")
        if self.after.is_ignored:
            return f"ignoring of {logos}"
        return f"move of {logos} to {self.cluster_name or 'outliers'}"

    def reviews_after(self) -> Mapping[int, Review]:
        return dict.fromkeys(self.before, self.after)

    def touched(self) -> set[int | str]:
        return set(self.before)

    def apply(self, run: Run, side: Side) -> None:
        _write(run, self.reviews_after() if side == "after" else self.before)


@dataclass(frozen=True)
class Restore:
    """Ignored logos that came back to where they were before."""

    before: Mapping[int, Review]
    """By domain id."""
    after: Mapping[int, Review]

    @classmethod
    def decode(cls, payload: Mapping[str, Any]) -> Self:
        check_version(payload)
        return cls(_decoded(payload["before"]), _decoded(payload["after"]))

    def encode(self) -> dict[str, Any]:
        return {"before": _encoded(self.before), "after": _encoded(self.after)}

    @property
    def label(self) -> str:
        return f"return of {counted(len(self.before), 'ignored logo')}"

    def reviews_after(self) -> Mapping[int, Review]:
        return self.after

    def touched(self) -> set[int | str]:
        return set(self.before)

    def apply(self, run: Run, side: Side) -> None:
        _write(run, self.after if side == "after" else self.before)


@dataclass(frozen=True)
class Acceptance(Restore):
    """Suggestions that were accepted together: each domain with its cluster."""

    @property
    def label(self) -> str:
        n_clusters = len({review.cluster_uid for review in self.after.values()})
        return f"move of {counted(len(self.before), 'logo')} to {counted(n_clusters, 'cluster')}"


def _decoded(reviews: Mapping[str, Any]) -> dict[int, Review]:
    return {int(pk): Review.decode(*review) for pk, review in reviews.items()}


def _encoded(reviews: Mapping[int, Review]) -> dict[str, Any]:
    return {str(pk): review.encode() for pk, review in reviews.items()}


def refuse_parts(clusters: Iterable[Cluster]) -> None:
    """Raise InputError if a cluster was merged into another, as a page may not show yet."""
    for one in clusters:
        if one.merged_into_id is not None:
            raise InputError(in_the_way(one))


def in_the_way(part: Cluster) -> str:
    """Say that a merged cluster takes no logos."""
    return f"{part.name} is part of another cluster; split it back first"


def _write(run: Run, reviews: Mapping[int, Review]) -> None:
    """Write the reviews; one update per distinct review."""
    with counts.kept(run, list(reviews)):
        uids = {review.cluster_uid for review in reviews.values() if review.cluster_uid}
        clusters = known(run, uids)
        refuse_parts(clusters.values())
        groups: dict[Review, list[int]] = {}
        for domain_id, review in reviews.items():
            is_lost = review.cluster_uid is not None and review.cluster_uid not in clusters
            kept = NOT_REVIEWED if is_lost else review  # lost: no run has the cluster
            groups.setdefault(kept, []).append(domain_id)
        user_ids = {review.reviewed_by for review in groups if review.reviewed_by}
        users = set(User.objects.filter(pk__in=user_ids).values_list("pk", flat=True))
        for review, domain_ids in groups.items():
            run.assignments.filter(domain_id__among=domain_ids).update(
                human_cluster=clusters.get(review.cluster_uid or ""),
                reviewed_at=review.reviewed_at,
                reviewed_by_id=review.reviewed_by if review.reviewed_by in users else None,
                is_ignored=review.is_ignored,
            )
