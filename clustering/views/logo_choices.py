"""Forms for one domain's logo: choose, refuse, upload, fetch an address, look again, undo."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from clustering import tasks
from clustering.forms import MAX_LOGO_BYTES, LogoFileForm
from clustering.models import Capture, Dataset, Domain, Lookup
from clustering.pipeline.errors import InputError, PipelineError
from clustering.services.logos import choices, lookups
from clustering.services.storage import keep_image
from clustering.services.work import process_resources
from clustering.templatetags.numbers import filesize
from clustering.views.access import SignedInRequest, get_editable_dataset
from clustering.views.idempotency import client_id_of
from clustering.views.redirects import redirect_target
from clustering.views.upload_limits import is_too_large

MAX_LOGO = filesize(MAX_LOGO_BYTES)
READ_KINDS = "PNG, JPEG, GIF, WebP, AVIF, BMP, TIFF, ICO and SVG"
ID_DIGITS = 19  # limit of database integers
Decide = Callable[[Dataset, Domain], str]


@require_POST
def choose(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """Make one of the candidates the logo."""

    def decide(_dataset: Dataset, domain: Domain) -> str:
        capture = _candidate(domain, request.POST.get("capture", ""))
        choices.choose(capture, request.user, client_id=client_id_of(request))
        return f"This is the logo of {domain.name} now"

    return _answer(request, slug, name, decide)


@require_POST
def refuse(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """Record that none of the candidates is the logo."""

    def decide(_dataset: Dataset, domain: Domain) -> str:
        choices.refuse(domain, request.user, client_id=client_id_of(request))
        return f"{domain.name} is left out: none of these is its logo"

    return _answer(request, slug, name, decide)


@require_POST
def upload(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """Upload a logo file; it is decoded in a sandboxed child process."""

    def decide(_dataset: Dataset, domain: Domain) -> str:
        form = LogoFileForm(request.POST, request.FILES)
        if is_too_large(request):
            raise InputError(f"this file is too large: a logo may have {MAX_LOGO}")
        if not form.is_valid():
            raise InputError(" ".join(map(str, form.errors["file"])))
        file = form.cleaned_data["file"]
        data = file.read()
        try:
            image = process_resources.decode_once(data)
        except PipelineError as error:
            raise InputError(
                f"the file {file.name} is no image that can be used ({error});"
                f" {READ_KINDS} are read"
            ) from error
        given = choices.uploaded(keep_image(image), data)
        choices.give(domain, request.user, given, client_id=client_id_of(request))
        return f"Your image is the logo of {domain.name} now"

    return _answer(request, slug, name, decide)


@require_POST
def fetch_address(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """Queue fetching the logo from an address."""

    def decide(_dataset: Dataset, domain: Domain) -> str:
        url = request.POST.get("url", "")
        _look_up_after_commit(lookups.ask_address(domain, request.user, url))
        return ""

    return _answer(request, slug, name, decide)


@require_POST
def look_again(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """Queue a new look at the site for its five best candidates."""

    def decide(_dataset: Dataset, domain: Domain) -> str:
        _look_up_after_commit(lookups.ask_candidates(domain, request.user))
        return ""

    return _answer(request, slug, name, decide)


@require_POST
def undo(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """Undo the newest choice for the domain."""

    def decide(_dataset: Dataset, domain: Domain) -> str:
        if choices.undo(domain, request.user) is None:
            raise InputError("there is nothing to undo")
        return f"Undone: {domain.name} is as it was before"

    return _answer(request, slug, name, decide)


def _look_up_after_commit(lookup: Lookup) -> None:
    tasks.send_on_commit(tasks.look_up, lookup.pk)


def _answer(request: SignedInRequest, slug: str, name: str, decide: Decide) -> HttpResponse:
    """Decide and redirect back; a review continues without a message."""
    dataset = get_editable_dataset(request, slug)
    domain = get_object_or_404(dataset.domains, name=name)
    try:
        said = decide(dataset, domain)
    except InputError as error:
        text = str(error)
        messages.error(request, text[:1].upper() + text[1:])
    else:
        tasks.send_on_commit(tasks.advance, dataset.pk)
        if said and not request.htmx:
            messages.success(request, said)
    return HttpResponseRedirect(redirect_target(request, "domain", slug, name))


def _candidate(domain: Domain, text: str) -> Capture:
    """Return the candidate; an error if a newer look at the site has replaced it."""
    pk = int(text) if text.isascii() and text.isdigit() and len(text) < ID_DIGITS else 0
    capture = domain.captures.select_related("domain").filter(pk=pk).first()
    if capture is None:
        raise InputError(choices.GONE)
    return capture
