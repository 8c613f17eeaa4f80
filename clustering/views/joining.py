"""Pages behind invitations and share links; unknown, used and expired ones are 404."""

from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from clustering.forms import JoinForm
from clustering.models import Invitation, User
from clustering.services import audit
from clustering.services.datasets import members, sharing
from clustering.views.accounts import MODEL_BACKEND, note_sign_in

UNPROCESSABLE = 422


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Join on POST: as the signed-in user, or with a new account."""
    found = members.find_invitation(secret)
    if found is None:
        raise Http404("no such invitation")
    person = _person(request)
    if request.method != "POST":
        return _invitation_page(request, found, JoinForm(), is_member=person is not None)
    if person is not None:
        return _join(request, secret, person)
    form = JoinForm(request.POST)
    if not form.is_valid():
        return _invitation_page(request, found, form, is_member=False, status=UNPROCESSABLE)
    with transaction.atomic():
        user = form.save()
        audit.record(audit.Action.USER_CREATED, actor=user, detail="by invitation")
        response = _join(request, secret, user)
    login(request, user, backend=MODEL_BACKEND)
    note_sign_in(request, user)
    return response


def _person(request: HttpRequest) -> User | None:
    """Return the signed-in user, unless it is the guest of a share link."""
    user = request.user
    return user if isinstance(user, User) and not user.is_guest else None


def _join(request: HttpRequest, secret: str, user: User) -> HttpResponse:
    dataset = members.accept(secret, user)
    if dataset is None:  # used up meanwhile; a new account is rolled back
        raise Http404("no such invitation")
    return redirect("overview", dataset.slug)


def _invitation_page(
    request: HttpRequest,
    found: Invitation,
    form: JoinForm,
    *,
    is_member: bool,
    status: int = 200,
) -> HttpResponse:
    context = {"invitation": found, "form": form, "is_member": is_member}
    return render(request, "clustering/accounts/invitation.html", context, status=status)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def share(request: HttpRequest, secret: str) -> HttpResponse:
    """Open a share link on POST; a GET only asks, since link previews send GETs."""
    link = sharing.find_link(secret)
    if link is None:
        raise Http404("no such link")
    is_member = _person(request) is not None
    if request.method != "POST" or is_member:
        context = {"link": link, "is_member": is_member}
        return render(request, "clustering/accounts/share.html", context)
    login(request, link.guest, backend=MODEL_BACKEND)
    return redirect("overview", link.dataset.slug)
