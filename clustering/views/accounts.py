"""Sign-in by password or one-time link."""

import ipaddress

from axes.handlers.proxy import AxesProxyHandler
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from clustering import conf
from clustering.models import User
from clustering.services import accounts, audit, sessions

MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


class SignIn(LoginView):
    """Sign-in by password; repeated failures lock a name or an address temporarily."""

    template_name = "clustering/accounts/login.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        username = request.POST.get("username", "")
        with accounts.sign_in_turn(username, client_address(request) or ""):
            if AxesProxyHandler.is_allowed(request, {"username": username}):
                return super().post(request, *args, **kwargs)
        context = self.get_context_data(form=AuthenticationForm(request), is_locked=True)
        return self.render_to_response(context, status=429)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        username = self.request.POST.get("username", "")
        accounts.forget_failures(username, client_address(self.request) or "")
        response = super().form_valid(form)
        note_sign_in(self.request, form.get_user())
        return response


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def login_link(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in on POST; a GET only asks, because link previews and virus scanners send GETs."""
    user = accounts.use_login_link(token) if request.method == "POST" else None
    if user is None:
        is_good = request.method == "GET" and accounts.find_login_link_user(token) is not None
        return render(
            request,
            "clustering/accounts/login_link.html",
            {"is_good": is_good},
            status=200 if is_good else 404,
        )
    login(request, user, backend=MODEL_BACKEND)
    note_sign_in(request, user)
    if not user.has_usable_password():
        messages.info(request, "You are signed in. Choose a password on the account page.")
    return redirect("home")


def note_sign_in(request: HttpRequest, user: User) -> None:
    """Record a sign-in in the audit log and in the new session."""
    sessions.describe(request.session, request.META.get("HTTP_USER_AGENT", ""))
    address = client_address(request) or ""
    audit.record(audit.Action.SIGNED_IN, actor=user, detail=address)


def client_address(request: HttpRequest) -> str | None:
    """Return the client's address behind trusted proxies.

    None if a proxy sends no valid address.
    """
    n_proxies = conf.trusted_proxy_count()
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    address = request.META.get("REMOTE_ADDR", "")
    if 0 < n_proxies <= len(forwarded):
        address = forwarded[-n_proxies].strip()
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return None
