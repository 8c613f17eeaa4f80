"""Standing rules about pairs: of one brand, or of different ones; each verb is one Correction."""

from collections.abc import Collection, Iterable, Sequence
from itertools import combinations, product, starmap
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from clustering.models import Correction, PairRule, Run, User
from clustering.pipeline.errors import InputError
from clustering.services.curation.log import Verb, begin, record
from clustering.services.curation.rule_changes import Decided, Pair, RuleChange

MOST_PAIRS: Final = 2_000  # of one decision
TOO_FEW: Final = "a rule is about two logos or more; select some and try again"
Kind = PairRule.Kind


@transaction.atomic
def same(run: Run, user: User, *, domain_ids: Sequence[int], client_id: UUID) -> Correction:
    """Bind the domains into one brand: every later run keeps them in one cluster.

    The first one is paired with each other one, so that n domains have n - 1 rules.

    Raises:
        InputError: if fewer than two of the domains are in the run.
    """
    known = begin(run, client_id)
    if known:
        return known
    return _decide(run, user, Kind.SAME, star(_in_run(run, domain_ids)), client_id)


@transaction.atomic
def different(
    run: Run,
    user: User,
    *,
    domain_ids: Sequence[int],
    others: Sequence[int] = (),
    client_id: UUID,
) -> Correction:
    """Keep the domains apart: no later run has two of them in one cluster.

    Args:
        others: if given, each of ``domain_ids`` differs from each of these, and those of one
            side may be together.

    Raises:
        InputError: if fewer than two of the domains are in the run, or for too many pairs.
    """
    known = begin(run, client_id)
    if known:
        return known
    pairs = pairs_of(run, domain_ids, others)
    return _decide(run, user, Kind.DIFFERENT, pairs, client_id)


@transaction.atomic
def remove(run: Run, user: User, *, pairs: Collection[Pair], client_id: UUID) -> Correction:
    """Remove the rules of these pairs.

    Raises:
        InputError: if none of them has a rule.
    """
    known = begin(run, client_id)
    if known:
        return known
    before = {pair: rule for pair, rule in _rules(run, pairs).items() if rule}
    if not before:
        raise InputError("these pairs have no rule; reload the page")
    change = RuleChange(before=before, after=dict.fromkeys(before))
    change.apply(run, "after")
    return record(run, user, Verb.UNRULED, change, client_id)


@transaction.atomic
def decide(
    run: Run, user: User, *, kind: PairRule.Kind, pairs: Collection[Pair], client_id: UUID
) -> Correction:
    """Set one kind of rule for given pairs, as one decision."""
    known = begin(run, client_id)
    return known or _decide(run, user, kind, pairs, client_id)


def pairs_of(run: Run, domain_ids: Sequence[int], others: Sequence[int] = ()) -> list[Pair]:
    """Return the pairs that :func:`different` decides about."""
    if others:
        one, other = _in_run(run, domain_ids, 1), _in_run(run, others, 1)
        _refuse_more_than_most(len(one) * len(other))
        pairs = [Pair.of(*pair) for pair in product(one, other) if pair[0] != pair[1]]
        return list(dict.fromkeys(pairs))
    found = _in_run(run, domain_ids)
    _refuse_more_than_most(len(found) * (len(found) - 1) // 2)
    return list(starmap(Pair.of, combinations(found, 2)))


def star(domain_ids: Sequence[int]) -> list[Pair]:
    """Return the pairs that :func:`same` decides about: the first domain with each other one."""
    if len(domain_ids) < 2:
        raise InputError(TOO_FEW)
    first, *others = dict.fromkeys(domain_ids)
    _refuse_more_than_most(len(others))
    return [Pair.of(first, other) for other in others]


def _refuse_more_than_most(n_pairs: int) -> None:
    if n_pairs > MOST_PAIRS:
        raise InputError(f"these are {n_pairs} pairs, of at most {MOST_PAIRS}; select fewer logos")


def _in_run(run: Run, domain_ids: Sequence[int], fewest: int = 2) -> list[int]:
    """Return the domains that are in the run, in the given order."""
    rows = run.assignments.filter(domain_id__among=domain_ids)
    there = set(rows.values_list("domain_id", flat=True))
    found = [pk for pk in dict.fromkeys(domain_ids) if pk in there]
    if len(found) < fewest:
        raise InputError(TOO_FEW)
    return found


def _decide(
    run: Run, user: User, kind: PairRule.Kind, pairs: Iterable[Pair], client_id: UUID
) -> Correction:
    before = _rules(run, list(pairs))
    if not before:  # one domain on both sides
        raise InputError(TOO_FEW)
    rule = Decided(kind.value, timezone.now(), user.pk)
    change = RuleChange(before=before, after=dict.fromkeys(before, rule))
    change.apply(run, "after")
    verb = Verb.SAME if kind is Kind.SAME else Verb.DIFFERENT
    return record(run, user, verb, change, client_id)


def _rules(run: Run, pairs: Collection[Pair]) -> dict[Pair, Decided | None]:
    found: dict[Pair, Decided | None] = dict.fromkeys(pairs)
    rows = run.pair_rules.filter(first_id__among={pair.first for pair in pairs})
    for row in rows:
        pair = Pair(row.first_id, row.second_id)
        if pair in found:
            found[pair] = Decided(row.kind, row.decided_at, row.decided_by_id)
    return found
