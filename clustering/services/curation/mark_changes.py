"""Corrections that change no member: locks of clusters, notes on clusters and logos."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from clustering.models import Domain, Note, Run
from clustering.services.curation.clusters import known
from clustering.services.curation.payloads import Side, check_version

SHOWN_CHARACTERS = 40  # of a note, in the history


@dataclass(frozen=True)
class LockChange:
    """A cluster that was locked as complete, or unlocked."""

    cluster_uid: str
    name: str
    """Of the cluster, as it was called then."""
    is_locked: bool
    """Afterwards."""

    @classmethod
    def decode(cls, payload: Mapping[str, Any]) -> Self:
        check_version(payload)
        return cls(payload["cluster"], payload["name"], payload["locked"])

    def encode(self) -> dict[str, Any]:
        return {"cluster": self.cluster_uid, "name": self.name, "locked": self.is_locked}

    @property
    def label(self) -> str:
        return f"{'locking' if self.is_locked else 'unlocking'} of {self.name}"

    @property
    def key(self) -> str:
        """As conflicts name what it is about."""
        return f"lock {self.cluster_uid}"

    def touched(self) -> set[int | str]:
        return {self.key}

    def apply(self, run: Run, side: Side) -> None:
        is_locked = self.is_locked if side == "after" else not self.is_locked
        known(run, [self.cluster_uid])  # else another undo makes it again as an earlier run had it
        run.clusters.filter(uid=self.cluster_uid).update(is_locked=is_locked)


class Subject(NamedTuple):
    """What a note is about: a cluster or a domain."""

    cluster_uid: str | None = None
    domain_id: int | None = None

    @property
    def key(self) -> str:
        """As conflicts name it."""
        return f"note {self.cluster_uid or self.domain_id}"


@dataclass(frozen=True)
class NoteChange:
    """A note that was written, changed or removed; an empty text is none."""

    subject: Subject
    name: str
    """Of the cluster or the domain."""
    before: str
    after: str

    @classmethod
    def decode(cls, payload: Mapping[str, Any]) -> Self:
        check_version(payload)
        subject = Subject(payload["cluster"], payload["domain"])
        return cls(subject, payload["name"], payload["before"], payload["after"])

    def encode(self) -> dict[str, Any]:
        about = {"cluster": self.subject.cluster_uid, "domain": self.subject.domain_id}
        return about | {"name": self.name, "before": self.before, "after": self.after}

    @property
    def label(self) -> str:
        if not self.after:
            return f"removal of the note on {self.name}"
        is_cut = len(self.after) > SHOWN_CHARACTERS
        text = f"{self.after[:SHOWN_CHARACTERS]}…" if is_cut else self.after
        return f"note on {self.name}: “{text}”"

    def touched(self) -> set[int | str]:
        return {self.subject.key}

    def apply(self, run: Run, side: Side) -> None:
        subject, text = self.subject._asdict(), self.after if side == "after" else self.before
        domain_id = self.subject.domain_id
        if not text:
            run.notes.filter(**subject).delete()
        elif domain_id is None or Domain.objects.filter(pk=domain_id).exists():
            Note.objects.update_or_create(run=run, **subject, defaults={"text": text})
