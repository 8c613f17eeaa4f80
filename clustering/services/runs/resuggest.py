"""Suggestions and review queue computed again from the corrected clusters."""

import numpy as np
from django.db import transaction

from clustering.models import Run, Suggestion
from clustering.services.embedding import vectors_of
from clustering.services.review import build
from clustering.services.runs import brands, suggestions
from clustering.services.runs.suggestions import ComparedLogos


@transaction.atomic
def resuggest(run: Run) -> None:
    """Rank the clusters of each outlier again, so that decisions count; no label changes."""
    Run.objects.select_for_update().get(pk=run.pk)
    held: dict[int, int | None] = {}
    names: dict[int, list[str]] = {}
    rows = run.assignments.order_by("logo__sha256", "domain__name")
    for logo_id, cluster_id, name in rows.values_list(
        "logo_id", "corrected_cluster_id", "domain__name"
    ).iterator():
        held[logo_id] = held.get(logo_id) or cluster_id
        names.setdefault(logo_id, []).append(name)
    clusters = list(run.clusters.filter(n_members__gt=0).order_by("number"))
    place_of = {cluster.pk: place for place, cluster in enumerate(clusters)}
    ids, vectors = vectors_of(list(held), run.embedder_key)
    labels = np.array([place_of.get(held[pk] or 0, -1) for pk in ids], dtype=np.int64)
    Suggestion.objects.filter(run=run).delete()
    compared = ComparedLogos(ids, vectors, [tuple(names[pk]) for pk in ids])
    suggestions.save(run, compared, labels, clusters)
    build.build(run)
    brands.build(run)
