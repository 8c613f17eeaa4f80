"""Teams of a user: members, roles, and the team of a data set."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clustering.models import Membership, TeamMember
from clustering.pipeline.errors import InputError
from clustering.services.datasets import teams as service
from clustering.views.access import SignedInRequest, get_owned_dataset

Role = Membership.Role
MAX_NAME = 80


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def teams(request: SignedInRequest) -> HttpResponse:
    """List the teams of the user, or make one."""
    if request.method != "POST":
        context = {"roles_in_teams": service.of_user(request.user)}
        return render(request, "clustering/teams.html", context)
    name = " ".join(request.POST.get("name", "").split())
    if not 0 < len(name) <= MAX_NAME:
        messages.error(request, f"Give a name of at most {MAX_NAME} characters.")
        return redirect("teams")
    return redirect("team", service.create(request.user, name).pk)


@never_cache
@require_safe
def team(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show a team to its members."""
    mine = _role(request, pk)
    context = {
        "team": mine.team,
        "members": mine.team.members.select_related("user"),
        "datasets": mine.team.datasets.for_user(request.user),
        "roles": Role.choices,
        "is_owner": mine.role == Role.OWNER,
        "people": service.known_people(mine.team, request.user),
    }
    return render(request, "clustering/team.html", context)


@require_POST
def add_member(request: SignedInRequest, pk: int) -> HttpResponse:
    """Add a person with whom the user shares a data set."""
    found = _owned(request, pk).team
    people = service.known_people(found, request.user)
    person = get_object_or_404(people, username=request.POST.get("username", ""))
    service.add(found, request.user, person, _posted_role(request))
    return redirect("team", pk)


@require_POST
def change_role(request: SignedInRequest, pk: int, member: int) -> HttpResponse:
    """Give a member another role."""
    found = get_object_or_404(_owned(request, pk).team.members, pk=member)
    try:
        service.change_role(found, request.user, _posted_role(request))
    except InputError as error:
        messages.error(request, f"Not changed: {error}.")
    return redirect("team", pk)


@require_POST
def remove_member(request: SignedInRequest, pk: int, member: int) -> HttpResponse:
    """Remove a member; everybody may remove themselves."""
    mine = _role(request, pk)
    found = get_object_or_404(mine.team.members, pk=member)
    is_own = found.pk == mine.pk
    if not is_own and mine.role != Role.OWNER:
        raise Http404
    try:
        service.remove(found, request.user)
    except InputError as error:
        messages.error(request, f"Not removed: {error}.")
        return redirect("team", pk)
    return redirect("teams") if is_own else redirect("team", pk)


@require_POST
def give(request: SignedInRequest, slug: str) -> HttpResponse:
    """Give a data set to a team of the user, or take it back."""
    dataset = get_owned_dataset(request, slug)
    chosen = request.POST.get("team", "")
    target = _role(request, int(chosen)).team if chosen.isdecimal() else None
    try:
        service.give(dataset, request.user, target)
    except InputError as error:
        messages.error(request, f"Not changed: {error}.")
    return redirect("members", slug)


def _role(request: SignedInRequest, pk: int) -> TeamMember:
    """Return the user's role in a team; other teams are 404."""
    return get_object_or_404(service.of_user(request.user), team_id=min(pk, 2**62))


def _owned(request: SignedInRequest, pk: int) -> TeamMember:
    mine = _role(request, pk)
    if mine.role != Role.OWNER:
        raise Http404
    return mine


def _posted_role(request: SignedInRequest) -> Membership.Role:
    given = request.POST.get("role", "")
    return Role(given) if given in Role.values else Role.VIEWER
