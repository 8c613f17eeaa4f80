"""A run with corrections, for tests."""

from uuid import uuid4

from clustering.models import Correction, LabelSource, Run, User
from clustering.services.curation import edits

GROUPS = {
    "acme": ["acme.de", "acme.fr"],
    "bolt": ["bolt.de", "bolt.fr"],
    "-": ["x.de", "y.de"],
}


def ids(run: Run, *names: str) -> list[int]:
    return list(run.dataset.domains.filter(name__in=names).values_list("pk", flat=True))


def place(run: Run, name: str, label_source: LabelSource = LabelSource.CORRECTED) -> str | None:
    assignment = run.assignments.get(domain__name=name)
    cluster_id = assignment.cluster_id_by(label_source)
    return run.clusters.get(pk=cluster_id).name if cluster_id else None


def move(run: Run, user: User, name: str, to: str | None) -> Correction:
    cluster = run.clusters.get(name=to) if to else None
    return edits.assign(run, user, domain_ids=ids(run, name), cluster=cluster, client_id=uuid4())
