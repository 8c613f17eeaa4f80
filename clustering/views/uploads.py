"""Upload pages: receive a file, preview, choose the column, start."""

from collections import Counter
from dataclasses import dataclass
from itertools import zip_longest

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from clustering import conf, tasks
from clustering.forms import DEFAULT_EMBEDDER, ColumnForm, EmbedderForm, UploadForm
from clustering.models import Dataset
from clustering.pipeline.errors import InputError
from clustering.selectors import export_rows
from clustering.services.datasets import intake
from clustering.services.datasets import sample as datasets_sample
from clustering.views.access import (
    HTMX_STOP_POLLING,
    SignedInRequest,
    get_dataset,
    get_editable_dataset,
)
from clustering.views.home import home_page
from clustering.views.upload_limits import is_too_large

TOO_LARGE = 413
UNPROCESSABLE = 422
Intake = Dataset.Intake


@require_POST
def upload(request: SignedInRequest) -> HttpResponse:
    """Store a file or a pasted list, and redirect to its preview."""
    posted, files = request.POST, request.FILES
    is_cut_off = is_too_large(request)  # known after request.POST was read
    max_bytes = conf.upload_max_bytes()
    form = UploadForm(posted, files, max_bytes=max_bytes, is_cut_off=is_cut_off)
    if not form.is_valid():
        return home_page(request, form, status=TOO_LARGE if is_cut_off else UNPROCESSABLE)
    try:
        with transaction.atomic():
            dataset = _receive(request, form)
            _read_after_commit(dataset)
    except InputError as error:
        form.add_error(None, str(error))
        return home_page(request, form, status=UNPROCESSABLE)
    return redirect("intake", dataset.slug)


def _receive(request: SignedInRequest, form: UploadForm) -> Dataset:
    file = form.cleaned_data["file"]
    if file is None:
        return intake.receive_text(
            request.user, form.cleaned_data["text"], embedder=DEFAULT_EMBEDDER
        )
    return intake.receive_upload(
        request.user, source_name=file.name, chunks=file.chunks(), embedder=DEFAULT_EMBEDDER
    )


def _read_after_commit(dataset: Dataset) -> None:
    tasks.send_on_commit(tasks.advance, dataset.pk)


@require_POST
def sample(request: SignedInRequest) -> HttpResponse:
    """Create the sample data set, which is fetched from the recorded web."""
    try:
        with transaction.atomic():
            dataset = datasets_sample.make_sample(request.user)
            _read_after_commit(dataset)
    except InputError as error:
        messages.error(request, str(error))
        return redirect("home")
    return redirect("overview", dataset.slug)


@require_safe
def preview(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show the parsed upload; to htmx, only the partial that is polled during parsing."""
    dataset = get_dataset(request, slug)
    if dataset.intake in (Intake.IMPORTING, Intake.IMPORTED):
        return _redirect_to_overview(request, dataset)
    if not request.htmx:
        return _preview_page(
            request, dataset, EmbedderForm(initial={"embedder": dataset.embedder})
        )
    if dataset.intake == Intake.RECEIVED:
        return render(request, "clustering/partials/reading.html", {"dataset": dataset})
    return HttpResponse(status=HTMX_STOP_POLLING, headers={"HX-Refresh": "true"})


def _preview_page(
    request: SignedInRequest, dataset: Dataset, form: EmbedderForm, status: int = 200
) -> HttpResponse:
    context = {
        "dataset": dataset,
        "preview": dataset.preview,
        "rows": _preview_rows(dataset),
        "form": form,
        "obstacle": _obstacle(dataset),
        "twin": Dataset.objects.for_user(request.user).of_same_file(dataset).first(),
    }
    return render(request, "clustering/upload_preview.html", context, status=status)


@dataclass(frozen=True)
class Obstacle:
    """Most common reason why a column has no domain, with an example."""

    row_number: int
    value: str
    reason: str


def _obstacle(dataset: Dataset) -> Obstacle | None:
    """Return why the column has no domain; None if it has any."""
    rejected = dataset.preview.get("rejected", [])
    if dataset.preview.get("n_domains") or not rejected:
        return None
    commonest = Counter(row[2] for row in rejected).most_common(1)[0][0]
    return next(Obstacle(*row[:3]) for row in rejected if row[2] == commonest)


@dataclass(frozen=True)
class PreviewCell:
    text: str
    is_chosen: bool


def _preview_rows(dataset: Dataset) -> list[list[PreviewCell]]:
    """Return the cells of the preview, with those of the domain column marked."""
    names = [column["name"] for column in dataset.preview.get("columns", [])]
    column = dataset.preview.get("column")
    together = dataset.preview.get("together", {})
    chosen = together["columns"] if together and column == together["name"] else [column]
    return [
        [PreviewCell(text, name in chosen) for name, text in zip_longest(names, row, fillvalue="")]
        for row in dataset.preview.get("rows", [])
    ]


def _redirect_to_overview(request: SignedInRequest, dataset: Dataset) -> HttpResponse:
    response = redirect("overview", dataset.slug)
    if not request.htmx:
        return response
    return HttpResponse(status=HTMX_STOP_POLLING, headers={"HX-Redirect": response["Location"]})


@require_POST
def choose_column(request: SignedInRequest, slug: str) -> HttpResponse:
    """Read the upload again with another domain column."""
    dataset = get_editable_dataset(request, slug)
    form = ColumnForm(request.POST, dataset=dataset)
    if form.is_valid() and dataset.intake == Intake.READY:
        with transaction.atomic():
            intake.choose_column(dataset, form.cleaned_data["column"])
            _read_after_commit(dataset)
    return redirect("intake", slug)


@require_POST
def confirm(request: SignedInRequest, slug: str) -> HttpResponse:
    """Start the import and the first run."""
    dataset = get_editable_dataset(request, slug)
    form = EmbedderForm(request.POST)
    if dataset.intake != Intake.READY:
        return redirect("intake", slug)
    if not form.is_valid():
        return _preview_page(request, dataset, form, status=UNPROCESSABLE)
    try:
        with transaction.atomic():
            intake.confirm(dataset, embedder=form.cleaned_data["embedder"])
            _read_after_commit(dataset)
    except InputError as error:
        form.add_error(None, str(error))
        return _preview_page(request, dataset, form, status=UNPROCESSABLE)
    return redirect("overview", slug)


@require_safe
def rejected_csv(request: SignedInRequest, slug: str) -> StreamingHttpResponse:
    """Serve the rejected rows as CSV to mend and to upload again, with formulas escaped."""
    return StreamingHttpResponse(
        export_rows.rejected_csv(get_dataset(request, slug)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{slug}-rejected.csv"'},
    )
