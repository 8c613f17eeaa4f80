"""Home page: upload form and data sets."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from clustering import conf
from clustering.forms import UploadForm
from clustering.models import Dataset
from clustering.selectors import datasets
from clustering.views.access import SignedInRequest

CARDS = 60
DRAFTS = 20


@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    """Show the upload form and one card per data set; guests see their data set instead."""
    if request.user.is_guest:
        shared = get_object_or_404(Dataset.objects.for_user(request.user))
        return redirect("overview", shared.slug)
    return home_page(request, UploadForm(max_bytes=conf.upload_max_bytes()))


def home_page(request: SignedInRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    """Render the page with ``form``; a rejected upload comes back with its errors."""
    context = {
        "form": form,
        "cards": datasets.dataset_cards(request.user, CARDS),
        "drafts": datasets.drafts(request.user, DRAFTS),
        "max_bytes": conf.upload_max_bytes(),
        "max_rows": conf.upload_max_rows(),
    }
    return render(request, "clustering/home.html", context, status=status)
