"""Members of a data set, invitations and share links."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from clustering import conf
from clustering.forms import MemberForm, ShareForm
from clustering.models import Dataset, Membership
from clustering.services.datasets import members as service
from clustering.services.datasets import sharing, teams
from clustering.views.access import SignedInRequest, get_dataset, get_owned_dataset, get_run


@never_cache
@require_safe
def members(request: SignedInRequest, slug: str) -> HttpResponse:
    """List the members; to owners, also open invitations and share links."""
    return _page(request, get_dataset(request, slug))


@never_cache
@require_POST
def invite(request: SignedInRequest, slug: str) -> HttpResponse:
    """Create an invitation and show its link, once."""
    dataset = get_owned_dataset(request, slug)
    form = MemberForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose a role; a note has at most 120 characters.")
        return redirect("members", slug)
    role, note = service.Role(form.cleaned_data["role"]), form.cleaned_data["note"]
    secret = service.invite(dataset, request.user, role, note)
    return _page(request, dataset, invitation_url=_address("invitation", secret), share_url="")


@never_cache
@require_POST
def share(request: SignedInRequest, slug: str) -> HttpResponse:
    """Create a share link and show it, once."""
    dataset = get_owned_dataset(request, slug)
    form = ShareForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose a time; a note has at most 120 characters.")
        return redirect("members", slug)
    days, note = form.cleaned_data["days"], form.cleaned_data["note"]
    secret = sharing.share(dataset, request.user, days, note)
    return _page(request, dataset, invitation_url="", share_url=_address("share", secret))


@require_POST
def change_role(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Give a member another role."""
    dataset = get_owned_dataset(request, slug)
    membership = get_object_or_404(_own(dataset), pk=pk)
    form = MemberForm(request.POST)
    if form.is_valid():
        try:
            role = service.Role(form.cleaned_data["role"])
            service.change_role(membership, request.user, role)
        except service.LastOwner as error:
            messages.error(request, f"Not changed: {error}.")
    return redirect("members", slug)


@require_POST
def remove(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """End the membership of another member."""
    dataset = get_owned_dataset(request, slug)
    return _end(request, get_object_or_404(_own(dataset), pk=pk))


@require_POST
def leave(request: SignedInRequest, slug: str) -> HttpResponse:
    """End the user's own membership."""
    dataset = get_dataset(request, slug)
    return _end(request, get_object_or_404(_own(dataset), user=request.user))


@require_POST
def revoke_invitation(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Delete an invitation that was not used."""
    dataset = get_owned_dataset(request, slug)
    service.revoke_invitation(get_object_or_404(dataset.invitations, pk=pk), request.user)
    return redirect("members", slug)


@require_POST
def revoke_link(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """End a share link."""
    dataset = get_owned_dataset(request, slug)
    sharing.revoke(get_object_or_404(dataset.share_links, pk=pk), request.user)
    return redirect("members", slug)


def _end(request: SignedInRequest, membership: Membership) -> HttpResponse:
    slug, is_own = membership.dataset.slug, membership.user_id == request.user.pk
    try:
        service.remove(membership, request.user)
    except service.LastOwner as error:
        messages.error(request, f"Not removed: {error}.")
        return redirect("members", slug)
    return redirect("home") if is_own else redirect("members", slug)


def _people(dataset: Dataset) -> QuerySet[Membership]:
    """Members except the guests of share links."""
    people = dataset.memberships.filter(user__is_guest=False)
    return people.select_related("user", "dataset__team").order_by("pk")


def _own(dataset: Dataset) -> QuerySet[Membership]:
    """Members whose role no team gives."""
    return _people(dataset).filter(team=None)


def _page(request: SignedInRequest, dataset: Dataset, **links: str) -> HttpResponse:
    context: dict[str, Any] = {
        "dataset": dataset,
        "run": get_run(request, dataset),
        "memberships": _people(dataset),
        "roles": Membership.Role.choices,
        "share_form": ShareForm(initial={"days": 7}),
    }
    if dataset.is_deletable:
        context["teams"] = teams.of_user(request.user).filter(role=Membership.Role.OWNER)
        context["invitations"] = dataset.invitations.open()
        context["share_links"] = dataset.share_links.open()
    return render(request, "clustering/members.html", context | links)


def _address(name: str, secret: str) -> str:
    return conf.site_url().rstrip("/") + reverse(name, args=[secret])
