"""Signing in by password or one-time link, signing out, and choosing a password."""

from typing import cast

from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, SetPasswordForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from clustering import conf
from clustering.models import User
from clustering.services import accounts

MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


class SignIn(LoginView):
    """Sign in by password; five failures of one name from one address close it for a while."""

    template_name = "clustering/accounts/login.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        if accounts.is_login_locked(*self._attempt()):
            context = self.get_context_data(form=AuthenticationForm(request), is_locked=True)
            return self.render_to_response(context, status=429)
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        accounts.note_login_failure(*self._attempt())
        return super().form_invalid(form)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        accounts.forgive_login_failures(*self._attempt())
        return super().form_valid(form)

    def _attempt(self) -> tuple[str, str]:
        return self.request.POST.get("username", ""), client_address(self.request)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def login_link(request: HttpRequest, token: str) -> HttpResponse:
    """Ask first: whatever prefetches the address must not spend the link."""
    user = accounts.use_login_link(token) if request.method == "POST" else None
    if user is None:
        is_good = request.method == "GET" and accounts.is_login_link_good(token)
        context = {"is_good": is_good}
        status = 200 if is_good else 404
        return render(request, "clustering/accounts/login_link.html", context, status=status)
    login(request, user, backend=MODEL_BACKEND)
    if user.has_usable_password():
        return redirect("home")
    messages.info(request, "You are signed in. Choose a password for the next time.")
    return redirect("account")


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Choose a password; the present one is asked for where there is one."""
    user = cast("User", request.user)
    form_class = PasswordChangeForm if user.has_usable_password() else SetPasswordForm
    form = form_class(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        update_session_auth_hash(request, user)
        messages.success(request, "Your password is changed.")
        return redirect("account")
    return render(request, "clustering/accounts/account.html", {"form": form})


def client_address(request: HttpRequest) -> str:
    """Return where a request comes from, past as many proxies as the operator vouches for."""
    n_proxies = conf.trusted_proxy_count()
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if 0 < n_proxies <= len(forwarded):
        return str(forwarded[-n_proxies]).strip()
    return str(request.META.get("REMOTE_ADDR", ""))
