"""A text that changes with the progress of a data set, for polls that mostly find no news."""

from hashlib import sha256
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from clustering.models import Dataset, Domain, DomainCount, Run, WordReading

VERSION_SECONDS: Final = 10
DATASET_FIELDS: Final = ("name", "intake", "n_rows", "n_imported", "cancelled_at", "error_detail")
RUN_COLUMNS: Final = (
    *("id", "status", "step", "error_code", "error_detail", "attempts", "lease_token"),
    *("n_to_embed", "n_embedded", "n_embed_failed", "n_assigned"),
)
WORDS_COLUMNS: Final = ("status", "n_read", "n_total", "read_to_id", "error_code", "error_detail")
"""What may change between two polls."""


def _table(model: Any) -> str:
    return f'"{model._meta.db_table}"'


COUNTS: Final = f"SELECT id, n FROM {_table(DomainCount)} WHERE dataset_id = %s ORDER BY id"  # noqa: S608 # our own names
WORK: Final = f"""
    SELECT {", ".join(f"run.{name}" for name in RUN_COLUMNS)},
        {", ".join(f"words.{name}" for name in WORDS_COLUMNS)},
        (SELECT max(logo_changed_at) FROM {_table(Domain)} WHERE dataset_id = %s)
    FROM {_table(Dataset)} AS dataset
    LEFT JOIN {_table(WordReading)} AS words ON words.dataset_id = dataset.id
    LEFT JOIN {_table(Run)} AS run ON run.id = (
        SELECT max(id) FROM {_table(Run)} WHERE dataset_id = %s
    )
    WHERE dataset.id = %s
"""  # noqa: S608 # our own names


def version(dataset: Dataset) -> str:
    """Return a text that changes with what ``stages`` shows, and every ``VERSION_SECONDS``.

    From kept values alone, so that polls without news cost little: rates and waiting times, which
    change by themselves, are that old at most. Two queries, written out: composing them with the
    ORM took ten times as long as the database did.
    """
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, [dataset.pk])
        counts = cursor.fetchall()
        cursor.execute(WORK, [dataset.pk] * 3)
        work = cursor.fetchone()
    shown = (
        *(getattr(dataset, name) for name in DATASET_FIELDS),
        counts,
        work,
        int(timezone.now().timestamp() / VERSION_SECONDS),
    )
    return sha256(repr(shown).encode()).hexdigest()[:32]
