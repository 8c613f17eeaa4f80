"""Corrections: forms that redirect back, or, for htmx, a toast with Undo."""

from collections.abc import Callable, Iterable
from uuid import uuid4

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from clustering.models import Cluster, Correction, Dataset, LabelSource, Run
from clustering.pipeline.errors import InputError
from clustering.selectors import gallery, pair_rules
from clustering.services.curation import edits, history, rules
from clustering.services.curation.conflicts import Conflict, refuse_stale
from clustering.services.curation.log import decode
from clustering.services.curation.merges import Merge, Rename, SplitBack
from clustering.services.curation.payloads import counted
from clustering.services.curation.rule_changes import Pair
from clustering.services.curation.undo import describe, redo_last, undo_last
from clustering.views.access import (
    NothingClustered,
    SignedInRequest,
    get_editable_dataset,
    hold_run,
)
from clustering.views.idempotency import client_id_of, known_uuid
from clustering.views.picks import LARGEST_ID, domain_ids, one_of_each, picked, picked_ids
from clustering.views.redirects import redirect_target
from clustering.views.run_context import get_cluster

OUT = "out"
CONFLICT = 409
Decide = Callable[[Run], str]


@require_POST
def assign(request: SignedInRequest, slug: str) -> HttpResponse:
    """Move the selected domains to a cluster, or out as outliers."""

    def decide(run: Run) -> str:
        cluster = _target(request, run)
        client_id, chosen = client_id_of(request), picked_ids(request, run)
        refuse_stale_page(request, run, chosen)
        done = edits.assign(
            run, request.user, domain_ids=chosen, cluster=cluster, client_id=client_id
        )
        return f"Moved {_n_logos(done)} to {cluster.name if cluster else 'the outliers'}"

    return answer(request, slug, decide)


@require_POST
def ignore(request: SignedInRequest, slug: str) -> HttpResponse:
    """Leave the selected domains out of clusters, outliers, counts and map."""

    def decide(run: Run) -> str:
        client_id, chosen = client_id_of(request), picked_ids(request, run)
        refuse_stale_page(request, run, chosen)
        done = edits.ignore(run, request.user, domain_ids=chosen, client_id=client_id)
        return f"Ignored {_n_logos(done)}"

    return answer(request, slug, decide)


@require_POST
def restore(request: SignedInRequest, slug: str) -> HttpResponse:
    """Return the selected ignored domains to where they were before."""

    def decide(run: Run) -> str:
        client_id, chosen = client_id_of(request), picked_ids(request, run)
        refuse_stale_page(request, run, chosen)
        done = edits.restore(run, request.user, domain_ids=chosen, client_id=client_id)
        return f"Restored {_n_logos(done)}"

    return answer(request, slug, decide)


@require_POST
def same(request: SignedInRequest, slug: str) -> HttpResponse:
    """Bind the selected domains into one brand, for all later runs."""

    def decide(run: Run) -> str:
        client_id, chosen = client_id_of(request), one_of_each(request, run)
        refuse_stale_page(request, run, (pair.key for pair in rules.star(chosen)))
        rules.same(run, request.user, domain_ids=chosen, client_id=client_id)
        return f"Later runs keep the {counted(len(set(chosen)), 'logo')} in one cluster"

    return answer(request, slug, decide)


@require_POST
def different(request: SignedInRequest, slug: str) -> HttpResponse:
    """Keep the selected domains apart, or apart from ``other``, in all later runs."""

    def decide(run: Run) -> str:
        client_id, chosen = client_id_of(request), one_of_each(request, run)
        others = domain_ids(request, "other")
        pairs = rules.pairs_of(run, chosen, others)
        refuse_stale_page(request, run, (pair.key for pair in pairs))
        rules.different(run, request.user, domain_ids=chosen, others=others, client_id=client_id)
        return f"Later runs keep {counted(len(pairs), 'pair')} of logos apart"

    return answer(request, slug, decide)


@require_POST
def remove_rule(request: SignedInRequest, slug: str) -> HttpResponse:
    """Remove the rules of the given pairs."""

    def decide(run: Run) -> str:
        pairs = [known_pair(key) for key in request.POST.getlist("pair")]
        refuse_stale_page(request, run, (pair.key for pair in pairs))
        client_id = client_id_of(request)
        rules.remove(run, request.user, pairs=pairs, client_id=client_id)
        return f"Removed {counted(len(pairs), 'rule')}"

    return answer(request, slug, decide)


@require_POST
def new_cluster(request: SignedInRequest, slug: str) -> HttpResponse:
    """Make a cluster of the selected domains."""

    def decide(run: Run) -> str:
        name = request.POST.get("name", "") or request.POST.get("cluster_name", "")
        client_id, chosen = client_id_of(request), picked_ids(request, run)
        refuse_stale_page(request, run, chosen)
        done = edits.new_cluster(
            run, request.user, domain_ids=chosen, name=name, client_id=client_id
        )
        return f"Made {' '.join(name.split())} of {_n_logos(done)}"

    return answer(request, slug, decide)


@require_POST
def merge(request: SignedInRequest, slug: str) -> HttpResponse:
    """Merge the selected clusters."""

    def decide(run: Run) -> str:
        chosen = _chosen_clusters(request, run)
        name = request.POST.get("name", "")
        refuse_stale_page(request, run, (str(one.uid) for one in chosen))
        if "anyway" not in request.POST:
            _ask_if_kept_apart(run, chosen, name)
        into = request.POST.get("into", "")
        done = edits.merge(
            run,
            request.user,
            clusters=chosen,
            target=get_cluster(run, known_uuid(into)) if into else None,
            name=name,
            client_id=client_id_of(request),
        )
        change = Merge.decode(done.payload)
        return f"Merged {change.n_clusters} clusters into {change.name_after.name}"

    return answer(request, slug, decide)


@require_POST
def split_back(request: SignedInRequest, slug: str) -> HttpResponse:
    """Take a merged cluster apart again."""

    def decide(run: Run) -> str:
        chosen = _chosen_clusters(request, run)
        if len(chosen) != 1:
            raise InputError("select one merged cluster to split it back into its parts")
        (cluster,) = chosen
        refuse_stale_page(request, run, [str(cluster.uid)])
        done = edits.split_back(cluster, request.user, client_id=client_id_of(request))
        n_parts = SplitBack.decode(done.payload).merge.n_clusters
        return f"Split {cluster.name} back into {n_parts} clusters"

    return answer(request, slug, decide)


@require_POST
def rename(request: SignedInRequest, slug: str) -> HttpResponse:
    """Give a cluster another name."""

    def decide(run: Run) -> str:
        cluster = get_cluster(run, known_uuid(request.POST.get("cluster", "")))
        name = request.POST.get("name", "")
        refuse_stale_page(request, run, [str(cluster.uid)])
        if request.htmx and "keep_both" not in request.POST:
            _ask_if_name_is_taken(run, cluster, name)
        done = edits.rename(cluster, request.user, name=name, client_id=client_id_of(request))
        return f"Renamed to {Rename.decode(done.payload).after.name}"

    return answer(request, slug, decide)


@require_POST
def undo(request: SignedInRequest, slug: str) -> HttpResponse:
    """Reverse the latest decision."""

    def decide(run: Run) -> str:
        done = undo_last(run, request.user, client_id=client_id_of(request))
        if done is None or done.target is None:
            raise InputError("there is nothing to undo")
        return f"Undid the {describe(done.target)}"

    return answer(request, slug, decide)


@require_POST
def undo_decision(request: SignedInRequest, slug: str) -> HttpResponse:
    """Reverse one decision of the history."""

    def decide(run: Run) -> str:
        asked = request.POST.get("correction", "")
        pk = min(int(asked), LARGEST_ID) if asked.isdecimal() else 0
        wanted = run.dataset.corrections.filter(pk=pk).first()
        if wanted is None:
            raise InputError("the history has no such decision; reload the page")
        client_id = client_id_of(request)
        history.undo_decision(run, request.user, correction=wanted, client_id=client_id)
        return f"Undid the {describe(wanted)}"

    return answer(request, slug, decide)


@require_POST
def redo(request: SignedInRequest, slug: str) -> HttpResponse:
    """Make the decision again that was undone last."""

    def decide(run: Run) -> str:
        if redo_last(run, request.user, client_id=client_id_of(request)) is None:
            raise InputError("there is nothing to redo")
        return "Done again"

    return answer(request, slug, decide)


class _Question(Exception):
    """The user has to choose before anything is decided; names a template with its context."""

    def __init__(self, template: str, **context: object) -> None:
        super().__init__(template)
        self.template, self.context = template, context


def _ask_if_kept_apart(run: Run, clusters: list[Cluster], name: str) -> None:
    apart = pair_rules.between(run, clusters)
    if apart:
        raise _Question("kept_apart", apart=apart, clusters=clusters, name=name)


def _ask_if_name_is_taken(run: Run, cluster: Cluster, name: str) -> None:
    wanted = edits.checked_name(name)
    named = gallery.clusters(run, LabelSource.CORRECTED).filter(name__iexact=wanted)
    other = named.exclude(pk=cluster.pk).order_by("-n_members", "number").first()
    if other is not None:
        raise _Question("name_taken", cluster=cluster, other=other, name=wanted)


def answer(request: SignedInRequest, slug: str, decide: Decide) -> HttpResponse:
    """Make a decision in the run that the request names, and answer with a toast."""
    dataset = get_editable_dataset(request, slug)
    try:
        with transaction.atomic():
            run = hold_run(request, dataset)
            said = decide(run)
    except NothingClustered:
        return _respond(request, dataset, "Nothing is clustered so far", is_error=True)
    except _Question as question:
        context = {"dataset": dataset, "run": run, "client_id": uuid4()} | question.context
        page = "partials" if request.htmx else "questions"
        return render(request, f"clustering/{page}/{question.template}.html", context)
    except Conflict as error:
        text = f"{str(error)[0].upper()}{str(error)[1:]}"
        response = _respond(request, dataset, text, is_error=True, status=CONFLICT)
        return trigger_client_event(response, "corrected") if request.htmx else response
    except InputError as error:
        return _respond(request, dataset, str(error).capitalize(), is_error=True)
    return _respond(request, dataset, said, is_error=False)


def refuse_stale_page(request: SignedInRequest, run: Run, about: Iterable[int | str]) -> None:
    """Refuse what is decided on a page that is out of date; one without a version passes."""
    seen = request.POST.get("seen", "")
    if seen.isdecimal():
        version = min(int(seen), LARGEST_ID)
        client_id = client_id_of(request)
        refuse_stale(run, seen=version, about=set(about), client_id=client_id)


def _respond(
    request: SignedInRequest, dataset: Dataset, text: str, *, is_error: bool, status: int = 200
) -> HttpResponse:
    """Answer htmx with a toast and an event, others with a redirect."""
    if not request.htmx:
        (messages.error if is_error else messages.success)(request, text)
        return HttpResponseRedirect(redirect_target(request, "gallery", dataset.slug))
    context = {"dataset": dataset, "text": text, "is_error": is_error, "client_id": uuid4()}
    context["can_undo"] = not is_error and "undo" not in request.path
    response = render(request, "clustering/partials/toast.html", context, status=status)
    return response if is_error else trigger_client_event(response, "corrected")


def _chosen_clusters(request: SignedInRequest, run: Run) -> list[Cluster]:
    """Return the clusters of the fields ``cluster`` (uids) and ``pick``."""
    uids = {known_uuid(uid) for uid in request.POST.getlist("cluster") if uid}
    chosen = list(run.clusters.filter(uid__in=uids))
    if len(chosen) < len(uids):
        raise InputError("some of these clusters are not in this run; reload the page")
    chosen += picked(request, run).clusters
    return list({one.pk: one for one in chosen}.values())


def _target(request: SignedInRequest, run: Run) -> Cluster | None:
    """Return the cluster chosen by id or, without JavaScript, by its typed name."""
    chosen = request.POST.get("cluster", "")
    if chosen == OUT:
        return None
    if chosen:
        return get_cluster(run, known_uuid(chosen))
    typed = request.POST.get("cluster_name", "").strip()
    named = list(gallery.clusters(run, LabelSource.CORRECTED).filter(name__iexact=typed)[:2])
    if len(named) != 1:
        how_many = "several clusters are" if named else "no cluster is"
        raise InputError(f"{how_many} called “{typed}”; choose one from the list")
    return named[0]


def known_pair(key: str) -> Pair:
    """Return the pair that a form names, as in ``Pair.key``."""
    numbers = [int(part) for part in key.split("-") if part.isdecimal()]
    if len(numbers) != 2 or max(numbers) > LARGEST_ID:
        raise InputError("the pair is damaged; reload the page and try again")
    return Pair.of(*numbers)


def _n_logos(done: Correction) -> str:
    return counted(len(decode(done).touched()), "logo")
