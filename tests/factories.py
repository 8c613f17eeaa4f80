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
    values = _logo_values() | fields
    logo, _ = Logo.objects.get_or_create(sha256=_digest(key), defaults=values)
    return logo


def _logos(keys: Sequence[str]) -> dict[str, Logo]:
    """Return what ``make_logo`` returns for each of these."""
    key_of = {_digest(key): key for key in keys}
    made = [Logo(sha256=sha256, **_logo_values()) for sha256 in key_of]
    Logo.objects.bulk_create(made, ignore_conflicts=True)
    logo_of = {key_of[one.sha256]: one for one in Logo.objects.filter(sha256__in=key_of)}
    return {key: logo_of[key] for key in keys}


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _logo_values() -> dict[str, object]:
    size = {"width": 64, "height": 32}
    return size | {"media_type": "image/png", "ground": "light", "phash": "0" * 16}


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
    if logo is None:
        domain = Domain.objects.create(
            dataset=dataset, name=name, as_given=name, row_numbers=[row], status="pending"
        )
    else:
        (domain,) = _found_domains(dataset, {name: logo}, row)
        domain.refresh_from_db()
    counts.recount_domains(dataset)
    return domain


def _found_domains(dataset: Dataset, logo_of: Mapping[str, Logo], row: int) -> list[Domain]:
    """Return domains whose first is of ``row``; the caller counts them."""
    now = timezone.now()
    captures = [
        Capture(
            logo=logo,
            finder="img",
            source_url=f"https://{name}/logo.png",
            rank=0,
            score=80.0,
            fetched_at=now,
            is_primary=True,
        )
        for name, logo in logo_of.items()
    ]
    for number, (name, capture) in enumerate(zip(logo_of, captures, strict=True), row):
        capture.domain = Domain(
            dataset=dataset,
            name=name,
            as_given=name,
            row_numbers=[number],
            status="found",
            finished_at=now,
            **shown_values(capture),
        )
    domains = Domain.objects.bulk_create(capture.domain for capture in captures)
    Capture.objects.bulk_create(captures)
    return domains


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
    _make_missing_domains(dataset, [name for names in clusters.values() for name in names])
    shown = Capture.objects.filter(domain__dataset=dataset, is_primary=True)
    capture_of = {one.domain.name: one for one in shown.select_related("domain", "logo")}
    number = 0
    for name, domain_names in clusters.items():
        cluster = None
        captures = [capture_of[domain_name] for domain_name in domain_names]
        if name != "-":
            medoid = captures[0].logo if captures else None
            size = len(domain_names)
            cluster = Cluster.objects.create(
                run=run, number=number, name=name, size=size, cohesion=0.9, medoid=medoid
            )
            number += 1
        Assignment.objects.bulk_create(_assignment(run, cluster, one) for one in captures)
    counts.recount(run)
    return run


def _make_missing_domains(dataset: Dataset, names: Sequence[str]) -> None:
    known = set(dataset.domains.values_list("name", flat=True))
    missing = [name for name in dict.fromkeys(names) if name not in known]
    if missing:
        _found_domains(dataset, _logos(missing), len(known) + 1)
        counts.recount_domains(dataset)


def _assignment(run: Run, cluster: Cluster | None, capture: Capture) -> Assignment:
    return Assignment(
        run=run,
        domain=capture.domain,
        logo=capture.logo,
        cluster=cluster,
        probability=0.9 if cluster else 0.0,
        outlier_score=0.1 if cluster else 0.8,
        x=1.0,
        y=2.0,
    )
