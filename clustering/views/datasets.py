"""How a view gets at a data set and at the run that is looked at; somebody else's is 404."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django_htmx.middleware import HtmxDetails

from clustering.models import Dataset, Membership, Run, User

EDITORS = (Membership.Role.EDITOR, Membership.Role.OWNER)
HTMX_STOP_POLLING = 286  # htmx's own status: swap, and don't ask again


class SignedInRequest(HttpRequest):
    """A request as views see it: LoginRequiredMiddleware has turned strangers away."""

    user: User
    htmx: HtmxDetails


def get_dataset(request: SignedInRequest, slug: str) -> Dataset:
    """Return the data set called ``slug`` if the user may see it, else 404."""
    return get_object_or_404(Dataset.objects.for_user(request.user), slug=slug)


def get_editable_dataset(request: SignedInRequest, slug: str) -> Dataset:
    """Return the data set if the user may change it; a viewer gets 403, a stranger 404."""
    return _with_role(request, slug, EDITORS)


def get_owned_dataset(request: SignedInRequest, slug: str) -> Dataset:
    """Return the data set if it is the user's own; another member gets 403, a stranger 404."""
    return _with_role(request, slug, (Membership.Role.OWNER,))


def may_edit(request: SignedInRequest, dataset: Dataset) -> bool:
    """Say whether the user may change the data set. One query."""
    return _has_role(request, dataset, EDITORS)


def _has_role(
    request: SignedInRequest, dataset: Dataset, roles: tuple[Membership.Role, ...]
) -> bool:
    mine = Membership.objects.filter(dataset=dataset, user=request.user, role__in=roles)
    return mine.exists()


def _with_role(request: SignedInRequest, slug: str, roles: tuple[Membership.Role, ...]) -> Dataset:
    dataset = get_dataset(request, slug)
    if not _has_role(request, dataset, roles):
        raise PermissionDenied(f"Your role in {dataset.name} does not allow that.")
    return dataset


def get_run(request: SignedInRequest, dataset: Dataset) -> Run | None:
    """Return the run that ``?run=`` names (404 if it is not there), else the newest success.

    None while no run of the data set has succeeded: show partials/no_run.html then.
    """
    slug = request.GET.get("run")
    if slug:
        return get_object_or_404(dataset.runs.succeeded(), slug=slug)
    return dataset.runs.succeeded().first()
