"""Settings of a data set: its name, how it is fetched, and logo services."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from clustering import conf, tasks
from clustering.forms import DatasetSettingsForm
from clustering.models import Dataset
from clustering.selectors.words import asked_reading
from clustering.services import words
from clustering.services.datasets import lifecycle, logo_services
from clustering.services.fetching import rendering, worker
from clustering.templatetags.numbers import counted
from clustering.views.access import SignedInRequest, get_editable_dataset, get_run

UNPROCESSABLE = 422
KEY_SETTINGS = {"logo_dev": "LOGO_DEV_KEY", "template": "LOGO_SERVICE_KEY"}


@require_http_methods(["GET", "HEAD", "POST"])
def dataset_settings(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show the settings, or save them."""
    dataset = get_editable_dataset(request, slug)
    if request.method != "POST":
        return settings_page(request, dataset)
    form = DatasetSettingsForm(request.POST, services=logo_services.offered())
    if not form.is_valid():
        return settings_page(request, dataset, form, status=UNPROCESSABLE)
    with transaction.atomic():
        lifecycle.rename_dataset(dataset, form.cleaned_data["name"])
        lifecycle.set_follows_moves(dataset, is_on=form.cleaned_data["follows_moves"])
        lifecycle.set_renders_pages(dataset, is_on=form.cleaned_data["renders_pages"])
        words.ask(dataset, is_on=form.cleaned_data["reads_words"])
        logo_services.enable(dataset, form.cleaned_data["services"])
        if rendering.ask_again(dataset):
            tasks.send_on_commit(tasks.render_pages)
        if form.cleaned_data["reads_words"]:
            tasks.send_on_commit(tasks.advance, dataset.pk)
    messages.success(request, "Saved.")
    return redirect("settings", slug)


@require_POST
def try_services(request: SignedInRequest, slug: str) -> HttpResponse:
    """Retry the failed sites with the enabled services."""
    dataset = get_editable_dataset(request, slug)
    if not logo_services.enabled(dataset):
        messages.error(request, "No service is on. Switch one on, and save.")
        return redirect("settings", slug)
    with transaction.atomic():
        n_retried = worker.retry(dataset, logo_services.askable(dataset))
        tasks.send_on_commit(tasks.advance, dataset.pk)
    messages.success(request, f"Trying {counted(n_retried, 'domain')} again, with the services.")
    return redirect("overview", slug)


def settings_page(
    request: SignedInRequest,
    dataset: Dataset,
    form: DatasetSettingsForm | None = None,
    status: int = 200,
    **values: Any,
) -> HttpResponse:
    """Render the page; without ``form`` as saved. ``values`` are added to its context."""
    form = form or _saved(dataset)
    chosen = form["services"].value() or []
    services = [
        {"service": one, "is_on": one.name in chosen, "setting": KEY_SETTINGS.get(one.name, "")}
        for one in logo_services.offered()
    ]
    context: dict[str, Any] = {
        "dataset": dataset,
        "run": get_run(request, dataset),
        "form": form,
        "services": services,
        "is_offline": _is_offline(dataset),
        "n_moved": dataset.domains.failed().filter(error_code="moved").count(),
        "browser_problem": rendering.problem(),
        "n_to_draw": rendering.n_askable(dataset),
        "has_reader": words.is_installed(),
        "n_on": len(logo_services.enabled(dataset)),
        "n_askable": logo_services.n_askable(dataset),
        "fetching": conf.fetch_options(),
        "webhooks": dataset.webhooks.select_related("dataset"),
    }
    template = "clustering/dataset_settings.html"
    return render(request, template, context | values, status=status)


def _saved(dataset: Dataset) -> DatasetSettingsForm:
    initial = {
        "name": dataset.name,
        "services": dataset.logo_services,
        "follows_moves": dataset.follows_moves,
        "renders_pages": dataset.renders_pages,
        "reads_words": asked_reading(dataset) is not None,
    }
    return DatasetSettingsForm(initial=initial, services=logo_services.offered())


def _is_offline(dataset: Dataset) -> bool:
    """Whether no logo service applies: the data set is a ZIP of images or the sample."""
    if dataset.web == Dataset.Web.SAMPLE:
        return True
    return dataset.kind == Dataset.Kind.IMAGES and not dataset.domains.with_site().exists()
