"""Pages of the operator, for staff: state, failed work, audit log."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from clustering import tasks
from clustering.selectors import audit_log
from clustering.services import operations as state
from clustering.services import readiness
from clustering.views.access import SignedInRequest, get_owned_dataset, require_staff


@never_cache
@require_safe
def operations(request: SignedInRequest) -> HttpResponse:
    """Show what an operator looks after."""
    require_staff(request)
    depths, waits = state.queue_depths(), state.due_seconds()
    context = {
        "parts": readiness.parts(),
        "free_bytes": readiness.free_bytes(),
        "workers": state.workers(),
        "queues": depths.items(),
        "waits": [(kind, seconds) for kind, seconds in waits.items() if seconds],
        "rates": state.stage_rates().items(),
        "datasets": state.slow_datasets(),
        "failed": state.failed_work(),
        "failures": state.failure_groups(),
    }
    return render(request, "clustering/operations.html", context)


@require_POST
def retry(request: SignedInRequest, kind: str, pk: int) -> HttpResponse:
    """Queue failed work again."""
    require_staff(request)
    dataset = state.retry(kind, pk)
    if dataset is None:
        raise Http404
    tasks.send_on_commit(tasks.advance, dataset.pk)
    messages.success(request, "Queued again.")
    return redirect("operations")


@never_cache
@require_safe
def site_audit(request: SignedInRequest) -> HttpResponse:
    """Show the audit log of the whole site."""
    require_staff(request)
    page = audit_log.page(request.GET.get("page", ""))
    return render(request, "clustering/site_audit.html", {"page": page})


@never_cache
@require_safe
def dataset_audit(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show the audit log of a data set to its owners."""
    dataset = get_owned_dataset(request, slug)
    page = audit_log.page(request.GET.get("page", ""), dataset)
    return render(request, "clustering/dataset_audit.html", {"page": page, "dataset": dataset})
