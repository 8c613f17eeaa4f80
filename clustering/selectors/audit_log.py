"""Pages of the audit log."""

from typing import Final

from clustering.models import AuditEvent, Dataset
from clustering.selectors.pages import KeysetPage, Sort, capped_count, keyset_page

EVENTS_PER_PAGE: Final = 100
NEWEST_FIRST: Final = (Sort("pk", is_descending=True),)


def page(token: str, dataset: Dataset | None = None) -> KeysetPage[AuditEvent]:
    """Return a page of events, newest first: of one data set, or of the site. Two queries."""
    events = AuditEvent.objects.select_related("actor")
    if dataset is not None:
        events = events.filter(dataset=dataset)
    count = capped_count(events)
    return keyset_page(events, NEWEST_FIRST, token=token, size=EVENTS_PER_PAGE, count=count)
