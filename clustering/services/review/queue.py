"""What a person does with an item of the queue, besides the decision itself."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from clustering.models import Correction, ReviewItem, ReviewSubject, Run, User
from clustering.models.review import DOUBTED
from clustering.selectors.review_cards import GRID
from clustering.services.curation import rules
from clustering.services.curation.log import Verb, decode, touched
from clustering.services.curation.rule_changes import RuleChange
from clustering.services.open_reviews import ANSWERED_DIFFERENT, kept, recount
from clustering.services.review.build import Question, append


def answered(item: ReviewItem, answer: str) -> None:
    """Note how an item was decided, if nothing of it is open any more.

    Args:
        answer: the key of a suggestion, or the verb.
    """
    # Its state is and stays "done", so no count changes.
    noted = ReviewItem.objects.filter(pk=item.pk, n_open=0)
    noted.update(answer=answer, answered_at=timezone.now(), skipped_at=None)


def accepted(run: Run, item_ids: Sequence[int]) -> None:
    """Note that the first suggestions of items were accepted together."""
    noted = run.review_items.filter(pk__in=item_ids, n_open=0)
    noted.update(answer=GRID, answered_at=timezone.now(), skipped_at=None)


def doubt(run: Run, item_ids: Sequence[int]) -> None:
    """Note that the first suggestions of items were refused; they stay open."""
    run.review_items.filter(pk__in=item_ids).update(answer=DOUBTED, answered_at=timezone.now())


def skip(item: ReviewItem) -> None:
    """Put an item aside; it stays undecided."""
    with kept(item.run_id, ReviewItem.objects.filter(pk=item.pk)) as skipped:
        skipped.update(skipped_at=timezone.now())


def bring_back(run: Run) -> int:
    """Open the skipped items of a run again; return how many there are."""
    with kept(run.pk, run.review_items.skipped()) as skipped:
        return skipped.update(skipped_at=None)


@transaction.atomic
def dismiss_merge(item: ReviewItem, user: User, *, client_id: UUID) -> Correction:
    """Keep the open clusters of an item apart, by a rule about their medoids; close the item."""
    ids = [pk for one in item.subjects.all() if (pk := _medoid_domain(item.run, one.cluster_id))]
    done = rules.different(item.run, user, domain_ids=ids, client_id=client_id)
    now = timezone.now()
    values = {"n_open": 0, "answer": ANSWERED_DIFFERENT, "answered_at": now}
    with kept(item.run_id, ReviewItem.objects.filter(pk=item.pk)) as closed:
        closed.update(**values)
    return done


def _medoid_domain(run: Run, cluster_id: int | None) -> int | None:
    """Return a domain of an unmerged cluster that shows its medoid, or else any."""
    held = run.assignments.filter(corrected_cluster_id=cluster_id or 0)
    held = held.order_by("-similarity", "domain__name")
    return held.values_list("domain_id", flat=True).first()


def ask_again(run: Run, undone: Correction) -> None:
    """Open the questions whose answer "different" was undone."""
    change = decode(undone)
    if undone.verb != Verb.DIFFERENT or not isinstance(change, RuleChange):
        return
    held = run.assignments.filter(domain_id__among=change.domain_ids)
    clusters = set(held.values_list("corrected_cluster_id", flat=True))
    items = run.review_items.filter(answer=ANSWERED_DIFFERENT, subjects__cluster__in=clusters)
    ids = set(items.values_list("pk", flat=True))
    ReviewItem.objects.filter(pk__in=ids).update(answer="", answered_at=None)
    recount(run, ids)


@transaction.atomic
def take_apart(item: ReviewItem) -> None:
    """Ask about each picture of a group by itself, after the other groups."""
    undecided = item.run.assignments.filter(reviewed_at__isnull=True)
    rows = undecided.filter(domain__in=item.subjects.values("domain")).order_by("domain__name")
    of_logo: dict[int, list[int]] = {}
    for logo_id, domain_id in rows.values_list("logo_id", "domain_id"):
        of_logo.setdefault(logo_id, []).append(domain_id)
    single = ReviewItem.Kind.SINGLE
    append(item.run, [Question(single, item.score, tuple(ids)) for ids in of_logo.values()])
    item.subjects.filter(domain__in=[pk for ids in of_logo.values() for pk in ids]).delete()
    recount(item.run, [item.pk])


def asked_by(run: Run, correction: Correction) -> ReviewItem | None:
    """Return the open item that asks about what a correction, or its undo, touched.

    A merge answers a question about its clusters, others one about logos.
    """
    ids = touched(correction)
    subjects = ReviewSubject.objects.filter(item__run=run)
    in_domains = subjects.filter(domain__in=[one for one in ids if isinstance(one, int)])
    in_clusters = subjects.filter(cluster__uid__in=[one for one in ids if isinstance(one, str)])
    is_merge = (correction.target or correction).verb == Verb.MERGED
    first, second = (in_clusters, in_domains) if is_merge else (in_domains, in_clusters)
    return _first(run, first) or _first(run, second)


def _first(run: Run, subjects: Iterable[ReviewSubject]) -> ReviewItem | None:
    return run.review_items.filter(n_open__gt=0, subjects__in=subjects).first()
