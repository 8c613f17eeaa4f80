"""A data set of labelled logos in the database, without files: rows and vectors."""

from collections.abc import Collection as Names
from dataclasses import dataclass
from uuid import uuid4

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from clustering.lab.offline import Collection
from clustering.models import Capture, Dataset, Domain, Embedding, Logo, Membership, Run, User
from clustering.services import counts, storage
from clustering.services.runs import request
from clustering.services.runs.compute import claim, compute
from clustering.services.runs.spec import RunSpec

ROWS_PER_INSERT = 2_000


@dataclass(frozen=True)
class Material:
    """Decoded images by name, and the vector of each distinct one."""

    collection: Collection
    vectors: dict[str, NDArray[np.float32]]
    """By SHA-256 of the image."""
    embedder: str


def plant(user: User, material: Material) -> Dataset:
    """Return an empty imported data set of ``user`` with the embedder of the material."""
    name = f"curation-{uuid4().hex[:6]}"
    dataset = Dataset.objects.create(
        slug=name,
        name=name,
        owner=user,
        intake=Dataset.Intake.IMPORTED,
        source_name="logos.zip",
        embedder=material.embedder,
    )
    Membership.objects.create(dataset=dataset, user=user, role=Membership.Role.OWNER)
    return dataset


def add(dataset: Dataset, material: Material, names: Names[str]) -> None:
    """Add domains with their logos."""
    images = {name: material.collection.images[name] for name in sorted(names)}
    logos = {image.sha256: storage.record_logo(image) for image in images.values()}
    rows = [
        Domain(
            dataset=dataset,
            name=name,
            as_given=name,
            row_numbers=[row],
            status=Domain.Status.FOUND,
            finished_at=timezone.now(),
        )
        for row, name in enumerate(images, start=1)
    ]
    domains = Domain.objects.bulk_create(rows, batch_size=ROWS_PER_INSERT)
    Capture.objects.bulk_create(
        [
            _capture(domain, logos[image.sha256])
            for domain, image in zip(domains, images.values(), strict=True)
        ],
        batch_size=ROWS_PER_INSERT,
    )
    counts.recount_domains(dataset)


def run_of(dataset: Dataset, material: Material, projector: str) -> Run:
    """Compute a run with the embedder's defaults; return it."""
    default = RunSpec.default_for(material.embedder)
    spec = RunSpec(default.embedder, default.clusterer, default.clusterer_params, projector)
    run = request.request_run(dataset, spec)
    _embed(dataset, material, run.embedder_key)
    claimed = claim(run)
    if claimed is None:
        raise RuntimeError("another worker took the run")
    compute(claimed)
    run.refresh_from_db()
    if run.status != Run.Status.SUCCEEDED:
        raise RuntimeError(f"the run failed: {run.error_detail}")
    return run


def remove(user: User, material: Material) -> None:
    """Delete a user, their data sets, and logos of the material that nothing else shows."""
    Dataset.objects.filter(owner=user).delete()
    contents = list(material.vectors)
    for start in range(0, len(contents), ROWS_PER_INSERT):
        logos = Logo.objects.filter(sha256__in=contents[start : start + ROWS_PER_INSERT])
        logos.filter(captures=None, assignments=None).delete()
    user.delete()


def _capture(domain: Domain, logo: Logo) -> Capture:
    return Capture(
        domain=domain,
        logo=logo,
        finder="archive",
        source_url="",
        rank=0,
        score=100.0,
        fetched_at=timezone.now(),
        is_primary=True,
    )


def _embed(dataset: Dataset, material: Material, key: str) -> None:
    lacking = Logo.objects.filter(captures__domain__dataset=dataset).distinct()
    lacking = lacking.exclude(embeddings__embedder_key=key)
    Embedding.objects.bulk_create(
        [
            Embedding(
                logo=logo,
                embedder_key=key,
                dim=len(material.vectors[logo.sha256]),
                vector=material.vectors[logo.sha256].astype("<f2").tobytes(),
            )
            for logo in lacking
        ],
        batch_size=ROWS_PER_INSERT,
    )
