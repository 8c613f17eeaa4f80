"""Locks of clusters, and notes on clusters and logos; each verb is one Correction."""

from typing import Final
from uuid import UUID

from django.db import transaction

from clustering.models import Cluster, Correction, Run, User
from clustering.pipeline.errors import InputError
from clustering.services.curation.edits import visible
from clustering.services.curation.log import Verb, begin, record
from clustering.services.curation.mark_changes import LockChange, NoteChange, Subject

MOST_CHARACTERS: Final = 500


@transaction.atomic
def lock(cluster: Cluster, user: User, *, is_locked: bool = True, client_id: UUID) -> Correction:
    """Lock the cluster as complete, or unlock it.

    In later runs and for added domains, the machine neither adds logos to it nor takes out
    any. People still may.

    Raises:
        InputError: if it is so already, or part of another cluster.
    """
    run = cluster.run
    known = begin(run, client_id)
    if known:
        return known
    cluster.refresh_from_db()
    if cluster.is_locked == is_locked:
        raise InputError(f"{cluster.name} is {'locked' if is_locked else 'not locked'} already")
    if cluster.merged_into_id is not None:
        raise InputError(f"{cluster.name} is part of another cluster; lock that one")
    change = LockChange(str(cluster.uid), cluster.name, is_locked)
    change.apply(run, "after")
    return record(run, user, Verb.LOCKED if is_locked else Verb.UNLOCKED, change, client_id)


def note_on_cluster(cluster: Cluster, user: User, *, text: str, client_id: UUID) -> Correction:
    """Write a note on a cluster; an empty text removes it."""
    subject = Subject(cluster_uid=str(cluster.uid))
    return _note(cluster.run, user, subject, cluster.name, text, client_id)


def note_on_domain(
    run: Run, user: User, *, domain_id: int, text: str, client_id: UUID
) -> Correction:
    """Write a note on the logo of a domain; an empty text removes it.

    Raises:
        InputError: if the data set has no such domain.
    """
    names = run.dataset.domains.filter(pk=domain_id).values_list("name", flat=True)
    name = names.first()
    if name is None:
        raise InputError("the data set has no such domain; reload the page")
    return _note(run, user, Subject(domain_id=domain_id), name, text, client_id)


@transaction.atomic
def _note(
    run: Run, user: User, subject: Subject, name: str, text: str, client_id: UUID
) -> Correction:
    known = begin(run, client_id)
    if known:
        return known
    after = visible(text)
    if len(after) > MOST_CHARACTERS:
        raise InputError(f"a note has at most {MOST_CHARACTERS} characters, got {len(after)}")
    before = run.notes.filter(**subject._asdict()).values_list("text", flat=True).first() or ""
    if before == after:
        raise InputError("the note has not changed")
    change = NoteChange(subject, name, before, after)
    change.apply(run, "after")
    return record(run, user, Verb.NOTED, change, client_id)
