"""Import of a curation file: a preview of the decisions, then all of them at once."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from clustering.forms import CurationForm
from clustering.pipeline.errors import InputError
from clustering.services.curation import file_import, file_plan
from clustering.services.curation.payloads import counted
from clustering.views.access import SignedInRequest, get_editable_dataset
from clustering.views.idempotency import client_id_of
from clustering.views.picks import LARGEST_ID
from clustering.views.run_context import RunContext, get_run_context

REFUSED = 422


@require_http_methods(["GET", "HEAD", "POST"])
def curation_import(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show the form; with a file, the preview; with its document, make the decisions."""
    dataset = get_editable_dataset(request, slug)
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return run_context
    context = run_context.template_context(request)
    if request.method != "POST":
        return render(request, "clustering/curation_import.html", context)
    form = CurationForm(request.POST, request.FILES)
    try:
        asked = form.decisions()
        if not form.is_confirmed():
            context["plan"] = file_plan.plan(run_context.run, asked)
            context["document"] = asked.model_dump_json(by_alias=True)
            return render(request, "clustering/curation_import.html", context)
        seen = request.POST.get("seen", "")
        done = file_import.apply(
            run_context.run,
            request.user,
            asked,
            seen=min(int(seen), LARGEST_ID) if seen.isdecimal() else 0,
            client_id=client_id_of(request),
        )
    except InputError as error:
        context["error"] = str(error)
        return render(request, "clustering/curation_import.html", context, status=REFUSED)
    messages.success(request, f"Made {counted(len(done.steps), 'decision')} of the file")
    return HttpResponseRedirect(reverse("history", args=(dataset.slug,)))
