"""Account page: name, password, sessions."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from clustering.forms import NameForm
from clustering.models import ApiToken, User
from clustering.services import audit, quotas, sessions
from clustering.services.webhooks import sending
from clustering.views.access import SignedInRequest

MOST_SESSIONS = 20


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: SignedInRequest) -> HttpResponse:
    """Show the account, or change the password; the current one is required if there is one."""
    user = request.user
    form = _password_form(user, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return account_page(request, password_form=form)
    with transaction.atomic():
        form.save()
        update_session_auth_hash(request, user)
        sessions.end_others(user, request.session.session_key)
        audit.record(audit.Action.PASSWORD_CHANGED, actor=user)
    messages.success(request, "Your password is changed.")
    return redirect("account")


@never_cache
@require_POST
def change_name(request: SignedInRequest) -> HttpResponse:
    """Change name and e-mail address."""
    form = NameForm(request.POST, instance=User.objects.get(pk=request.user.pk))
    if not form.is_valid():
        return account_page(request, name_form=form)
    form.save()
    messages.success(request, "Saved.")
    return redirect("account")


@require_POST
def sign_out_everywhere(request: SignedInRequest) -> HttpResponse:
    """End all sessions of the user except this one."""
    with transaction.atomic():
        sessions.end_others(request.user, request.session.session_key)
        audit.record(audit.Action.SESSIONS_ENDED, actor=request.user)
    messages.success(request, "Signed out on all other browsers.")
    return redirect("account")


def account_page(request: SignedInRequest, **values: Any) -> HttpResponse:
    """Render the page; ``values`` replace those of its context."""
    user = request.user
    current = user.sessions.filter(expire_date__gt=timezone.now()).order_by("-expire_date")
    context: dict[str, Any] = {
        "name_form": NameForm(instance=user),
        "password_form": _password_form(user),
        "sessions": current.only("user_id", "user_agent", "signed_in_at")[:MOST_SESSIONS],
        "session_key": request.session.session_key,
        "tokens": user.api_tokens.all(),
        "webhooks": sending.of_user(user),
        "quotas": quotas.usage(user),
        "token_scopes": ApiToken.Scope.choices,
    }
    return render(request, "clustering/accounts/account.html", context | values)


def _password_form(user: User, data: QueryDict | None = None) -> "SetPasswordForm[User]":
    form_class = PasswordChangeForm if user.has_usable_password() else SetPasswordForm
    return form_class(user, data)
