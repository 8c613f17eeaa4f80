"""A small data set with a finished run: two clusters of two pets and two outliers."""

import hashlib
from dataclasses import dataclass

import numpy as np
from django.utils import timezone

from clustering.models import (
    Assignment,
    Cluster,
    Dataset,
    Domain,
    Embedding,
    LabelSource,
    Logo,
    Membership,
    Run,
    User,
)
from clustering.services import counts


@dataclass
class World:
    """A data set of six domains: two clusters of two, two outliers."""

    owner: User
    run: Run
    cat: Cluster
    dog: Cluster

    def domain(self, name: str) -> Domain:
        return self.run.dataset.domains.get(name=name)

    def held(self, name: str) -> Cluster | None:
        held = Assignment.objects.get(domain__name=name).cluster_id_by(LabelSource.CORRECTED)
        return None if held is None else Cluster.objects.get(pk=held)


def make_world() -> World:
    owner = User.objects.create_user("owner", password="x")
    dataset = Dataset.objects.create(slug="pets", name="Pets", owner=owner, source_sha256="0" * 64)
    Membership.objects.create(dataset=dataset, user=owner, role=Membership.Role.OWNER)
    run = Run.objects.create(
        dataset=dataset,
        slug="run-1",
        status="succeeded",
        embedder_key="e",
        finished_at=timezone.now(),
    )
    rows = {"cat-a.de": (1, 0), "cat-b.de": (0.9, 0.1), "dog-a.de": (0, 1), "dog-b.de": (0.1, 0.9)}
    rows |= {"lone-a.de": (0.8, 0.3), "lone-b.de": (0.3, 0.8)}
    placed = [placed_domain(run, name, vector) for name, vector in rows.items()]
    cat = Cluster.objects.create(run=run, number=0, name="Cat", medoid=placed[0].logo, size=2)
    dog = Cluster.objects.create(run=run, number=1, name="Dog", medoid=placed[2].logo, size=2)
    run.assignments.filter(domain__name__startswith="cat").update(cluster=cat)
    run.assignments.filter(domain__name__startswith="dog").update(cluster=dog)
    counts.recount(run)
    counts.recount_domains(dataset)
    return World(owner, run, cat, dog)


def placed_domain(run: Run, name: str, vector: tuple[float, float]) -> Assignment:
    logo = Logo.objects.create(
        sha256=name.encode().hex().ljust(64, "0"),
        phash=hashlib.sha256(name.encode()).hexdigest()[:16],
        width=9,
        height=9,
        ground="light",
    )
    unit = np.array(vector) / np.linalg.norm(vector)
    Embedding.objects.create(
        logo=logo, embedder_key="e", dim=2, vector=unit.astype("<f2").tobytes()
    )
    domain = Domain.objects.create(dataset=run.dataset, name=name, status=Domain.Status.FOUND)
    return Assignment.objects.create(
        run=run, domain=domain, logo=logo, probability=1, outlier_score=0, x=vector[0], y=vector[1]
    )
