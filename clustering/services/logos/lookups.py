"""Lookups for one domain: other candidates, or the image at an address.

The domain keeps its logo until a lookup succeeds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid5

from django.db import transaction

from clustering.models import Domain, Lookup, User
from clustering.pipeline.domains.names import MAX_ADDRESS_CHARS, as_shown
from clustering.pipeline.errors import InputError
from clustering.pipeline.finders import Captured, SiteLogo
from clustering.services import counts
from clustering.services.logos import captures, choices
from clustering.services.storage import keep_image
from clustering.services.work import due, leases

CHOICES = UUID(
    "5b0b2c1e-6a0e-4b8e-9a53-8f5f0a6f2d11"
)  # namespace of the client ids of choices by lookups


@dataclass(frozen=True)
class Tools:
    """How a worker fetches images."""

    find: Callable[[Domain], SiteLogo]
    """Fetches the domain's site and returns several candidates."""
    fetch: Callable[[str], Captured]
    """Fetches one address and decodes it."""


def ask_candidates(domain: Domain, user: User) -> Lookup:
    """Queue a lookup of the site's candidates; an unfinished one is returned.

    Raises:
        InputError: if the domain is still being fetched, or came from a ZIP.
    """
    if not domain.has_site:
        raise InputError("this logo came from a ZIP; there is no site to look at")
    return _ask(domain, user, Lookup.Kind.CANDIDATES, "")


def ask_address(domain: Domain, user: User, url: str) -> Lookup:
    """Queue a lookup of an image address; the image becomes the domain's logo.

    Raises:
        InputError: if this is no web address, or the domain waits for another lookup.
    """
    address = url.strip()
    if not address.lower().startswith(("https://", "http://")):
        raise InputError("give the whole address of an image, beginning with https://")
    if len(address) > MAX_ADDRESS_CHARS:
        raise InputError(f"this address is longer than {MAX_ADDRESS_CHARS} characters")
    return _ask(domain, user, Lookup.Kind.ADDRESS, as_shown(address, MAX_ADDRESS_CHARS))


@transaction.atomic
def _ask(domain: Domain, user: User, kind: Lookup.Kind, url: str) -> Lookup:
    locked = Domain.objects.select_for_update().get(pk=domain.pk)
    open_one = domain.lookups.unfinished().first()
    if open_one is not None:
        if open_one.kind == kind and open_one.url == url:
            return open_one
        raise InputError(f"{domain.name} is being looked up already; wait for it")
    if kind == Lookup.Kind.CANDIDATES and locked.status == Domain.Status.PENDING:
        raise InputError(f"{domain.name} is being fetched already; wait for it")
    due.mark(domain.dataset_id)
    return Lookup.objects.create(domain=domain, asked_by=user, kind=kind, url=url)


def latest(domain: Domain) -> Lookup | None:
    """Return the last lookup of the domain that a person asked for. One query."""
    return domain.lookups.exclude(kind=Lookup.Kind.RENDERED).last()


def due_ids() -> list[int]:
    """Return the lookups that no worker holds, without those for a browser. One query."""
    waiting = Lookup.objects.due().exclude(kind=Lookup.Kind.RENDERED)
    return list(waiting.values_list("pk", flat=True))


def claim(pk: int) -> Lookup | None:
    """Lease a lookup; None if deleted, ended, or leased by another worker."""
    return leases.claim_to_run(Lookup, pk)


def serve(lookup: Lookup, tools: Tools) -> None:
    """Run a claimed lookup; on failure, the domain stays unchanged."""
    is_image = lookup.kind == Lookup.Kind.ADDRESS
    answer = _serve_address if is_image else _serve_candidates
    leases.run_claimed(lookup, lambda: answer(lookup, tools))


def _serve_candidates(lookup: Lookup, tools: Tools) -> None:
    site = tools.find(lookup.domain)
    logos = {one.image.sha256: keep_image(one.image) for one in site.captures}
    with transaction.atomic():
        if not leases.finish(lookup):
            return
        with counts.domains_kept(lookup.domain.dataset_id, [lookup.domain_id]):
            Domain.objects.filter(pk=lookup.domain_id).update(**captures.found_values(site))
            captures.replace_offered(lookup.domain, site, logos)
        captures.update_primary(lookup.domain)


def _serve_address(lookup: Lookup, tools: Tools) -> None:
    captured = tools.fetch(lookup.url)
    logo = keep_image(captured.image)
    with transaction.atomic():
        if not leases.finish(lookup):
            return
        given = choices.linked(logo, lookup.url, captured.file)
        client_id = uuid5(CHOICES, str(lookup.pk))
        choices.give(lookup.domain, lookup.asked_by, given, client_id=client_id)
