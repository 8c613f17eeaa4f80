"""Answers to API requests with an ``Idempotency-Key``, kept in the broker for a day.

Without a broker, a repeated request is done again. Corrections need none of this: their keys are
in the database.
"""

import hashlib
import json
import logging
from dataclasses import asdict, dataclass
from typing import Final, cast

from clustering.services.work import broker

KEPT_SECONDS: Final = 86_400
AT_WORK_SECONDS: Final = 120  # longer than a request may take
AT_WORK: Final = b"at work"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """What a request was answered with."""

    status: int
    media_type: str
    text: str
    location: str = ""


class AtWork(Exception):
    """The same request is being answered."""


def key_of(*parts: str | bytes) -> str:
    """Return the name of a request under which its answer is kept."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part if isinstance(part, bytes) else part.encode(errors="replace")
        digest.update(len(raw).to_bytes(8) + raw)
    return f"logosite:answer:{digest.hexdigest()}"


def begin(key: str) -> Answer | None:
    """Return the kept answer; or None, and note that the request is being answered.

    Raises:
        AtWork: if another one like it is.
    """
    try:
        if broker.client().set(key, AT_WORK, ex=AT_WORK_SECONDS, nx=True):
            return None
        kept = cast("bytes | None", broker.client().get(key))
    except broker.UNREACHABLE as error:
        logger.warning("answers are not kept: %s", error)
        return None
    if kept == AT_WORK:
        raise AtWork
    return Answer(**json.loads(kept)) if kept else None


def end(key: str, answer: Answer | None) -> None:
    """Keep an answer; with None, the request may be tried again."""
    try:
        if answer is None:
            broker.client().delete(key)
        else:
            broker.client().set(key, json.dumps(asdict(answer)), ex=KEPT_SECONDS)
    except broker.UNREACHABLE as error:
        logger.warning("an answer is not kept: %s", error)
