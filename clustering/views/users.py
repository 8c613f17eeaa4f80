"""The page of users, for staff."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from clustering import conf
from clustering.forms import UserForm
from clustering.models import User
from clustering.selectors import users as listed
from clustering.services import users as service
from clustering.views.access import SignedInRequest, require_staff


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def users(request: SignedInRequest) -> HttpResponse:
    """List the users, or create one and show the link for the first sign-in."""
    require_staff(request)
    if request.method != "POST":
        return _page(request)
    form = UserForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(map(str, form.errors["username"])))
        return redirect("users")
    return _with_link(request, service.create(request.user, form.cleaned_data["username"]))


@require_POST
def block(request: SignedInRequest, pk: int) -> HttpResponse:
    """Block a user, or unblock them."""
    user = _user(request, pk)
    is_active = request.POST.get("active") == "1"
    try:
        service.set_active(request.user, user, is_active=is_active)
    except service.NotAllowed as error:
        messages.error(request, f"Not changed: {error}.")
    else:
        done = "may sign in again" if is_active else "is blocked and signed out"
        messages.success(request, f"{user.get_username()} {done}.")
    return redirect("users")


@never_cache
@require_POST
def link(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show a link that signs a user in once."""
    return _with_link(request, _user(request, pk))


def _user(request: SignedInRequest, pk: int) -> User:
    require_staff(request)
    return get_object_or_404(User, pk=pk, is_guest=False)


def _with_link(request: SignedInRequest, user: User) -> HttpResponse:
    try:
        token = service.make_link(request.user, user)
    except service.NotAllowed as error:
        messages.error(request, f"No link: {error}.")
        return redirect("users")
    address = f"{conf.site_url().rstrip('/')}{reverse('login-link', args=[token])}"
    return _page(request, link=address, link_user=user)


def _page(request: SignedInRequest, **values: Any) -> HttpResponse:
    page = listed.page(request.GET.get("page", ""))
    return render(request, "clustering/users.html", {"page": page, **values})
