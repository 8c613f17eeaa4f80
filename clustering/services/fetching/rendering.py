"""Rendered fetch: which domains wait for a browser, and drawing them one after the other."""

import time
from collections.abc import Callable
from typing import Final, Protocol

from django.db.models import Exists, OuterRef, Q, QuerySet

from clustering import conf
from clustering.models import Dataset, Domain, Lookup
from clustering.pipeline.errors import FetchError
from clustering.pipeline.finders import Captured, SiteLogo
from clustering.pipeline.rendering import Render, installation
from clustering.pipeline.rendering.thread import RenderingThread
from clustering.selectors.pages import capped_count
from clustering.services.logos import lookups
from clustering.services.work import draining, due

N_AT_ONCE: Final = 2  # pages; one in each process of the worker
MAX_BATCH_SECONDS: Final = 60.0  # then the browser is started anew
ASK_BATCH: Final = 500
CODES: Final = ("needs_browser", "no_logo")
"""Errors after which a browser may find the logo."""


class FindRendered(Protocol):
    """Finds the logo of a domain on its drawn page."""

    def __call__(self, name: str, render: Render, *, follows_moves: bool) -> SiteLogo:
        """Return the logo; raises FetchError."""
        ...


def problem() -> str:
    """Return why this process cannot draw pages, and the remedy; "" if it can."""
    return installation.problem(conf.browser_settings().path)


def needing(dataset: Dataset) -> QuerySet[Domain]:
    """Return the domains without a sure logo that nobody decided about and no browser drew."""
    drawn = Lookup.objects.filter(domain=OuterRef("pk"), kind=Lookup.Kind.RENDERED)
    waiting = Lookup.objects.unfinished().filter(domain=OuterRef("pk"))
    is_unsure = Q(status=Domain.Status.FOUND, is_doubtful=True)
    has_none = Q(status=Domain.Status.FAILED, error_code__in=CODES)
    undecided = dataset.domains.with_site().filter(is_unsure | has_none, decided_at__isnull=True)
    return undecided.exclude(Exists(drawn)).exclude(Exists(waiting))


def n_askable(dataset: Dataset) -> int:
    """Return how many domains a browser could be asked about, counted up to a limit. One query."""
    return capped_count(needing(dataset)) if dataset.web == Dataset.Web.LIVE else 0


def ask(dataset: Dataset) -> int:
    """Queue the domains of ``dataset`` that need a browser; return how many."""
    if not dataset.renders_pages or dataset.web != Dataset.Web.LIVE:
        return 0
    n_asked = 0
    while found := list(needing(dataset).values_list("pk", flat=True)[:ASK_BATCH]):
        rows = [Lookup(domain_id=pk, kind=Lookup.Kind.RENDERED) for pk in found]
        Lookup.objects.bulk_create(rows, ignore_conflicts=True)
        n_asked += len(found)
    if n_asked:
        due.mark(dataset.pk)
    return n_asked


def ask_again(dataset: Dataset) -> int:
    """Queue the domains of ``dataset``, those for which there was no browser again.

    Where the data set no longer draws pages, those that wait are dropped.
    """
    asked = Lookup.objects.filter(domain__dataset=dataset, kind=Lookup.Kind.RENDERED)
    asked.filter(error_code="no_browser").delete()
    if not dataset.renders_pages:
        asked.due().delete()
    return ask(dataset)


def n_wanted() -> int:
    """Return how many processes have pages to draw. One query."""
    return _due()[:N_AT_ONCE].count()


def has_due() -> bool:
    """Return whether a domain waits for a browser. One query."""
    return _due().exists()


def render_due(start: Callable[[], RenderingThread], find: FindRendered) -> bool:
    """Draw the pages that wait, for a minute at most; return whether more wait.

    One browser serves them all. A domain keeps its answer unless the drawn page gives a better
    one.
    """
    started = time.monotonic()
    if not has_due():
        return False
    with start() as thread:
        while time.monotonic() < started + MAX_BATCH_SECONDS and not draining.has_begun():
            lookup = _claimed()
            if lookup is None:
                return False
            dataset = lookup.domain.dataset
            tools = lookups.Tools(
                find=lambda domain, dataset=dataset: _better(  # type: ignore[misc]
                    domain, find(domain.name, thread.render, follows_moves=dataset.follows_moves)
                ),
                fetch=_no_fetch,
            )
            lookups.serve(lookup, tools)
            due.mark(dataset.pk)
    return has_due()


def _due() -> QuerySet[Lookup]:
    return Lookup.objects.due().filter(kind=Lookup.Kind.RENDERED)


def _claimed() -> Lookup | None:
    for pk in _due().values_list("pk", flat=True)[: 2 * N_AT_ONCE]:
        lookup = lookups.claim(pk)
        if lookup is not None:
            return lookup
    return None


def _better(domain: Domain, site: SiteLogo) -> SiteLogo:
    """Return ``site`` if it is a better answer than the one that ``domain`` has.

    Raises:
        FetchError: ``no_logo``.
    """
    is_logo = site.kind == "logo"
    if domain.status != Domain.Status.FOUND:
        return site
    if is_logo and (domain.kind != "logo" or site.confidence > (domain.confidence or 0.0)):
        return site
    raise FetchError("no_logo", "the drawn page shows nothing better")


def _no_fetch(_url: str) -> Captured:
    raise FetchError("no_logo", "a drawn page has no single address")
