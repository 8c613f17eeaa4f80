"""Webhooks on the account page, and the log of what was sent."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from clustering.pipeline.errors import InputError
from clustering.services.webhooks import sending
from clustering.views.access import SignedInRequest
from clustering.views.account import account_page

DELIVERIES_SHOWN = 100


@never_cache
@require_POST
def create_webhook(request: SignedInRequest) -> HttpResponse:
    """Add a webhook and show its secret, once."""
    url = request.POST.get("url", "").strip()
    if not url or len(url) > 500:
        messages.error(request, "Give an address of at most 500 characters.")
        return redirect("account")
    try:
        hook = sending.add(request.user, url)
    except InputError as error:
        messages.error(request, f"Not added: {error}.")
        return redirect("account")
    return account_page(request, webhook_secret=hook.secret)


@never_cache
@require_safe
def webhook(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show the newest deliveries of a webhook."""
    hook = get_object_or_404(request.user.webhooks, pk=pk)
    context = {"webhook": hook, "deliveries": hook.deliveries.all()[:DELIVERIES_SHOWN]}
    return render(request, "clustering/accounts/webhook.html", context)


@require_POST
def remove_webhook(request: SignedInRequest, pk: int) -> HttpResponse:
    """Remove a webhook."""
    sending.remove(get_object_or_404(request.user.webhooks.select_related("user"), pk=pk))
    messages.success(request, "The webhook is removed.")
    return redirect("account")


@require_POST
def send_again(request: SignedInRequest, pk: int, delivery: int) -> HttpResponse:
    """Send a delivery once more."""
    hook = get_object_or_404(request.user.webhooks, pk=pk)
    sending.send_again(get_object_or_404(hook.deliveries, pk=delivery))
    messages.success(request, "It is sent again within seconds.")
    return redirect("webhook", pk)
