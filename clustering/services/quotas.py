"""What one user may store: data sets, bytes of uploads, rows; counted for the owner."""

from dataclasses import dataclass

from django.db.models import Q, Sum

from clustering import conf
from clustering.models import Dataset, User
from clustering.pipeline.errors import QuotaExceeded


@dataclass(frozen=True)
class Quota:
    """One limit of a user."""

    name: str
    setting: str
    n_used: int
    limit: int
    """0: none."""

    def refuse_more(self, n_more: int) -> None:
        """Raise QuotaExceeded if ``n_more`` do not fit."""
        if not self.limit or self.n_used + n_more <= self.limit:
            return
        message = (
            f"you may have {self.limit:,} {self.name}; you have {self.n_used:,}, and this needs"
            f" {n_more:,} more. Delete a data set, or ask the operator to raise {self.setting}"
        )
        raise QuotaExceeded(message)


def usage(user: User) -> list[Quota]:
    """Return the use and the limits of ``user``. Staff have no limits. Three queries."""
    limits = conf.quotas()
    owned = Dataset.objects.filter(owner=user, deleted_at__isnull=True)
    totals = owned.aggregate(bytes=Sum("source_bytes"), rows=Sum("n_rows"))
    importing = Q(intake=Dataset.Intake.IMPORTING)
    n_reserved = sum(
        n or 0 for n in owned.filter(importing).values_list("preview__n_rows", flat=True)
    )
    used = (
        ("data sets", "QUOTA_DATASETS", owned.count(), limits.datasets),
        ("bytes of uploads", "QUOTA_BYTES", totals["bytes"] or 0, limits.bytes),
        ("rows", "QUOTA_ROWS", (totals["rows"] or 0) + n_reserved, limits.rows),
    )
    return [
        Quota(name, setting, n, 0 if user.is_staff else limit) for name, setting, n, limit in used
    ]


def refuse_beyond(user_id: int, *, n_datasets: int = 0, n_bytes: int = 0, n_rows: int = 0) -> None:
    """Raise if the user may not store this much more; to be used in a transaction.

    The user's row is locked, so that parallel requests are counted one after the other.

    Raises:
        QuotaExceeded: names the limit, what is used, and what to do.
    """
    user = User.objects.select_for_update().get(pk=user_id)
    for quota, n_more in zip(usage(user), (n_datasets, n_bytes, n_rows), strict=True):
        if n_more:
            quota.refuse_more(n_more)
