"""Images that cannot be embedded do not affect others."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pytest_django import Settings

from clustering.models import Dataset, Run, User
from clustering.pipeline.embedders import Embedder
from clustering.pipeline.imaging.decoder import normalise_bytes
from clustering.selectors import export_rows
from clustering.services import embedding
from clustering.services.runs import compute, request
from clustering.services.runs.spec import RunSpec
from clustering.services.storage import keep_image
from clustering.services.work import leases
from tests.factories import make_dataset, make_domain
from tests.pictures import as_png

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

N_BRANDS, N_SITES = 20, 5
BAD_SITES = {f"site{number}-of-brand{number * 3}.de" for number in range(5)}  # 5 of 100


class OfMeanColour:
    """A vector of the mean colour; refuses images whose first pixel is marked."""

    key, dim = "descriptor:mean", 3

    def __init__(self, *, refuses: bool) -> None:
        self._refuses = refuses

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        return np.stack([self._vector(image) for image in images])

    def _vector(self, image: Image.Image) -> NDArray[np.float32]:
        pixels = np.asarray(image.convert("RGB"), dtype=np.float32)
        if self._refuses and tuple(pixels[0, 0]) == (255.0, 0.0, 255.0):
            raise ValueError("this image breaks the model")
        colour = pixels[8:, 8:].mean(axis=(0, 1)) - 128.0
        return np.asarray(colour / np.linalg.norm(colour), dtype=np.float32)


class WithoutSense(OfMeanColour):
    """Gives no number for a marked image."""

    def _vector(self, image: Image.Image) -> NDArray[np.float32]:
        try:
            return super()._vector(image)
        except ValueError:
            return np.full(3, np.nan, dtype=np.float32)


def directions() -> NDArray[np.float64]:
    """Return a direction of its own in the space of colours for each brand."""
    turns = np.arange(N_BRANDS) * (np.pi * (3.0 - np.sqrt(5.0)))  # a Fibonacci sphere
    heights = 1.0 - 2.0 * (np.arange(N_BRANDS) + 0.5) / N_BRANDS
    rings = np.sqrt(1.0 - heights**2)
    return np.stack([rings * np.cos(turns), rings * np.sin(turns), heights], axis=1)


def picture(brand: int, site: int, *, is_bad: bool) -> bytes:
    pixels = np.empty((32, 32, 3), dtype=np.uint8)
    pixels[:] = np.round(128 + (100 + 4 * site) * directions()[brand]).astype(np.uint8)
    pixels[:4, 4:8] = 255 - pixels[0, 0]  # something to see
    if is_bad:
        pixels[0, 0] = (255, 0, 255)
    return as_png(Image.fromarray(pixels))


@pytest.fixture
def dataset(alice: User, settings: Settings, tmp_path: Path) -> Dataset:
    """Twenty brands of five sites; every logo is an image of its own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    dataset = make_dataset(alice)
    for site in range(N_SITES):
        for brand in range(N_BRANDS):
            name = f"site{site}-of-brand{brand}.de"
            image = normalise_bytes(picture(brand, site, is_bad=name in BAD_SITES))
            make_domain(dataset, name, logo=keep_image(image))
    return dataset


def clustered(dataset: Dataset, embedder: Embedder) -> Run:
    run = request.request_run(
        dataset,
        RunSpec("descriptor", "agglomerative", {"distance_threshold": 0.01}, projector="pca"),
    )
    leased = leases.claim(run)
    assert leased is not None
    embedding.embed_for(leased, make=lambda name: embedder, limit=200)
    claimed = compute.claim(run)
    assert claimed is not None
    compute.compute(claimed)
    run.refresh_from_db()
    return run


@pytest.mark.parametrize("embedder", [OfMeanColour(refuses=True), WithoutSense(refuses=True)])
def test_with_five_percent_failing_every_domain_keeps_the_cluster_of_its_own_image(
    dataset: Dataset, embedder: OfMeanColour
) -> None:
    """Request 17: names, never positions."""
    run = clustered(dataset, embedder)

    labels = export_rows.labels(run)
    brand_of = {name: name.partition("-of-")[2] for name in labels}
    assert len(labels) == N_BRANDS * N_SITES
    assert {name for name, label in labels.items() if label == -1} == BAD_SITES
    groups: dict[int, set[str]] = {}
    for name, label in labels.items():
        groups.setdefault(label, set()).add(brand_of[name])
    del groups[-1]
    assert len(groups) == N_BRANDS
    assert all(len(brands) == 1 for brands in groups.values())
    for row in run.assignments.select_related("domain", "logo"):
        assert row.domain.captures.get(is_primary=True).logo == row.logo


def test_the_others_fare_as_if_the_failing_ones_had_never_been(dataset: Dataset) -> None:
    with_failures = export_rows.labels(clustered(dataset, OfMeanColour(refuses=True)))
    dataset.domains.filter(name__in=BAD_SITES).delete()

    without = export_rows.labels(clustered(dataset, OfMeanColour(refuses=True)))

    assert without == {name: with_failures[name] for name in without}


def test_a_failure_is_recorded_once_and_not_tried_for_ever(dataset: Dataset) -> None:
    run = clustered(dataset, OfMeanColour(refuses=True))

    failed = dataset.domains.filter(captures__logo__embeddings__error_code=embedding.UNEMBEDDABLE)
    assert set(failed.values_list("name", flat=True)) == BAD_SITES
    assert run.metrics["n_outliers"] == 0
    assert run.assignments.filter(x__isnull=True).count() == len(BAD_SITES)
