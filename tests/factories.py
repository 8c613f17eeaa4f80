"""Minimal rows for tests: user, data set, logos, finished run."""

import hashlib
from collections.abc import Mapping, Sequence
from uuid import uuid4

import numpy as np
from django.db.models import QuerySet
from django.utils import timezone

from clustering.models import (
    Assignment,
    Capture,
    Cluster,
    Dataset,
    Domain,
    Embedding,
    Logo,
    Membership,
    Run,
    User,
)
from clustering.pipeline.finders.chances import SURE
from clustering.pipeline.imaging import NormalisedImage
from clustering.services import counts
from clustering.services.logos.captures import shown_values

KEY = "descriptor:test"


def make_user(username: str = "alice") -> User:
    """Return a person who can sign in with the password ``correct horse``."""
    return User.objects.create_user(username=username, password="correct horse")


def make_dataset(user: User, name: str = "Brands", **fields: object) -> Dataset:
    """Return an imported, empty data set that ``user`` owns."""
    values = {"intake": Dataset.Intake.IMPORTED, "source_name": "list.csv"} | fields
    slug = f"{name.lower()}-{uuid4().hex[:6]}"
    dataset = Dataset.objects.create(slug=slug, name=name, owner=user, **values)
    Membership.objects.create(dataset=dataset, user=user, role=Membership.Role.OWNER)
    return dataset


def make_logo(key: str, **fields: object) -> Logo:
    """Return a logo row (no file) known by ``key``."""
    values = {"width": 64, "height": 32, "media_type": "image/png", "ground": "light"} | fields
    sha256 = hashlib.sha256(key.encode()).hexdigest()
    logo, _ = Logo.objects.get_or_create(sha256=sha256, defaults={"phash": "0" * 16} | values)
    return logo


def make_image(key: str = "a") -> NormalisedImage:
    """Return a normalised image whose bytes and hash are made of ``key``, one character."""
    return NormalisedImage(
        png=key.encode(),
        sha256=key * 64,
        width=10,
        height=10,
        media_type="image/png",
        phash=7,
        ground="light",
        placeholder=None,
    )


def make_domain(dataset: Dataset, name: str, *, logo: Logo | None = None, row: int = 1) -> Domain:
    """Return a domain: found with ``logo``, or pending without."""
    domain = Domain.objects.create(
        dataset=dataset, name=name, as_given=name, row_numbers=[row], status="pending"
    )
    if logo is not None:
        Domain.objects.filter(pk=domain.pk).update(status="found", finished_at=timezone.now())
        domain.refresh_from_db()
        capture = Capture.objects.create(
            domain=domain,
            logo=logo,
            finder="img",
            source_url=f"https://{name}/logo.png",
            rank=0,
            score=80.0,
            fetched_at=timezone.now(),
            is_primary=True,
        )
        Domain.objects.filter(pk=domain.pk).update(**shown_values(capture))
        domain.refresh_from_db()
    counts.recount_domains(dataset)
    return domain


def update_domains(domains: QuerySet[Domain], **fields: object) -> None:
    """Write fields of domains, and what depends on them: doubts and kept counts."""
    if "confidence" in fields or "kind" in fields:
        confidence = fields.get("confidence")
        is_low = isinstance(confidence, float) and confidence < SURE
        fields = fields | {"is_doubtful": is_low or fields.get("kind") == "icon_only"}
    datasets = list(Dataset.objects.filter(domains__in=domains).distinct())
    domains.update(**fields)
    for dataset in datasets:
        counts.recount_domains(dataset)


def make_embedding(logo: Logo, vector: Sequence[float], key: str = KEY) -> Embedding:
    """Return the logo's stored unit vector."""
    row = np.asarray(vector, dtype=np.float32)
    row /= np.linalg.norm(row)
    return Embedding.objects.create(
        logo=logo, embedder_key=key, dim=len(row), vector=row.astype("<f2").tobytes()
    )


def make_run(dataset: Dataset, clusters: Mapping[str, Sequence[str]], **fields: object) -> Run:
    """Return a finished run: cluster name -> domain names; the name ``-`` holds the outliers.

    Each domain shows a logo of its own, made here unless the domain exists.
    """
    run = Run.objects.create(
        dataset=dataset,
        slug=f"run-{dataset.runs.count() + 1}",
        status=Run.Status.SUCCEEDED,
        finished_at=timezone.now(),
        embedder="descriptor",
        embedder_key=KEY,
        clusterer="agglomerative",
        projector="umap",
        **fields,
    )
    number = 0
    for name, domain_names in clusters.items():
        cluster = None
        if name != "-":
            cluster = Cluster.objects.create(
                run=run, number=number, name=name, size=len(domain_names), cohesion=0.9
            )
            number += 1
        for domain_name in domain_names:
            _make_assignment(run, cluster, domain_name)
    counts.recount(run)
    return run


def _make_assignment(run: Run, cluster: Cluster | None, name: str) -> None:
    domain = run.dataset.domains.filter(name=name).first()
    if domain is None:
        row = run.dataset.domains.count() + 1
        domain = make_domain(run.dataset, name, logo=make_logo(name), row=row)
    logo = domain.captures.get(is_primary=True).logo
    if cluster is not None and cluster.medoid is None:
        cluster.medoid = logo
        cluster.save(update_fields=["medoid"])
    Assignment.objects.create(
        run=run,
        domain=domain,
        logo=logo,
        cluster=cluster,
        probability=0.9 if cluster else 0.0,
        outlier_score=0.1 if cluster else 0.8,
        x=1.0,
        y=2.0,
    )
