"""Why two logos of a run are, or are not, in one cluster."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from clustering.models import (
    Assignment,
    Cluster,
    Domain,
    LabelSource,
    Neighbourhood,
    PairRule,
    Run,
)
from clustering.pipeline import constraints, evidence
from clustering.pipeline.domain_words import shared_word
from clustering.pipeline.domains.suffixes import owner_word
from clustering.pipeline.evidence import Tier
from clustering.pipeline.imaging import hashing
from clustering.selectors import logo_tiles, similarity, words

MOST_IN_CHAIN: Final = 3_000  # logos of a cluster that the chain is searched among
N_BLOCKS: Final = 4  # of the neighbour graph that are sampled


@dataclass(frozen=True)
class Side:
    """One of the two domains, with its logo and its cluster, as corrected."""

    assignment: Assignment
    cluster: Cluster | None

    @property
    def domain(self) -> Domain:
        return self.assignment.domain


@dataclass(frozen=True)
class ChainLink:
    """A link between two logos, each with one domain that shows it."""

    first: Assignment
    second: Assignment
    cosine: float
    is_weakest: bool
    is_by_rule: bool


@dataclass(frozen=True)
class Why:
    """The evidence about two logos."""

    first: Side
    second: Side
    is_together: bool
    is_same_file: bool
    hash_distance: int
    """Bits of 64."""
    is_copy: bool
    cosine: float | None
    """None without vectors."""
    percentile: float | None
    """Share of the nearest pairs of the data set that are less similar."""
    word: str
    """That the domains share; may be empty."""
    read: tuple[str, ...]
    """Words that were read in both logos."""
    rule: PairRule | None
    """About this very pair."""
    rules: tuple[tuple[Domain, Domain], ...]
    """The chain of rules for one brand that joins the two."""
    chain: tuple[ChainLink, ...]
    tier: Tier


def side_of(run: Run, domain: Domain) -> Side | None:
    """Return a side of a pair; None if the domain has no logo in the run."""
    row = logo_tiles.assignment_of(run, domain)
    if row is None:
        return None
    row.domain = domain
    return Side(row, logo_tiles.cluster_of(row, LabelSource.CORRECTED))


def medoid_of(run: Run, cluster: Cluster) -> Domain | None:
    """Return a domain of the cluster that shows its medoid, else its most similar member."""
    rows = run.assignments.members_of(cluster).select_related("domain").order_by("-similarity")
    shown = rows.filter(logo=cluster.medoid_id).first() or rows.first()
    return shown.domain if shown else None


def why(run: Run, first: Side, second: Side) -> Why:
    """Return the evidence about two domains. At most fifteen queries."""
    one, other = first.assignment.logo, second.assignment.logo
    held = first.assignment.corrected_cluster_id
    is_together = held is not None and held == second.assignment.corrected_cluster_id
    cosine = similarity.similarity_to(run, one, [other.pk]).get(other.pk)
    hash_distance = hashing.distance(int(one.phash, 16), int(other.phash, 16))
    copy_distance = run.distances.copies
    is_copied = evidence.is_copy(hash_distance, cosine, copy_distance)
    rules = list(run.pair_rules.select_related("first", "second", "decided_by"))
    threshold = run.distances.threshold
    names = (owner_word(first.domain.name), owner_word(second.domain.name))
    return Why(
        first=first,
        second=second,
        is_together=is_together,
        is_same_file=one.pk == other.pk,
        hash_distance=hash_distance,
        is_copy=is_copied,
        cosine=cosine,
        percentile=None if cosine is None else evidence.percentile(cosine, nearest_pairs(run)),
        word=shared_word(*names).text,
        read=tuple(words.shared(words.read_in([one, other]), one, other)),
        rule=_rule_of(rules, first, second),
        rules=_joining(rules, first, second),
        chain=_chain(run, first, second, rules) if is_together and one.pk != other.pk else (),
        tier=evidence.tier(
            is_same=one.pk == other.pk,
            is_copied=is_copied,
            is_alike=cosine is not None and 1.0 - cosine <= threshold,
            is_together=is_together,
        ),
    )


def nearest_pairs(run: Run) -> list[float]:
    """Return the cosine of some logos, spread over the run, to their nearest neighbour."""
    every = list(run.neighbourhoods.order_by("first_logo_id").values_list("pk", flat=True))
    chosen = every[:: max(1, len(every) // N_BLOCKS)][:N_BLOCKS]
    lists: dict[int, list[int]] = {}
    for block in Neighbourhood.objects.filter(pk__in=chosen):
        ids = np.frombuffer(bytes(block.logo_ids), dtype="<i8")
        step = max(1, len(ids) * len(chosen) // evidence.N_SAMPLED)
        for logo_id in ids[::step].tolist():
            listed = block.of(logo_id)
            lists[logo_id] = [] if listed is None else listed.tolist()
    wanted = {*lists, *(pk for found in lists.values() for pk in found)}
    ids_found, vectors = similarity.stacked(run, wanted)
    row_of = {pk: row for row, pk in enumerate(ids_found)}
    nearest = []
    for logo_id, found in lists.items():
        rows = [row_of[pk] for pk in found if pk in row_of]
        if rows and logo_id in row_of:
            nearest.append(float((vectors[rows] @ vectors[row_of[logo_id]]).max()))
    return nearest


def _rule_of(rules: Sequence[PairRule], first: Side, second: Side) -> PairRule | None:
    pair = {first.domain.pk, second.domain.pk}
    return next((one for one in rules if {one.first_id, one.second_id} == pair), None)


def _joining(
    rules: Sequence[PairRule], first: Side, second: Side
) -> tuple[tuple[Domain, Domain], ...]:
    """Return the chain of rules for one brand between two domains; empty if there is none."""
    same = [one for one in rules if one.kind == PairRule.Kind.SAME]
    domains = {one.pk: one for rule in same for one in (rule.first, rule.second)}
    ends = (first.domain.pk, second.domain.pk)
    pairs = [(rule.first_id, rule.second_id) for rule in same]
    found = constraints.contradictions(pairs, [ends] if set(ends) <= domains.keys() else [])
    return tuple((domains[one], domains[other]) for row in found for one, other in row.same)


def _chain(
    run: Run, first: Side, second: Side, rules: Sequence[PairRule]
) -> tuple[ChainLink, ...]:
    """Return the chain of nearest neighbours between two members of one cluster."""
    cluster = first.cluster
    if cluster is None:
        return ()
    rows = run.assignments.members_of(cluster).order_by("-similarity", "id")
    logo_of: dict[int, int] = {}
    shown: dict[int, int] = {}
    for domain_id, logo_id in rows.values_list("domain_id", "logo_id").iterator():
        if len(shown) < MOST_IN_CHAIN or logo_id in shown:
            logo_of[domain_id] = logo_id
            shown.setdefault(logo_id, domain_id)
    for side in (first, second):
        logo_of[side.domain.pk] = side.assignment.logo_id
        shown[side.assignment.logo_id] = side.domain.pk
    ids, vectors = similarity.stacked(run, sorted(shown))
    row_of = {pk: row for row, pk in enumerate(ids)}
    ends = [row_of.get(side.assignment.logo_id) for side in (first, second)]
    if ends[0] is None or ends[1] is None:
        return ()
    same = [
        (row_of[logo_of[one.first_id]], row_of[logo_of[one.second_id]])
        for one in rules
        if one.kind == PairRule.Kind.SAME
        and logo_of.get(one.first_id) in row_of
        and logo_of.get(one.second_id) in row_of
    ]
    found = evidence.chain(vectors, ends[0], ends[1], same)
    domain_of = {row: shown[pk] for pk, row in row_of.items()}
    used = {domain_of[row] for link in found.links for row in link[:2]}
    steps = run.assignments.filter(domain__in=used).select_related("logo", "domain")
    by_domain = {row.domain_id: row for row in steps}
    return tuple(
        ChainLink(
            by_domain[domain_of[link.first]],
            by_domain[domain_of[link.second]],
            link.cosine,
            is_weakest=link == found.weakest,
            is_by_rule=evidence.is_by_rule(link),
        )
        for link in found.links
    )
