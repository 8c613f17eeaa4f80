"""Pair rules of a run with their logos, and those that contradict each other."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Q

from clustering.models import Assignment, Cluster, Domain, Logo, PairRule, Run
from clustering.pipeline import constraints
from clustering.selectors.pages import KeysetPage, Sort, keyset_page

RULES_PER_PAGE: Final = 50
MOST_SHOWN: Final = 20  # contradictions; each is some pairs of pictures


@dataclass(frozen=True)
class RuleSide:
    """One domain of a rule; without a logo if it has none in the run."""

    domain: Domain
    logo: Logo | None


@dataclass(frozen=True)
class RuleRow:
    """A rule with both pictures."""

    rule: PairRule
    first: RuleSide
    second: RuleSide


@dataclass(frozen=True)
class ContradictionRow:
    """A rule for different brands, and the chain of rules for one brand that contradicts it."""

    different: RuleRow
    same: list[RuleRow]


def rules_page(run: Run, token: str) -> tuple[KeysetPage[PairRule], list[RuleRow]]:
    """Return one page of the rules, newest first; three queries."""
    found = run.pair_rules.select_related("first", "second", "decided_by")
    order = (Sort("decided_at", is_descending=True), Sort("id"))
    n_found = run.pair_rules.count()
    page = keyset_page(found, order, token=token, size=RULES_PER_PAGE, count=n_found)
    return page, _rows(run, page.rows)


def contradictions(run: Run) -> list[ContradictionRow]:
    """Return the rules that cannot all hold in the next run, at most ``MOST_SHOWN``."""
    rules = {(rule.first_id, rule.second_id): rule for rule in run.pair_rules.order_by("pk")}
    same = [pair for pair, rule in rules.items() if rule.kind == PairRule.Kind.SAME]
    apart = [pair for pair, rule in rules.items() if rule.kind == PairRule.Kind.DIFFERENT]
    found = constraints.contradictions(same, apart)[:MOST_SHOWN]
    if not found:
        return []
    shown = [rules[one.different] for one in found]
    shown += [rules[_ordered(pair)] for one in found for pair in one.same]
    ids = {rule.pk for rule in shown}
    loaded = run.pair_rules.filter(pk__in=ids).select_related("first", "second", "decided_by")
    rows = {row.rule.pk: row for row in _rows(run, list(loaded))}
    return [
        ContradictionRow(
            rows[rules[one.different].pk], [rows[rules[_ordered(pair)].pk] for pair in one.same]
        )
        for one in found
    ]


def refused_clusters(run: Run, logo_ids: Collection[int]) -> dict[int, set[int]]:
    """Return for each logo the clusters with a logo that a rule keeps apart from it."""
    if not run.pair_rules.filter(kind=PairRule.Kind.DIFFERENT).exists():
        return {}
    shown = Assignment.objects.of_logos(run, logo_ids)
    own = dict(shown.values_list("domain_id", "logo_id").iterator())
    apart = run.pair_rules.filter(kind=PairRule.Kind.DIFFERENT)
    apart = apart.filter(Q(first__in=own) | Q(second__in=own))
    sides = [
        (logo_id, other)
        for first, second in apart.values_list("first", "second")
        for domain_id, other in ((first, second), (second, first))
        if (logo_id := own.get(domain_id)) is not None
    ]
    held = dict(
        run.assignments.filter(domain__in={other for _, other in sides})
        .exclude(corrected_cluster_id=None)
        .values_list("domain_id", "corrected_cluster_id")
    )
    found: dict[int, set[int]] = {}
    for logo_id, other in sides:
        if other in held:
            found.setdefault(logo_id, set()).add(held[other])
    return found


def between(run: Run, clusters: Collection[Cluster]) -> list[RuleRow]:
    """Return rules that keep logos of one of the clusters apart from those of another one.

    At most ``MOST_SHOWN``; three queries.
    """
    within = run.assignments.filter(corrected_cluster_id__in=[one.pk for one in clusters])
    members = within.values("domain")
    apart = run.pair_rules.filter(kind=PairRule.Kind.DIFFERENT)
    rules = apart.filter(first__in=members, second__in=members)
    found = list(rules.select_related("first", "second", "decided_by").order_by("pk"))
    ids = {pk for rule in found for pk in (rule.first_id, rule.second_id)}
    held = dict(within.filter(domain__in=ids).values_list("domain_id", "corrected_cluster_id"))
    split = [rule for rule in found if held[rule.first_id] != held[rule.second_id]]
    return _rows(run, split[:MOST_SHOWN])


def _ordered(pair: tuple[int, int]) -> tuple[int, int]:
    return min(pair), max(pair)


def _rows(run: Run, rules: Iterable[PairRule]) -> list[RuleRow]:
    listed = list(rules)
    ids = {pk for rule in listed for pk in (rule.first_id, rule.second_id)}
    shown: dict[int, Assignment] = {
        row.domain_id: row for row in run.assignments.filter(domain__in=ids).select_related("logo")
    }

    def side(domain: Domain) -> RuleSide:
        row = shown.get(domain.pk)
        return RuleSide(domain, row.logo if row else None)

    return [RuleRow(rule, side(rule.first), side(rule.second)) for rule in listed]
