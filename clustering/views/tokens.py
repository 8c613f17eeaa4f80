"""API tokens on the account page."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from clustering.forms import TokenForm
from clustering.models import ApiToken
from clustering.pipeline.errors import InputError
from clustering.services import tokens
from clustering.views.access import SignedInRequest
from clustering.views.account import account_page


@never_cache
@require_POST
def create_token(request: SignedInRequest) -> HttpResponse:
    """Create a token and show its secret, once."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Give the token a name of at most 80 characters and a scope.")
        return redirect("account")
    name, scope = form.cleaned_data["name"], ApiToken.Scope(form.cleaned_data["scope"])
    try:
        _, secret = tokens.create(request.user, name=name, scope=scope)
    except InputError as error:
        messages.error(request, f"Not created: {error}.")
        return redirect("account")
    return account_page(request, token_secret=secret)


@require_POST
def revoke_token(request: SignedInRequest, pk: int) -> HttpResponse:
    """End a token of the user."""
    tokens.revoke(get_object_or_404(request.user.api_tokens.select_related("user"), pk=pk))
    messages.success(request, "The token is revoked.")
    return redirect("account")
