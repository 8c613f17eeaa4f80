"""Recording actions in the audit log, in the transaction of what they did."""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from clustering.models import AuditEvent, Dataset, User

KEPT: Final = timedelta(days=400)  # a year, and a month to review it
Action = AuditEvent.Action


def record(
    action: AuditEvent.Action,
    *,
    actor: User | None,
    dataset: Dataset | None = None,
    detail: str = "",
) -> None:
    """Append an event. Names are copied, since users and data sets can be deleted. One write."""
    AuditEvent.objects.create(
        action=action,
        actor=actor,
        actor_name=actor.get_username() if actor else "",
        dataset=dataset,
        dataset_name=dataset.name if dataset else "",
        detail=detail[:300],
    )


def forget_old() -> None:
    """Delete events older than ``KEPT``. One write."""
    AuditEvent.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
