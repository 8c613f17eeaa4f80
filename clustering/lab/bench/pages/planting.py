"""Creates a synthetic finished data set: domains, logos, vectors, a run with clusters and a map.

Rows go in by COPY on PostgreSQL and by executemany on SQLite, since the ORM would take minutes
for a million domains.
"""

import csv
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import islice
from typing import Any, Final
from uuid import UUID, uuid5

import numpy as np
from django.db import connection, models
from numpy.typing import NDArray

from clustering.models import (
    Assignment,
    BrandLink,
    Capture,
    Cluster,
    Dataset,
    Domain,
    Embedding,
    Logo,
    Membership,
    ReviewItem,
    ReviewSubject,
    Run,
    Suggestion,
    User,
)
from clustering.services import brand_groups, counts, open_reviews
from clustering.services.runs import neighbours
from clustering.services.runs.suggestions import N_STORED

LOGOS_PER_DOMAIN: Final = 0.55  # distinct images per domain
OUTLIERS: Final = 0.2  # share of logos in no cluster
TAIL: Final = 1.3  # exponent of the Pareto distribution of cluster sizes
LARGEST: Final = 0.01  # maximum share of one cluster
FAILED: Final = 0.08  # share of domains without a logo
ICONS: Final = 0.1  # share of found domains that have an icon only
PLACEHOLDERS: Final = 0.005  # share of logos
N_NEIGHBOURS: Final = 15  # of the stored graph
DIM: Final = 256
EMBEDDER_KEY: Final = "bench"
LINKED: Final = 4  # one of so many clusters is of one brand with the next
FINDERS: Final = ("header", "json_ld", "icon", "meta", "inline_svg", "css")
CODES: Final = ("dns", "timeout", "connect", "http_403", "tls", "no_logo")
SYLLABLES: Final = ("ba", "co", "del", "fi", "gran", "ho", "kin", "lo", "mer", "nov", "pra", "ta")
SUFFIXES: Final = ("com", "de", "fr", "it", "co.uk", "com.br", "nl", "pl")
BATCH_ROWS: Final = 20_000
STARTED: Final = datetime(2026, 1, 1, tzinfo=UTC)
NAMESPACE: Final = UUID("6f1c9c7e-5a43-4d3c-9a6e-2d1f6f0c9b11")


@dataclass(frozen=True)
class Layout:
    """Logo of each domain, and cluster of each logo."""

    logo_of: NDArray[np.int64]
    """Shape (n_domains,): row of the logo, -1 for a failed domain."""
    cluster_of: NDArray[np.int64]
    """Shape (n_logos,): -1 for an outlier."""
    places: NDArray[np.float64]
    """Shape (n_logos, 2): coordinates on the map."""
    names: list[str]
    """Shape (n_domains,)."""


def layout(n_domains: int, *, seed: int = 42) -> Layout:
    """Return a random data set with the proportions of real ones."""
    generator = np.random.default_rng(seed)
    n_logos = max(2, int(LOGOS_PER_DOMAIN * n_domains))
    n_grouped = n_logos - int(OUTLIERS * n_logos)
    sizes = np.minimum(2.0 * (1.0 + generator.pareto(TAIL, n_grouped)), max(2, LARGEST * n_logos))
    ends = np.cumsum(np.maximum(sizes, 2.0).astype(np.int64))
    cluster_of = np.full(n_logos, -1)
    cluster_of[:n_grouped] = np.searchsorted(ends, np.arange(n_grouped), side="right")
    n_clusters = int(cluster_of.max()) + 1
    centres = generator.normal(0.0, 10.0, (n_clusters, 2))
    places = generator.normal(0.0, 10.0, (n_logos, 2))
    places[:n_grouped] = centres[cluster_of[:n_grouped]] + generator.normal(
        0.0, 0.2, (n_grouped, 2)
    )
    logo_of = np.concatenate(
        [np.arange(n_logos), generator.integers(0, n_logos, n_domains - n_logos)]
    )
    logo_of[generator.random(n_domains) < FAILED] = -1
    words = generator.choice(SYLLABLES, (n_domains, 3))
    names = [
        f"{''.join(word)}{row}.{SUFFIXES[row % len(SUFFIXES)]}" for row, word in enumerate(words)
    ]
    return Layout(logo_of, cluster_of, places, names)


def plant(user: User, slug: str, n_domains: int) -> Run:
    """Write a data set of ``n_domains`` domains for ``user``; return its finished run."""
    drawn = layout(n_domains)
    dataset = Dataset.objects.create(
        slug=slug,
        name=slug,
        owner=user,
        intake=Dataset.Intake.IMPORTED,
        n_rows=n_domains,
        source_name=f"{slug}.csv",
        source_sha256=_sha256(slug),
        embedder="logonet",
    )
    Membership.objects.create(dataset=dataset, user=user, role=Membership.Role.OWNER)
    run = Run.objects.create(
        dataset=dataset,
        slug="run-1",
        status=Run.Status.SUCCEEDED,
        started_at=STARTED + timedelta(hours=1),
        finished_at=STARTED + timedelta(hours=1),
        embedder="logonet",
        embedder_key=EMBEDDER_KEY,
        clusterer="agglomerative",
        projector="umap",
        metrics={"n_clusters": int(drawn.cluster_of.max()) + 1},
    )
    first_logo = _insert(Logo, _logos(drawn, slug))
    _insert(Embedding, _vectors(drawn, first_logo))
    first_cluster = _insert(Cluster, _clusters(drawn, run, first_logo))
    first_domain = _insert(Domain, _domains(drawn, dataset))
    _insert(Capture, _captures(drawn, first_domain, first_logo))
    _insert(Assignment, _assignments(drawn, run, first_domain, first_logo, first_cluster))
    _insert(Suggestion, _suggestions(drawn, run, first_logo, first_cluster))
    neighbours.save(
        run,
        list(range(first_logo, first_logo + len(drawn.cluster_of))),
        _neighbours(len(drawn.cluster_of)),
    )
    counts.recount_domains(dataset)
    counts.recount(run)
    _insert(BrandLink, _links(drawn, run, first_cluster))
    brand_groups.regroup_all(run)
    first_item = _insert(ReviewItem, _items(drawn, run))
    _insert(ReviewSubject, _subjects(drawn, first_item, first_domain))
    open_reviews.recount_items(run)
    _analyze()
    return run


def _logos(drawn: Layout, slug: str) -> Iterator[dict[str, Any]]:
    for row in range(len(drawn.cluster_of)):
        sha256 = _sha256(f"{slug} {row}")
        yield {
            "sha256": sha256,
            "width": 64,
            "height": 64,
            "media_type": "image/png",
            "phash": sha256[:16],
            "ground": "light",
            "is_placeholder": row % round(1 / PLACEHOLDERS) == 1,
        }


def _vectors(drawn: Layout, first_logo: int) -> Iterator[dict[str, Any]]:
    """Yield vectors around the centre of their cluster; equal seeds give equal vectors."""
    generator = np.random.default_rng(7)
    centres = generator.normal(size=(int(drawn.cluster_of.max()) + 2, DIM)).astype(np.float32)
    for first in range(0, len(drawn.cluster_of), BATCH_ROWS):
        own = drawn.cluster_of[first : first + BATCH_ROWS]
        noise = generator.normal(size=(len(own), DIM)).astype(np.float32)
        rows = np.where(own[:, None] < 0, noise, centres[own] + 0.3 * noise)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        for place, vector in enumerate(rows.astype("<f2")):
            yield {
                "logo_id": first_logo + first + place,
                "embedder_key": EMBEDDER_KEY,
                "dim": DIM,
                "vector": vector.tobytes(),
                "created_at": STARTED,
            }


def _clusters(drawn: Layout, run: Run, first_logo: int) -> Iterator[dict[str, Any]]:
    domains = np.bincount(drawn.logo_of[drawn.logo_of >= 0], minlength=len(drawn.cluster_of))
    members = drawn.cluster_of >= 0
    sizes = np.bincount(drawn.cluster_of[members], weights=domains[members]).astype(int)
    _, medoids = np.unique(drawn.cluster_of[members], return_index=True)
    for number, (size, medoid) in enumerate(zip(sizes.tolist(), medoids.tolist(), strict=True)):
        yield {
            "run_id": run.pk,
            "uid": uuid5(NAMESPACE, f"{run.pk} {number}"),
            "number": number,
            "name": f"{drawn.names[medoid].partition('.')[0].title()}",
            "name_score": 0.9,
            "medoid_id": first_logo + medoid,
            "size": size,
            "n_members": size,
            "cohesion": 0.9,
        }


def _domains(drawn: Layout, dataset: Dataset) -> Iterator[dict[str, Any]]:
    for row, (name, logo) in enumerate(zip(drawn.names, drawn.logo_of.tolist(), strict=True)):
        ended = {"error_code": CODES[row % len(CODES)], "status": "failed"}
        found = {
            "status": "found",
            "kind": "icon_only" if row % round(1 / ICONS) == 0 else "logo",
            "finder": FINDERS[row % len(FINDERS)],
            "has_placeholder": logo % round(1 / PLACEHOLDERS) == 1,
            "is_doubtful": row % 70 < 20,
            "logo_changed_at": STARTED,
        }
        yield {
            "dataset_id": dataset.pk,
            "name": name,
            "as_given": name,
            "row_numbers": [row + 1],
            "confidence": 0.3 + (row % 70) / 100,
            "finished_at": STARTED,
            "attempts": 1,
            **(ended if logo < 0 else found),
        }


def _captures(drawn: Layout, first_domain: int, first_logo: int) -> Iterator[dict[str, Any]]:
    for row, logo in enumerate(drawn.logo_of.tolist()):
        if logo >= 0:
            yield {
                "domain_id": first_domain + row,
                "logo_id": first_logo + logo,
                "finder": FINDERS[row % len(FINDERS)],
                "source_url": f"https://{drawn.names[row]}/logo.png",
                "rank": 0,
                "score": 80.0,
                "fetched_at": STARTED,
                "is_primary": True,
            }


def _assignments(
    drawn: Layout, run: Run, first_domain: int, first_logo: int, first_cluster: int
) -> Iterator[dict[str, Any]]:
    for row, logo in enumerate(drawn.logo_of.tolist()):
        if logo >= 0:
            cluster = int(drawn.cluster_of[logo])
            yield {
                "run_id": run.pk,
                "domain_id": first_domain + row,
                "logo_id": first_logo + logo,
                "cluster_id": None if cluster < 0 else first_cluster + cluster,
                "probability": 0.0 if cluster < 0 else 0.9,
                "outlier_score": (row % 1000) / 1000,
                "similarity": -1.0 if cluster < 0 else 1.0 - (row % 1000) / 1000,
                "x": float(drawn.places[logo, 0]),
                "y": float(drawn.places[logo, 1]),
            }


def _suggestions(
    drawn: Layout, run: Run, first_logo: int, first_cluster: int
) -> Iterator[dict[str, Any]]:
    generator = np.random.default_rng(11)
    n_clusters = int(drawn.cluster_of.max()) + 1
    scores = np.linspace(0.8, 0.5, N_STORED, dtype="<f4").tobytes()
    for row in np.flatnonzero(drawn.cluster_of < 0).tolist():
        clusters = first_cluster + generator.integers(0, n_clusters, N_STORED)
        yield {
            "run_id": run.pk,
            "logo_id": first_logo + row,
            "cluster_ids": clusters.astype("<i8").tobytes(),
            "scores": scores,
        }


def _links(drawn: Layout, run: Run, first_cluster: int) -> Iterator[dict[str, Any]]:
    for number in range(0, int(drawn.cluster_of.max()), LINKED):
        yield {
            "run_id": run.pk,
            "kind": BrandLink.Kind.LINK,
            "first_cluster_id": first_cluster + number,
            "second_cluster_id": first_cluster + number + 1,
            "word": drawn.names[number].partition(".")[0],
            "cosine": 0.7,
            "probability": 0.9,
        }


def _items(drawn: Layout, run: Run) -> Iterator[dict[str, Any]]:
    for place in range(len(_outliers(drawn))):
        yield {
            "run_id": run.pk,
            "kind": ReviewItem.Kind.SINGLE,
            "place": place,
            "score": 0.8,
            "n_open": 1,
        }


def _subjects(drawn: Layout, first_item: int, first_domain: int) -> Iterator[dict[str, Any]]:
    for place, row in enumerate(_outliers(drawn)):
        yield {"item_id": first_item + place, "domain_id": first_domain + row}


def _outliers(drawn: Layout) -> list[int]:
    """Return the rows of the domains whose logo is in no cluster."""
    is_outlier = (drawn.logo_of >= 0) & (drawn.cluster_of[drawn.logo_of] < 0)
    return [int(row) for row in np.flatnonzero(is_outlier)]


def _neighbours(n_logos: int) -> NDArray[np.int64]:
    """Return the next logos of each, which are mostly of its cluster; shape (n, k)."""
    steps = np.arange(1, N_NEIGHBOURS + 1)
    return np.asarray((np.arange(n_logos)[:, None] + steps) % n_logos, dtype=np.int64)


def _insert(model: type[models.Model], rows: Iterator[dict[str, Any]]) -> int:
    """Insert rows with consecutive primary keys; return the first one."""
    last = model._default_manager.order_by("-pk").values_list("pk", flat=True).first()
    first = (last or 0) + 1
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    write = _copy if connection.vendor == "postgresql" else _executemany
    keys = iter(range(first, 1 << 62))
    defaults = {field.attname: field.get_default() for field in fields}
    while batch := list(islice(rows, BATCH_ROWS)):
        write(model, fields, ([{**defaults, **row, "id": next(keys)} for row in batch]))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            table = model._meta.db_table
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"  # noqa: S608 # our own table
            )
    return first


def _executemany(
    model: type[models.Model], fields: Sequence[Any], rows: Iterable[dict[str, Any]]
) -> None:
    columns = ", ".join(f'"{field.column}"' for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    prepare: list[Callable[[Any], Any]] = [
        lambda value, field=field: field.get_db_prep_save(value, connection)  # type: ignore[misc] # bound now
        for field in fields
    ]
    values = [
        [make(row[field.attname]) for field, make in zip(fields, prepare, strict=True)]
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {model._meta.db_table} ({columns}) VALUES ({marks})",  # noqa: S608 # our own table
            values,
        )


def _copy(
    model: type[models.Model], fields: Sequence[Any], rows: Iterable[dict[str, Any]]
) -> None:
    buffer = StringIO()
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow([_as_text(row[field.attname]) for field in fields])
    buffer.seek(0)
    columns = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor:
        cursor.copy_expert(
            f"COPY {model._meta.db_table} ({columns}) FROM STDIN WITH (FORMAT csv, NULL '\\N')",
            buffer,
        )


def _as_text(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    if isinstance(value, (list, dict)):
        return json.dumps(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
