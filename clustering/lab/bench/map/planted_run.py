"""Writes a synthetic run with many map points into an empty database, in its own process.

Its argument is the number of points; it prints the session and the data set. The database is in
LOGOSITE_VAR.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import django
import numpy as np
from numpy.typing import NDArray

from clustering.lab.bench.fetching.sites import images

OUTLIERS: Final = 0.35  # share of outliers
TAIL: Final = 1.3  # exponent of the Pareto distribution of cluster sizes
LARGEST: Final = 0.01  # maximum share of one cluster
SHARED: Final = 0.1  # share of logos of several domains
SYLLABLES: Final = ("ba", "co", "del", "fi", "gran", "ho", "kin", "lo", "mer", "nov", "pra", "ta")
SUFFIXES: Final = ("com", "de", "fr", "it", "co.uk", "com.br", "nl", "pl")
BATCH_ROWS: Final = 5_000


@dataclass(frozen=True)
class Points:
    """Columns of one length, a row per logo."""

    clusters: NDArray[np.int64]
    """-1 is none."""
    places: NDArray[np.float64]
    """Shape (n, 2)."""
    n_domains: NDArray[np.int64]
    names: list[str]


def points(n_points: int, *, seed: int = 42) -> Points:
    """Return points in clusters of very different sizes, with names of realistic length."""
    generator = np.random.default_rng(seed)
    n_grouped = n_points - int(OUTLIERS * n_points)
    sizes = np.minimum(2.0 * (1.0 + generator.pareto(TAIL, n_grouped)), LARGEST * n_points)
    ends = np.cumsum(np.maximum(sizes, 2.0).astype(np.int64))
    clusters = np.full(n_points, -1)
    clusters[:n_grouped] = np.searchsorted(ends, np.arange(n_grouped), side="right")
    n_clusters = int(clusters.max()) + 1
    centres = generator.normal(0.0, 10.0, (n_clusters, 2))
    places = generator.normal(0.0, 10.0, (n_points, 2))
    places[:n_grouped] = centres[clusters[:n_grouped]] + generator.normal(0.0, 0.2, (n_grouped, 2))
    n_domains = np.where(
        generator.random(n_points) < SHARED, generator.geometric(0.4, n_points) + 1, 1
    )
    order = generator.permutation(n_points)
    words = generator.choice(SYLLABLES, (n_points, 4))
    names = [f"{''.join(word)}{place}" for place, word in enumerate(words)]
    return Points(clusters[order], places[order], n_domains[order], names)


def write(drawn: Points) -> dict[str, str]:
    """Write a user, a data set and its run; return what a browser needs to open the map."""
    from django.db.models import OuterRef, Subquery

    from clustering.models import Assignment, Cluster, Dataset, Membership, Run, User
    from clustering.services import counts

    user = User.objects.create_user(username="bench")
    dataset = Dataset.objects.create(
        slug="bench", name="Bench", owner=user, intake=Dataset.Intake.IMPORTED
    )
    Membership.objects.create(dataset=dataset, user=user, role=Membership.Role.OWNER)
    run = Run.objects.create(dataset=dataset, slug="run-1", status=Run.Status.SUCCEEDED)
    sizes = np.bincount(drawn.clusters[drawn.clusters >= 0])
    Cluster.objects.bulk_create(
        Cluster(run=run, number=number, name=f"{drawn.names[number].title()}", size=size)
        for number, size in enumerate(sizes.tolist())
    )
    for first in range(0, len(drawn.names), BATCH_ROWS):
        _write_rows(drawn, range(len(drawn.names))[first : first + BATCH_ROWS], run)
    members = Assignment.objects.filter(cluster=OuterRef("pk"))
    run.clusters.update(medoid=Subquery(members.values("logo")[:1]))
    counts.recount(run)
    _write_pictures(drawn.names)
    return {"slug": dataset.slug, **session_of(user)}


def _write_rows(drawn: Points, rows: range, run: Any) -> None:
    from django.utils import timezone

    from clustering.models import Assignment, Capture, Domain, Logo

    clusters, now = dict(run.clusters.values_list("number", "pk")), timezone.now()
    logos = Logo.objects.bulk_create(_logo(drawn.names[row]) for row in rows)
    owners = [
        (row, logo) for row, logo in zip(rows, logos, strict=True) for _ in _domains(drawn, row)
    ]
    names = [name for row in rows for name in _domains(drawn, row)]
    domains = Domain.objects.bulk_create(
        Domain(dataset=run.dataset, name=name, as_given=name, row_numbers=[1], status="found")
        for name in names
    )
    # Only who has a capture of a logo may see its picture.
    Capture.objects.bulk_create(
        Capture(domain=domain, logo=logo, finder="zip", rank=0, score=1.0, fetched_at=now)
        for domain, (_, logo) in zip(domains, owners, strict=True)
    )
    Assignment.objects.bulk_create(
        Assignment(
            run=run,
            domain=domain,
            logo=logo,
            cluster_id=clusters.get(int(drawn.clusters[row])),
            probability=1.0,
            outlier_score=0.0,
            x=drawn.places[row, 0],
            y=drawn.places[row, 1],
        )
        for domain, (row, logo) in zip(domains, owners, strict=True)
    )


def _logo(name: str) -> Any:
    from clustering.models import Logo

    return Logo(sha256=_digest(name), width=320, height=96, media_type="image/png", ground="light")


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _write_pictures(names: Iterable[str]) -> None:
    """Give each logo a file; a few pictures, each under many names, are enough for the map."""
    from clustering import conf
    from clustering.services import file_store, storage

    pictures = images()
    first = [storage.logo_name(_digest(f"picture {number}")) for number in range(len(pictures))]
    files = conf.places().files
    for name, picture in zip(first, pictures, strict=True):
        file_store.store().write(name, picture)
    for number, name in enumerate(names):
        file = files / storage.logo_name(_digest(name))
        file.parent.mkdir(parents=True, exist_ok=True)
        os.link(files / first[number % len(first)], file)


def _domains(drawn: Points, row: int) -> Iterator[str]:
    for place in range(int(drawn.n_domains[row])):
        suffix = SUFFIXES[(row + place) % len(SUFFIXES)]
        again = f"-{place}" if place >= len(SUFFIXES) else ""
        yield f"{drawn.names[row]}{again}.{suffix}"


def session_of(user: Any) -> dict[str, str]:
    """Sign a user in; return name and value of the cookie."""
    from django.test import Client

    client = Client()
    client.force_login(user)
    ((name, cookie),) = client.cookies.items()
    return {"cookie": name, "session": cookie.value}


def main() -> None:
    """Create and fill the tables."""
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    sys.stdout.write(json.dumps(write(points(int(sys.argv[1])))))


if __name__ == "__main__":
    main()
