"""Finds the distances of a run on its own logos if its embedder has no measured ones."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from clustering.models import Run
from clustering.pipeline.clusterers import calibration
from clustering.pipeline.self_calibration import find_distances, sampled_rows
from clustering.services import storage
from clustering.services.embedding import embedder_of, vectors_of
from clustering.services.work import leases, process_resources

if TYPE_CHECKING:
    from clustering.services.runs.compute import RunInput


def find_distances_of(run: Run, given: "RunInput") -> None:
    """Find the distances of a leased run and set those of its clusterer.

    With too few logos the run keeps the distances of its embedder.
    """
    leases.set_step(run, "Finding distances")
    sha256_of = dict(zip(given.logo_ids, given.sha256s, strict=True))
    logos = sorted(sha256_of.keys() - given.placeholder_ids, key=sha256_of.__getitem__)
    ids, vectors = vectors_of(logos, run.embedder_key)
    names: dict[int, list[str]] = {}
    for logo_id, name in zip(given.logo_ids, given.domain_names, strict=True):
        names.setdefault(logo_id, []).append(name)
    images = ((row, storage.opened(sha256_of[ids[row]])) for row in sampled_rows(len(ids)))
    found = find_distances(
        vectors,
        [names[logo_id] for logo_id in ids],
        [(row, image) for row, image in images if image is not None],
        embedder_of(run, process_resources.embedder),
    )
    if found is None:
        return
    distances = found.distances
    run.found_distances = asdict(distances)
    run.clusterer_params |= calibration.options_at(run.clusterer, distances.threshold)
    Run.objects.filter(pk=run.pk, lease_token=run.lease_token).update(
        found_distances=run.found_distances, clusterer_params=run.clusterer_params
    )
