"""A run with corrections, and later runs, for tests."""

from uuid import uuid4

from clustering.models import Correction, LabelSource, Run, User
from clustering.services import counts
from clustering.services.curation import edits
from clustering.services.runs import carry_over
from tests.factories import make_run

GROUPS = {
    "acme": ["acme.de", "acme.fr"],
    "bolt": ["bolt.de", "bolt.fr"],
    "-": ["x.de", "y.de"],
}
FOURS = {name: [f"{name}{number}.de" for number in range(4)] for name in "abcd"}


def ids(run: Run, *names: str) -> list[int]:
    return list(run.dataset.domains.filter(name__in=names).values_list("pk", flat=True))


def place(run: Run, name: str, label_source: LabelSource = LabelSource.CORRECTED) -> str | None:
    assignment = run.assignments.get(domain__name=name)
    cluster_id = assignment.cluster_id_by(label_source)
    return run.clusters.get(pk=cluster_id).name if cluster_id else None


def move(run: Run, user: User, name: str, to: str | None) -> Correction:
    cluster = run.clusters.get(name=to) if to else None
    return edits.assign(run, user, domain_ids=ids(run, name), cluster=cluster, client_id=uuid4())


def merge(run: Run, user: User, *names: str, into: str | None = None, name: str = "") -> None:
    chosen = list(run.clusters.filter(name__in=names))
    target = run.clusters.get(name=into) if into else None
    edits.merge(run, user, clusters=chosen, target=target, name=name, client_id=uuid4())


def rerun(run: Run, groups: dict[str, list[str]]) -> Run:
    later = make_run(run.dataset, groups)
    carry_over.carry_over(later)
    counts.recount(later)
    return later


def partition(run: Run) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in run.assignments.order_by("domain__name").select_related("domain"):
        cluster = run.clusters.filter(pk=row.corrected_cluster_id or 0).first()
        key = f"{cluster.uid} {cluster.name}" if cluster else "-"
        found.setdefault(key, []).append(row.domain.name)
    return found
