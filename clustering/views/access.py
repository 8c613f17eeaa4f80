"""Access to data sets and runs by role; those of other users are 404."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django_htmx.middleware import HtmxDetails

from clustering.models import Dataset, Run, User
from clustering.services.curation.log import hold

HTMX_STOP_POLLING = 286  # htmx: swap, and stop polling


class SignedInRequest(HttpRequest):
    """A request after LoginRequiredMiddleware: its user is signed in."""

    user: User
    htmx: HtmxDetails


def require_staff(request: SignedInRequest) -> None:
    """Answer 404 to anybody who is not staff."""
    if not request.user.is_staff:
        raise Http404


def get_dataset(request: SignedInRequest, slug: str) -> Dataset:
    """Return the data set called ``slug`` if the user may see it, else 404."""
    return get_object_or_404(Dataset.objects.for_user(request.user), slug=slug)


def get_editable_dataset(request: SignedInRequest, slug: str) -> Dataset:
    """Return the data set if the user may change it; 403 for viewers, 404 for non-members."""
    dataset = get_dataset(request, slug)
    _refuse_unless(dataset, is_allowed=dataset.is_editable)
    return dataset


def get_owned_dataset(request: SignedInRequest, slug: str) -> Dataset:
    """Return the data set if it is the user's own; 403 for other members, 404 for non-members."""
    dataset = get_dataset(request, slug)
    _refuse_unless(dataset, is_allowed=dataset.is_deletable)
    return dataset


def _refuse_unless(dataset: Dataset, *, is_allowed: bool) -> None:
    if not is_allowed:
        raise PermissionDenied(f"Your role in {dataset.name} does not allow that.")


def get_run(request: SignedInRequest, dataset: Dataset) -> Run | None:
    """Return the run of ``?run=`` (404 if unknown), else the newest that succeeded.

    None if no run of the data set has succeeded: render partials/no_run.html.
    """
    slug = request.GET.get("run")
    if slug:
        return get_object_or_404(dataset.runs.succeeded(), slug=slug)
    return dataset.runs.succeeded().first()


class NothingClustered(Http404):
    """No run of the data set has succeeded."""


def hold_run(request: SignedInRequest, dataset: Dataset) -> Run:
    """Return the run of ``get_run`` for a decision, locked.

    Raises:
        NothingClustered: if there is none; a 404 unless it is handled.
    """

    def find() -> Run:
        run = get_run(request, dataset)
        if run is None:
            raise NothingClustered
        return run

    return hold(find)
