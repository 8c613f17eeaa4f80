"""Webhooks of a user on the account page, and of a data set on its settings; the log of each."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from clustering.models import Webhook
from clustering.pipeline.errors import InputError
from clustering.services.webhooks import sending
from clustering.views.access import SignedInRequest, get_editable_dataset
from clustering.views.account import account_page
from clustering.views.dataset_settings import settings_page

DELIVERIES_SHOWN = 100


@never_cache
@require_POST
def create_webhook(request: SignedInRequest, slug: str = "") -> HttpResponse:
    """Add a webhook and show its secret, once."""
    dataset = get_editable_dataset(request, slug) if slug else None
    url = request.POST.get("url", "").strip()
    if not url or len(url) > 500:
        messages.error(request, "Give an address of at most 500 characters.")
        return _list(slug)
    try:
        hook = sending.add(request.user, url, dataset)
    except InputError as error:
        messages.error(request, f"Not added: {error}.")
        return _list(slug)
    if dataset is None:
        return account_page(request, webhook_secret=hook.secret)
    return settings_page(request, dataset, webhook_secret=hook.secret)


@never_cache
@require_safe
def webhook(request: SignedInRequest, pk: int, slug: str = "") -> HttpResponse:
    """Show the newest deliveries of a webhook."""
    hook = get_object_or_404(_hooks(request, slug), pk=pk)
    context = {"webhook": hook, "deliveries": hook.deliveries.all()[:DELIVERIES_SHOWN]}
    return render(request, "clustering/accounts/webhook.html", context)


@require_POST
def remove_webhook(request: SignedInRequest, pk: int, slug: str = "") -> HttpResponse:
    """Remove a webhook."""
    sending.remove(get_object_or_404(_hooks(request, slug), pk=pk), request.user)
    messages.success(request, "The webhook is removed.")
    return _list(slug)


@require_POST
def send_again(request: SignedInRequest, pk: int, delivery: int, slug: str = "") -> HttpResponse:
    """Send a delivery once more."""
    hook = get_object_or_404(_hooks(request, slug), pk=pk)
    sending.send_again(get_object_or_404(hook.deliveries, pk=delivery))
    messages.success(request, "It is sent again within seconds.")
    return redirect(hook)


def _hooks(request: SignedInRequest, slug: str) -> QuerySet[Webhook]:
    """Return the webhooks of a data set that the user may change, or the user's own."""
    if slug:
        return get_editable_dataset(request, slug).webhooks.select_related("dataset")
    return sending.of_user(request.user)


def _list(slug: str) -> HttpResponse:
    return redirect("settings", slug) if slug else redirect("account")
