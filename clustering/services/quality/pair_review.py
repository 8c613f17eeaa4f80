"""Review of sampled pairs of logos, for estimates of precision and recall."""

from collections import Counter
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from clustering.models import Assignment, Domain, Judgement, ReviewPair, Run, User
from clustering.pipeline.evaluation.pair_estimates import (
    JudgementCounts,
    PairEstimate,
    estimate_from_judgements,
)
from clustering.pipeline.evaluation.pair_sampling import Stratum


@dataclass(frozen=True)
class ReviewProgress:
    """Progress of one reviewer."""

    user: User
    n_judged: int
    n_all: int

    @property
    def n_left(self) -> int:
        return self.n_all - self.n_judged


@dataclass(frozen=True)
class Question:
    """A pair with, for each side, a domain that shows it, unless its logo was replaced."""

    pair: ReviewPair
    first: Domain | None
    second: Domain | None


def next_question(run: Run, user: User) -> Question | None:
    """Return the first pair that ``user`` has not judged; None when all are. Three queries."""
    pair = _unjudged(run, user).select_related("first", "second").first()
    return _question(run, pair) if pair else None


def progress(run: Run, user: User) -> ReviewProgress:
    """Return the progress of ``user``. Two queries."""
    n_judged = Judgement.objects.filter(pair__run=run, user=user).count()
    return ReviewProgress(user, n_judged, run.review_pairs.count())


def reviewers(run: Run) -> list[ReviewProgress]:
    """Return the progress of each reviewer, most judgements first. Three queries."""
    rows = Judgement.objects.filter(pair__run=run).values_list("user_id", flat=True)
    counted, n_all = Counter(rows), run.review_pairs.count()
    users = User.objects.in_bulk(list(counted))
    return [ReviewProgress(users[pk], n, n_all) for pk, n in counted.most_common()]


@transaction.atomic
def judge(run: Run, user: User, *, place: int, verdict: Judgement.Verdict) -> Judgement | None:
    """Record a judgement of ``user``; a later one of the same pair replaces it.

    None if there is no such pair.
    """
    pair = run.review_pairs.filter(place=place).first()
    if pair is None:
        return None
    judgement, _ = Judgement.objects.update_or_create(
        pair=pair, user=user, defaults={"verdict": verdict, "created_at": timezone.now()}
    )
    return judgement


def undo(run: Run, user: User) -> Question | None:
    """Delete the user's last judgement and return its pair; None if there is none."""
    mine = Judgement.objects.filter(pair__run=run, user=user).order_by("-created_at", "-pk")
    last = mine.select_related("pair__first", "pair__second").first()
    if last is None:
        return None
    last.delete()
    return _question(run, last.pair)


def verdict(run: Run, user: User) -> PairEstimate | None:
    """Return the estimates from the judgements of ``user``; None without any. Two queries."""
    said = Judgement.objects.filter(pair__run=run, user=user)
    counted = Counter(said.values_list("pair__stratum", "verdict"))
    if not counted:
        return None
    strata = dict(run.review_pairs.order_by().values_list("stratum", "n_stratum").distinct())
    return estimate_from_judgements(
        {
            Stratum(name): JudgementCounts(
                n_pairs,
                same=counted[name, Judgement.Verdict.SAME],
                different=counted[name, Judgement.Verdict.DIFFERENT],
                unsure=counted[name, Judgement.Verdict.UNSURE],
            )
            for name, n_pairs in strata.items()
        }
    )


def _unjudged(run: Run, user: User) -> QuerySet[ReviewPair]:
    return run.review_pairs.exclude(judgements__user=user).order_by("place")


def _question(run: Run, pair: ReviewPair) -> Question:
    shown = Assignment.objects.of_logos(run, (pair.first_id, pair.second_id))
    rows = shown.select_related("domain").order_by("-domain__name")
    domain_of = {row.logo_id: row.domain for row in rows}
    return Question(pair, domain_of.get(pair.first_id), domain_of.get(pair.second_id))
