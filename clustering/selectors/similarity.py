"""Nearest neighbours by cosine of the stored vectors; memory is bounded by blocks."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from clustering.models import Assignment, Cluster, Embedding, LabelSource, Logo, Neighbourhood, Run
from clustering.models.suggestion import ScoredCluster
from clustering.pipeline.domain_words import ClusterWords, SharedWord
from clustering.pipeline.pair_score import PairScore, Reason
from clustering.selectors import gallery, pair_rules

BLOCK = 1024  # vectors held at once: 8 MB of float32 at 2,048 dimensions
N_SUGGESTIONS = 3
N_DECIDED = 2_000  # latest decisions whose logos are compared: 2 MB of vectors
N_NEIGHBOURS = 12


@dataclass(frozen=True)
class SuggestedCluster:
    """A cluster that a logo may belong to."""

    cluster: Cluster
    score: float
    """Cosine to the cluster's medoid."""
    probability: float
    """That logo and cluster have one brand."""
    word: str
    """That their domains share; may be empty."""
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Nearest:
    """The best rows for each query: ids and their cosines, best first, shape (m, k)."""

    ids: NDArray[np.int64]
    scores: NDArray[np.float32]


def vectors_of(run: Run) -> "QuerySet[Embedding]":
    """Return the usable vectors of the run's embedder, in the order of their logos."""
    return Embedding.objects.filter(embedder_key=run.embedder_key, error_code="").order_by(
        "logo_id"
    )


def similarity_to(run: Run, logo: Logo | None, logo_ids: Collection[int]) -> dict[int, float]:
    """Return the cosine of each logo to ``logo``; logos without a vector are left out."""
    if logo is None:
        return {}
    found = cosines(run, {(logo.pk, other) for other in logo_ids})
    return {other: score for (_, other), score in found.items()}


def cosines(run: Run, pairs: Collection[tuple[int, int]]) -> dict[tuple[int, int], float]:
    """Return the cosine of each pair of logos; those without a vector are left out.

    Two queries for every ``BLOCK`` logos that come first in a pair. A pair has the same cosine
    whatever else is asked.
    """
    others: dict[int, list[int]] = {}
    for first, second in pairs:
        others.setdefault(first, []).append(second)
    found: dict[tuple[int, int], float] = {}
    firsts = sorted(others)
    for start in range(0, len(firsts), BLOCK):
        found |= _cosines(run, {pk: others[pk] for pk in firsts[start : start + BLOCK]})
    return found


def _cosines(run: Run, others: Mapping[int, Sequence[int]]) -> dict[tuple[int, int], float]:
    ids, vectors = _stacked(vectors_of(run).filter(logo_id__among=others))
    firsts_of: dict[int, list[int]] = {}
    for row, first in enumerate(ids):
        for second in others[first]:
            firsts_of.setdefault(second, []).append(row)
    found: dict[tuple[int, int], float] = {}
    for seconds, block in _blocks(vectors_of(run).filter(logo_id__among=firsts_of)):
        asked = [(row, place) for place, pk in enumerate(seconds) for row in firsts_of[pk]]
        rows, places = (list(column) for column in zip(*asked, strict=True))
        scores = np.einsum("ij,ij->i", vectors[rows], block[places]).tolist()
        keys = ((ids[row], seconds[place]) for row, place in asked)
        found.update(zip(keys, scores, strict=True))
    return found


def suggestions(
    run: Run, label_source: LabelSource, logo_ids: Sequence[int], *, top: int = N_SUGGESTIONS
) -> dict[int, list[SuggestedCluster]]:
    """Return the ``top`` clusters that each logo most likely belongs to, best first.

    From the stored suggestions and the logos that people have put into clusters since; a logo
    without stored suggestions is compared with all medoids, by looks alone. Clusters with a logo
    that a rule keeps apart from it are left out, and locked ones; merged ones count as the cluster
    that they are part of. Nine queries, eleven with rules.
    """
    refused = pair_rules.refused_clusters(run, logo_ids)
    by = run.pair_score
    stored = {row.logo_id: row.scored(by) for row in run.suggestions.filter(logo__in=logo_ids)}
    filled = gallery.clusters(run, label_source).filter(medoid__isnull=False, is_locked=False)
    missing = [logo_id for logo_id in logo_ids if logo_id not in stored]
    scored = _compared(run, filled, missing) if missing else {}
    if stored:
        is_corrected = label_source is LabelSource.CORRECTED
        decided = (
            _compared_with_decided(run, list(stored), filled, refused, top) if is_corrected else {}
        )
        home_of = _homes(run, stored.values()) if is_corrected else {}
        for logo_id, found in stored.items():
            now = [
                replace(one, cluster_id=home_of.get(one.cluster_id, one.cluster_id))
                for one in found
            ]
            both = sorted([*now, *decided.get(logo_id, [])], key=ScoredCluster.rank)
            scored[logo_id] = list({one.cluster_id: one for one in reversed(both)}.values())
            scored[logo_id].sort(key=ScoredCluster.rank)
    asked = {one.cluster_id for found in scored.values() for one in found}
    held = set(filled.filter(pk__among=asked).values_list("pk", flat=True))
    best = {
        logo_id: [
            one
            for one in found
            if one.cluster_id in held and one.cluster_id not in refused.get(logo_id, ())
        ][:top]
        for logo_id, found in scored.items()
    }
    wanted = {one.cluster_id for found in best.values() for one in found}
    # Medoids by a query of their own: a join reads all logos of the database.
    clusters = filled.select_related(None).in_bulk(wanted)
    medoids = Logo.objects.in_bulk({one.medoid_id for one in clusters.values()})
    for cluster in clusters.values():
        cluster.medoid = medoids[cluster.medoid_id or 0]
    return {
        logo_id: [_suggested(clusters[one.cluster_id], one, by) for one in found]
        for logo_id, found in best.items()
    }


def _homes(run: Run, found: Iterable[Sequence[ScoredCluster]]) -> dict[int, int]:
    """Return the clusters into which people merged suggested ones. One query."""
    asked = {one.cluster_id for some in found for one in some}
    merged = run.clusters.filter(pk__among=asked, merged_into__isnull=False)
    return {pk: target for pk, target in merged.values_list("pk", "merged_into_id") if target}


def _compared_with_decided(
    run: Run,
    logo_ids: Sequence[int],
    clusters: QuerySet[Cluster],
    refused: Mapping[int, Collection[int]],
    top: int,
) -> dict[int, list[ScoredCluster]]:
    """Compare logos with those that people put into clusters last, by look and words.

    Four queries. So a decision about one logo counts for the next at once.

    Returns:
        The ``top`` of ``clusters`` that are not ``refused`` for each logo, best first.
    """
    rows = run.assignments.reviewed().filter(human_cluster__isnull=False).order_by("-reviewed_at")
    columns = ("logo_id", "human_cluster_id", "domain__name")
    table = rows.values_list(*columns)[:N_DECIDED]
    cluster_of = {logo_id: cluster_id for logo_id, cluster_id, _ in table if cluster_id}
    names: dict[int, list[str]] = {}
    for logo_id, _, name in table:
        names.setdefault(logo_id, []).append(name)
    ids, vectors = _stacked(vectors_of(run).filter(logo_id__in=cluster_of))
    asked_ids, asked = _stacked(vectors_of(run).filter(logo_id__in=logo_ids))
    if not ids or not asked_ids:
        return {}
    found_clusters = clusters.filter(pk__among=set(cluster_of.values()))
    offered = set(found_clusters.order_by().values_list("pk", flat=True))
    owners = np.array([cluster_of[pk] for pk in ids])
    by, words = (
        run.pair_score,
        ClusterWords.of((names[pk] for pk in ids), has_common=False),
    )
    shown: dict[int, list[str]] = {}
    domains = Assignment.objects.of_logos(run, asked_ids)
    for logo_id, name in domains.values_list("logo_id", "domain__name"):
        shown.setdefault(logo_id, []).append(name)
    found = {}
    for logo_id, cosines in zip(asked_ids, asked @ vectors.T, strict=True):
        shared = words.shared_with(shown.get(logo_id, []))
        likely = np.round(by.probabilities(cosines, shared), 6)
        best: dict[int, int] = {}
        for place in np.lexsort((owners, -cosines, -likely)).tolist():
            owner = cluster_of[ids[place]]
            is_offered = owner in offered and owner not in refused.get(logo_id, ())
            if is_offered and ids[place] != logo_id:
                best.setdefault(owner, place)
            if len(best) == top:
                break
        found[logo_id] = [
            ScoredCluster.of(owner, float(cosines[place]), shared.get(place, SharedWord()), by)
            for owner, place in best.items()
        ]
    return found


def stacked(run: Run, logo_ids: Collection[int]) -> tuple[list[int], NDArray[np.float32]]:
    """Return the logos that have a vector, by ascending id, and their vectors as rows."""
    return _stacked(vectors_of(run).filter(logo_id__in=logo_ids))


def _stacked(stored: QuerySet[Embedding]) -> tuple[list[int], NDArray[np.float32]]:
    blocks = list(_blocks(stored))
    ids = [logo_id for some, _ in blocks for logo_id in some]
    empty = np.empty((0, 0), np.float32)
    return ids, np.concatenate([block for _, block in blocks]) if blocks else empty


def _suggested(cluster: Cluster, found: ScoredCluster, by: PairScore) -> SuggestedCluster:
    reasons = by.reasons(found.score, found.word)
    return SuggestedCluster(cluster, found.score, found.probability, found.word, reasons)


def _compared(
    run: Run, clusters: QuerySet[Cluster], logo_ids: Sequence[int]
) -> dict[int, list[ScoredCluster]]:
    """Compare logos with the medoids of ``clusters``, best first."""
    by = run.pair_score
    by_medoid = dict(clusters.order_by("-number").values_list("medoid_id", "pk"))
    asked = [(ids, block) for ids, block in _blocks(vectors_of(run).filter(logo_id__in=logo_ids))]
    if not asked or not by_medoid:
        return {}
    ids = [logo_id for some, _ in asked for logo_id in some]
    medoids = vectors_of(run).filter(logo__in=clusters.order_by().values("medoid"))
    found = nearest(medoids, np.concatenate([block for _, block in asked]), N_SUGGESTIONS)
    return {
        logo_id: sorted(
            (
                ScoredCluster.of(by_medoid[int(medoid)], float(score), SharedWord(), by)
                for medoid, score in zip(found.ids[row], found.scores[row], strict=True)
                if int(medoid) in by_medoid
            ),
            key=ScoredCluster.rank,
        )
        for row, logo_id in enumerate(ids)
    }


def neighbours(run: Run, logo: Logo) -> list[tuple[int, float]]:
    """Return ids and cosines of the nearest logos of the run, without ``logo`` itself.

    From the stored neighbour graph; for logos that are not in it (placeholders, or placed
    later), from all vectors. Three queries.
    """
    own = _one_vector(run, logo)
    if own is None:
        return []
    known = listed_neighbours(run, logo.pk)
    shown = run.assignments.order_by()
    if known is not None:  # some of them may have been replaced since the run
        shown = Assignment.objects.of_logos(run, known)
    others = vectors_of(run).filter(logo__in=shown.values("logo")).exclude(logo=logo)
    found = nearest(others, own[np.newaxis], N_NEIGHBOURS)
    return list(zip(found.ids[0].tolist(), found.scores[0].tolist(), strict=True))


def stored_neighbours(run: Run, logo_ids: Sequence[int]) -> list[tuple[int, int, float]]:
    """Return pairs of the neighbour graph: a logo of ``logo_ids``, a near one, their cosine.

    One query, and one for each logo.
    """
    listed = {pk: listed_neighbours(run, pk) or [] for pk in logo_ids}
    wanted = {*listed, *(other for others in listed.values() for other in others)}
    ids, vectors = _stacked(vectors_of(run).filter(logo_id__in=wanted))
    row_of = {pk: row for row, pk in enumerate(ids)}
    return [
        (pk, other, float(vectors[row_of[pk]] @ vectors[row_of[other]]))
        for pk, others in listed.items()
        for other in others
        if pk in row_of and other in row_of
    ]


def listed_neighbours(run: Run, logo_id: int) -> list[int] | None:
    """Return ids of the nearest logos, unordered; None if the run stores none. One query."""
    blocks = Neighbourhood.objects.filter(run=run, first_logo_id__lte=logo_id)
    block = blocks.order_by("-first_logo_id").first()
    found = None if block is None else block.of(logo_id)
    return None if found is None else found.tolist()


def nearest(stored: "QuerySet[Embedding]", queries: NDArray[np.float32], k: int) -> Nearest:
    """Return the ``k`` logos of highest cosine for each row of ``queries``.

    Reads ``stored`` block by block and keeps only the best so far. Ties go to the lowest
    logo id, since the blocks come in that order and the sort is stable.
    """
    ids = np.empty((len(queries), 0), np.int64)
    scores = np.empty((len(queries), 0), np.float32)
    for block_ids, block in _blocks(stored):
        ids = np.hstack([ids, np.tile(np.array(block_ids, np.int64), (len(queries), 1))])
        scores = np.hstack([scores, queries @ block.T])
        best = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        ids, scores = np.take_along_axis(ids, best, 1), np.take_along_axis(scores, best, 1)
    return Nearest(ids, scores)


def _one_vector(run: Run, logo: Logo | None) -> NDArray[np.float32] | None:
    stored = vectors_of(run).filter(logo=logo).first() if logo else None
    return stored.as_array() if stored else None


def _blocks(stored: "QuerySet[Embedding]") -> Iterator[tuple[list[int], NDArray[np.float32]]]:
    rows = stored.values_list("logo_id", "vector").iterator(chunk_size=BLOCK)
    while block := list(islice(rows, BLOCK)):
        raw = b"".join(bytes(vector) for _, vector in block)
        matrix = np.frombuffer(raw, dtype="<f2").reshape(len(block), -1).astype(np.float32)
        yield [logo_id for logo_id, _ in block], matrix
