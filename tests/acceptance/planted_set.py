"""A data set of known groups, computed and decided about through the pages."""

import hashlib
from collections.abc import Sequence
from unittest.mock import patch
from uuid import uuid4

import numpy as np
from django.test import Client
from django.utils import timezone

from clustering import conf
from clustering.models import Capture, Dataset, Domain, Embedding, Logo, Run, User
from clustering.pipeline.embedders import catalogue
from clustering.services import counts
from clustering.services.runs.compute import claim, compute
from tests.factories import make_dataset
from tests.pipeline.planted import groups

EMBEDDER = "descriptor"
DIM = 128
FORM = {
    "embedder": EMBEDDER,
    "clusterer": "agglomerative",
    "projector": "pca",
    "random_state": "7",
}


class PlantedSet:
    """Groups ``g0``, ``g1``, ... and outliers ``o``; domain names tell the group."""

    def __init__(self, user: User, client: Client, sizes: Sequence[int], n_outliers: int) -> None:
        self.client = client
        client.force_login(user)
        self.dataset: Dataset = make_dataset(user, embedder=EMBEDDER)
        every = [*sizes, *([1] * n_outliers)]
        vectors, labels = groups(every, dim=DIM)
        self.names = [
            f"g{label}-{row}.de" if label < len(sizes) else f"o-{row}.de"
            for row, label in enumerate(labels.tolist())
        ]
        self._vectors = dict(zip(self.names, vectors, strict=True))

    def add(self, names: Sequence[str]) -> None:
        """Add domains with their logos and vectors."""
        key = catalogue.embedder_key(EMBEDDER, conf.places().weights)
        logos = Logo.objects.bulk_create(_logo(self.dataset, name) for name in names)
        domains = Domain.objects.bulk_create(
            Domain(
                dataset=self.dataset,
                name=name,
                as_given=name,
                row_numbers=[row],
                status="found",
                finished_at=timezone.now(),
            )
            for row, name in enumerate(names)
        )
        Capture.objects.bulk_create(
            Capture(
                domain=domain,
                logo=logo,
                finder="img",
                source_url="",
                rank=0,
                score=80.0,
                fetched_at=timezone.now(),
                is_primary=True,
            )
            for domain, logo in zip(domains, logos, strict=True)
        )
        Embedding.objects.bulk_create(
            Embedding(
                logo=logo,
                embedder_key=key,
                dim=DIM,
                vector=self._vectors[name].astype("<f2").tobytes(),
            )
            for logo, name in zip(logos, names, strict=True)
        )
        counts.recount_domains(self.dataset)

    def cluster(self, **fields: str) -> Run:
        """Ask for a run by the form, and compute it."""
        with patch("clustering.tasks.advance.delay"):
            answer = self.client.post(f"{self.path}runs/new/", FORM | fields)
        assert answer.status_code == 302
        claimed = claim(self.dataset.runs.unfinished().get())
        assert claimed is not None
        compute(claimed)
        claimed.refresh_from_db()
        assert claimed.status == Run.Status.SUCCEEDED
        return claimed

    @property
    def path(self) -> str:
        return f"/d/{self.dataset.slug}/"

    def decide(self, verb: str, **fields: object) -> str:
        """Send one decision as a page does; return the answer."""
        answer = self.client.post(
            f"{self.path}corrections/{verb}/",
            {"client_id": str(uuid4())} | fields,
            headers={"HX-Request": "true"},
        )
        assert answer.status_code == 200
        return str(answer.content.decode())

    def page(self, address: str) -> str:
        answer = self.client.get(self.path + address)
        assert answer.status_code == 200
        return " ".join(answer.content.decode().split())

    def exported(self) -> bytes:
        """Return the full export, as a new browser would download it."""
        file = self.client.get(f"{self.path}export/clusters.full.json")
        return bytes(file.getvalue())

    def ids(self, *names: str) -> list[int]:
        rows = self.dataset.domains.filter(name__in=names)
        id_of = dict(rows.values_list("name", "pk"))
        return [id_of[name] for name in names]

    def of_group(self, number: int) -> list[str]:
        return [name for name in self.names if name.startswith(f"g{number}-")]

    @property
    def outliers(self) -> list[str]:
        return [name for name in self.names if name.startswith("o-")]


def homes(run: Run) -> dict[str, str]:
    """Return uid of the corrected cluster by domain; empty for an outlier."""
    uid_of = {pk: str(uid) for pk, uid in run.clusters.values_list("pk", "uid")}
    rows = run.assignments.values_list("domain__name", "corrected_cluster_id")
    return {name: uid_of.get(pk or 0, "") for name, pk in rows}


def home(run: Run, name: str) -> str:
    return homes(run)[name]


def _logo(dataset: Dataset, name: str) -> Logo:
    digest = hashlib.sha256(f"{dataset.pk} {name}".encode()).hexdigest()
    return Logo(sha256=digest, phash=digest[:16], width=64, height=32, ground="light")


def places(run: Run) -> dict[str, np.ndarray]:
    """Return the position on the map by domain."""
    rows = run.assignments.values_list("domain__name", "x", "y")
    return {name: np.array((x, y)) for name, x, y in rows}
